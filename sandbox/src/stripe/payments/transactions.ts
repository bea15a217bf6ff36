import { randomId } from '../../ids.ts'
import { missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { notYetAll, text } from '../api/params.ts'
import { processingFee } from '../money/money.ts'
import { operation, present, type Resource, type Stored, type World } from '../world.ts'

/** What moved on the account's own balance. `net` is what it adds to it, below zero where it takes. */
export type Transaction = Stored & {
  amount: number
  available_on: number
  created: number
  currency: string
  fee: number
  net: number
  source: string
  status: 'available' | 'pending'
  type: 'adjustment' | 'charge' | 'refund' | 'refund_failure'
}

type Moved = {
  amount: number
  currency: string
  description: string | null
  source: string
  type: Transaction['type']
  /** In minor units; a charge has Stripe's usual one where nothing is said. */
  fee?: number
  feeDescription?: string
  availableAtOnce?: boolean
}

const day = 86_400

/**
 * Records a movement and answers its id. What a charge earns, or a dispute that was won brings back, is available at the
 * first midnight (UTC) after some days.
 */
export function recordTransaction(world: World, about: Moved): string {
  const now = world.clock.now()
  const fee = about.fee ?? (about.type === 'charge' ? processingFee(about.amount) : 0)
  const later = Math.ceil((now + world.settings().available_days * day) / day) * day
  const waits = about.amount > 0 && about.type !== 'refund_failure' && !about.availableAtOnce
  const details = {
    amount: fee,
    application: null,
    currency: about.currency,
    description: about.feeDescription ?? 'Stripe processing fees',
    type: 'stripe_fee',
  }
  const transaction = {
    id: randomId('txn_3', 23),
    object: 'balance_transaction',
    amount: about.amount,
    available_on: waits ? later : now,
    balance_type: 'payments',
    created: now,
    currency: about.currency,
    description: about.description,
    exchange_rate: null,
    fee,
    fee_details: fee ? [details] : [],
    net: about.amount - fee,
    reporting_category:
      about.type === 'adjustment' ? (about.amount < 0 ? 'dispute' : 'dispute_reversal') : about.type,
    source: about.source,
    status: 'pending' as const,
    type: about.type,
  }
  return world.store.put<Transaction>('balance_transaction', transaction).id
}

/** The kind of object whose id begins so. */
const sources: [prefix: string, kind: string][] = [
  ['ch_', 'charge'],
  ['re_', 'refund'],
  ['du_', 'dispute'],
]

const isAvailable = (world: World, { available_on: at }: Transaction) => at <= world.clock.now()

export const accountTransactions: Resource = {
  object: 'balance_transaction',
  view: (world, transaction: Transaction) => ({
    ...transaction,
    status: isAvailable(world, transaction) ? 'available' : 'pending',
  }),
  links: {
    source: (world, { source }) => {
      const kind = sources.find(([prefix]) => String(source).startsWith(prefix))?.[1]
      const found = kind && world.store.get<object>(kind, String(source))
      return found ? present(world, found) : source
    },
  },
  start(world) {
    world.store.index<Transaction>('balance_transaction', 'source', ({ source }) => source)
  },
  operations: [
    operation(
      'GET /v1/balance_transactions',
      { ...pagingAndCreated, currency: text, source: text, type: text, ...notYetAll('payout') },
      (call) => {
        const { currency, source, type } = call.params
        const { store } = call.world
        const found =
          source === undefined
            ? [...store.all<Transaction>('balance_transaction')]
            : store.by<Transaction>('balance_transaction', 'source', source)
        const fits = (one: Transaction) =>
          (currency === undefined || one.currency === currency.toLowerCase()) &&
          (type === undefined || one.type === type)
        return page(call, found.filter(fits))
      },
    ),
    operation('GET /v1/balance_transactions/{id}', {}, ({ world, ids }) => {
      const found = world.store.get<Stored>('balance_transaction', ids.id ?? '')
      if (!found) throw missing('balance transaction', ids.id ?? '')
      return present(world, found)
    }),
  ],
}

/** What the account has, by currency: what it may pay out, and what is on its way. There are no payouts here. */
export const accountBalance: Resource = {
  object: 'balance',
  operations: [
    operation('GET /v1/balance', {}, ({ world }) => {
      const sums = { available: new Map([['usd', 0]]), pending: new Map([['usd', 0]]) }
      for (const transaction of world.store.all<Transaction>('balance_transaction')) {
        const sum = isAvailable(world, transaction) ? sums.available : sums.pending
        sum.set(transaction.currency, (sum.get(transaction.currency) ?? 0) + transaction.net)
      }
      const shown = (sum: Map<string, number>) =>
        [...sum].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }))
      return {
        object: 'balance',
        available: shown(sums.available),
        livemode: false,
        pending: shown(sums.pending),
        refund_and_dispute_prefunding: {
          available: [{ amount: 0, currency: 'usd' }],
          pending: [{ amount: 0, currency: 'usd' }],
        },
      }
    }),
  ],
}

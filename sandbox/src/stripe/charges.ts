import { randomId } from '../ids.ts'
import type { Decline } from './cards.ts'
import { missing } from './errors.ts'
import { emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import { text } from './params.ts'
import type { PaymentMethod } from './payment-methods.ts'
import { innerList, operation, present, type Resource, type Stored, type World } from './world.ts'

export type Charge = Stored & {
  amount: number
  amount_refunded: number
  balance_transaction: string | null
  created: number
  currency: string
  customer: string | null
  payment_intent: string | null
  payment_method: string | null
  refunded: boolean
  status: 'succeeded' | 'failed'
}

/** Records what moved on the account's own balance; Stripe's fee is taken as 2.9 % + 30, rounded. */
export function recordTransaction(
  world: World,
  about: {
    amount: number
    currency: string
    description: string | null
    source: string
    type: 'charge' | 'refund'
  },
): string {
  const fee = about.type === 'charge' ? Math.round((about.amount * 29) / 1000) + 30 : 0
  const description = 'Stripe processing fees'
  const transaction = {
    id: randomId('txn_3', 23),
    object: 'balance_transaction',
    amount: about.amount,
    available_on: world.clock.now() + 2 * 86_400,
    balance_type: 'payments',
    created: world.clock.now(),
    currency: about.currency,
    description: about.description,
    exchange_rate: null,
    fee,
    fee_details: fee
      ? [{ amount: fee, application: null, currency: about.currency, description, type: 'stripe_fee' }]
      : [],
    net: about.amount - fee,
    reporting_category: about.type,
    source: about.source,
    status: 'pending',
    type: about.type,
  }
  return world.store.put('balance_transaction', transaction).id
}

function cardDetails(method: PaymentMethod, amount: number, authenticated: boolean): object {
  const { brand, checks, country, exp_month, exp_year, fingerprint, funding, last4, regulated_status } =
    method.card
  return {
    card: {
      amount_authorized: amount,
      authorization_code: '123456',
      brand,
      checks,
      country,
      electronic_commerce_indicator: null,
      exp_month,
      exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint,
      funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: brand,
      network_token: { used: false },
      network_transaction_id: '105102104705511',
      overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
      regulated_status,
      transaction_link_id: null,
      three_d_secure: authenticated
        ? {
            authentication_flow: 'challenge',
            electronic_commerce_indicator: '05',
            exemption_indicator: null,
            exemption_indicator_applied: null,
            result: 'authenticated',
            result_reason: null,
            transaction_id: null,
            version: '2.2.0',
          }
        : null,
      wallet: null,
    },
    type: 'card',
  }
}

const accepted = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 20,
  seller_message: 'Payment complete.',
  type: 'authorized',
}

const refusedOutcome = (decline: Decline) => ({
  ...accepted,
  advice_code: decline.advice,
  network_decline_code: decline.network,
  network_status: 'declined_by_network',
  reason: decline.decline_code,
  seller_message: `The bank returned the decline code \`${decline.decline_code}\`.`,
  type: 'issuer_declined',
})

/** The fields that this sandbox never moves away from their first value. */
const constants = {
  application: null,
  application_fee: null,
  application_fee_amount: null,
  calculated_statement_descriptor: 'SANDBOX',
  destination: null,
  dispute: null,
  disputed: false,
  failure_balance_transaction: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  order: null,
  radar_options: {},
  receipt_email: null,
  receipt_number: null,
  receipt_url: null,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
}

/** Charges a card for a payment intent; the charge is kept whether it succeeded or was declined. */
export function createCharge(
  world: World,
  about: {
    intent: {
      id: string
      amount: number
      currency: string
      customer: string | null
      description: string | null
      metadata: Record<string, string>
    }
    method: PaymentMethod
    decline: Decline | undefined
    authenticated: boolean
  },
): Charge {
  const { intent, method, decline, authenticated } = about
  const id = randomId('ch_3', 23)
  const source = {
    amount: intent.amount,
    currency: intent.currency,
    description: intent.description,
    source: id,
    type: 'charge' as const,
  }
  const transaction = decline ? null : recordTransaction(world, source)
  const charge = {
    id,
    object: 'charge',
    ...constants,
    amount: intent.amount,
    amount_captured: decline ? 0 : intent.amount,
    amount_refunded: 0,
    balance_transaction: transaction,
    billing_details: method.billing_details,
    captured: !decline,
    created: world.clock.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    metadata: intent.metadata,
    outcome: decline ? refusedOutcome(decline) : accepted,
    paid: !decline,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: cardDetails(method, intent.amount, authenticated),
    refunded: false,
    status: decline ? ('failed' as const) : ('succeeded' as const),
  }
  return world.store.put<Charge>('charge', charge)
}

export function findCharge(world: World, id: string, param = 'id'): Charge {
  const found = world.store.get<Charge>('charge', id)
  if (!found) throw missing('charge', id, param)
  return found
}

export const announceCharge = (world: World, charge: Charge): void =>
  void emit(world, charge.status === 'succeeded' ? 'charge.succeeded' : 'charge.failed', charge)

export const charges: Resource = {
  object: 'charge',
  links: {
    balance_transaction: 'balance_transaction',
    customer: 'customer',
    payment_intent: 'payment_intent',
    refunds: (world, charge) => {
      const refunds = world.store.by<Stored>('refund', 'charge', String(charge.id)).reverse()
      return innerList(
        `/v1/charges/${charge.id}/refunds`,
        refunds.map((refund) => present(world, refund)),
        10,
      )
    },
  },
  start(world) {
    world.store.index<Charge>('charge', 'payment_intent', (charge) => charge.payment_intent)
    world.store.index<Charge>('charge', 'customer', (charge) => charge.customer)
  },
  operations: [
    operation('GET /v1/charges', { ...pagingAndCreated, customer: text, payment_intent: text }, (call) => {
      const { customer, payment_intent: intent } = call.params
      const { store } = call.world
      if (intent !== undefined) return page(call, store.by<Charge>('charge', 'payment_intent', intent))
      return page(
        call,
        customer === undefined
          ? store.all<Charge>('charge')
          : store.by<Charge>('charge', 'customer', customer),
      )
    }),
    operation('GET /v1/charges/{id}', {}, ({ world, ids }) =>
      present(world, findCharge(world, ids.id ?? '')),
    ),
  ],
}

export const accountTransactions: Resource = {
  object: 'balance_transaction',
  links: {
    source: (world, transaction) =>
      present(
        world,
        world.store.get(
          String(transaction.source).startsWith('re') ? 'refund' : 'charge',
          String(transaction.source),
        ) ?? {},
      ),
  },
  operations: [
    operation('GET /v1/balance_transactions/{id}', {}, ({ world, ids }) => {
      const found = world.store.get<Stored>('balance_transaction', ids.id ?? '')
      if (!found) throw missing('balance transaction', ids.id ?? '')
      return present(world, found)
    }),
  ],
}

import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { clearableText, integer, mergeMetadata, metadata, required, text } from '../api/params.ts'
import { change } from '../events/events.ts'
import { longId, operation, present, type Resource, type Stored, type World } from '../world.ts'

export type Customer = Stored & {
  deleted?: boolean
  address: Record<string, string | null> | null
  /** Minor units; negative is the customer's credit, positive what is owed with the next invoice. */
  balance: number
  created: number
  currency: string | null
  delinquent: boolean
  description: string | null
  email: string | null
  invoice_prefix: string
  invoice_settings: {
    custom_fields: { name: string; value: string }[] | null
    default_payment_method: string | null
    footer: string | null
    rendering_options: { amount_tax_display: string | null; template: null } | null
  }
  business_name?: string | null
  individual_name?: string | null
  metadata: Record<string, string>
  name: string | null
  next_invoice_sequence: number
  phone: string | null
  preferred_locales: string[]
  shipping: object | null
  tax_exempt: string
  test_clock: string | null
}

type BalanceType =
  | 'adjustment'
  | 'applied_to_invoice'
  | 'credit_note'
  | 'invoice_overpaid'
  | 'invoice_too_small'
  | 'invoice_too_large'
  | 'unapplied_from_invoice'
export type Transaction = Stored & {
  customer: string
  amount: number
  created: number
  invoice: string | null
  type: BalanceType
  metadata: Record<string, string>
}

/** The customer, refused as Stripe does where it is unknown or deleted. */
export function findCustomer(world: World, id: string, param = 'id'): Customer {
  const found = world.store.get<Customer>('customer', id)
  if (!found || found.deleted) throw missing('customer', id, param)
  return found
}

/** Adds to a customer's balance (minor units; negative is credit) and records why. */
export function changeBalance(
  world: World,
  customerId: string,
  amount: number,
  type: BalanceType,
  about: {
    invoice?: string
    creditNote?: string
    currency?: string
    description?: string | null
    metadata?: Record<string, string>
  } = {},
): Transaction {
  const customer = findCustomer(world, customerId)
  const currency = about.currency ?? customer.currency ?? 'usd'
  const ending = customer.balance + amount
  const transaction = {
    id: longId('cbtxn_'),
    object: 'customer_balance_transaction',
    amount,
    checkout_session: null,
    created: world.clock.now(),
    credit_note: about.creditNote ?? null,
    currency,
    customer: customerId,
    customer_account: null,
    description: about.description ?? null,
    ending_balance: ending,
    invoice: about.invoice ?? null,
    livemode: false,
    metadata: about.metadata ?? {},
    type,
  }
  world.store.put<Transaction>('customer_balance_transaction', transaction)
  change(world, customer, { balance: ending, currency }, 'customer.updated')
  return transaction
}

/** A customer's balance transactions, the oldest first; their sum is the balance. */
export const transactionsOf = (world: World, customer: string): Transaction[] =>
  world.store.by<Transaction>('customer_balance_transaction', 'customer', customer)

function findTransaction(world: World, ids: Record<string, string>): Transaction {
  const { id } = findCustomer(world, ids.id ?? '')
  const found = world.store.get<Transaction>('customer_balance_transaction', ids.transaction ?? '')
  if (found?.customer === id) return found
  throw missing('customer balance transaction', ids.transaction ?? '')
}

export const balanceTransactions: Resource = {
  object: 'customer_balance_transaction',
  links: {
    customer: 'customer',
    invoice: 'invoice',
    credit_note: 'credit_note',
    checkout_session: 'checkout.session',
  },
  start(world) {
    world.store.index<Transaction>('customer_balance_transaction', 'customer', ({ customer }) => customer)
  },
  operations: [
    operation(
      'POST /v1/customers/{id}/balance_transactions',
      { amount: required(integer), currency: required(text), description: clearableText, metadata },
      ({ world, params, ids }) => {
        const customer = findCustomer(world, ids.id ?? '')
        const currency = params.currency.toLowerCase()
        if (customer.currency && customer.currency !== currency) {
          throw invalid(
            `This customer's currency is ${customer.currency}; the balance cannot be changed in ${currency}.`,
            { param: 'currency' },
          )
        }
        const about = {
          currency,
          description: params.description ?? null,
          metadata: mergeMetadata({}, params.metadata),
        }
        return present(world, changeBalance(world, customer.id, params.amount, 'adjustment', about))
      },
    ),
    operation('GET /v1/customers/{id}/balance_transactions/{transaction}', {}, ({ world, ids }) =>
      present(world, findTransaction(world, ids)),
    ),
    operation(
      'POST /v1/customers/{id}/balance_transactions/{transaction}',
      { description: clearableText, metadata },
      ({ world, params, ids }) => {
        const before = findTransaction(world, ids)
        const changes = {
          ...(params.description === undefined ? {} : { description: params.description }),
          metadata: mergeMetadata(before.metadata, params.metadata),
        }
        return present(world, change(world, before, changes, null))
      },
    ),
    operation(
      'GET /v1/customers/{id}/balance_transactions',
      { ...pagingAndCreated, invoice: text },
      (call) => {
        const { id } = findCustomer(call.world, call.ids.id ?? '')
        const found = call.world.store.by<Transaction & { invoice: string | null }>(
          'customer_balance_transaction',
          'customer',
          id,
        )
        return page(
          call,
          found.filter(({ invoice }) => call.params.invoice === undefined || invoice === call.params.invoice),
        )
      },
    ),
  ],
}

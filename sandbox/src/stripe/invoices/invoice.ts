import { type Customer, findCustomer } from '../balance.ts'
import { consumeDiscounts, discountLines, discountsAt } from '../discounts/discount.ts'
import { missing } from '../errors.ts'
import { change, emit } from '../events.ts'
import { innerList, longId, present, type Stored, type World } from '../world.ts'
import { linesOf } from './lines.ts'

type Reason = 'manual' | 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming'
export type Invoice = Stored & {
  amount_due: number
  amount_paid: number
  amount_remaining: number
  attempt_count: number
  attempted: boolean
  auto_advance: boolean
  automatically_finalizes_at: number | null
  billing_reason: Reason
  created: number
  currency: string
  customer: string
  default_payment_method: string | null
  description: string | null
  discounts: string[]
  due_date: number | null
  ending_balance: number | null
  metadata: Record<string, string>
  next_payment_attempt: number | null
  number: string | null
  parent: {
    quote_details: null
    subscription_details: {
      metadata: Record<string, string>
      subscription: string
      subscription_proration_date?: number
    }
    type: 'subscription_details'
  } | null
  period_start: number
  period_end: number
  starting_balance: number
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
  status_transitions: {
    finalized_at: number | null
    marked_uncollectible_at: number | null
    paid_at: number | null
    voided_at: number | null
  }
  subtotal: number
  total: number
  total_discount_amounts: { amount: number; discount: string }[]
  webhooks_delivered_at: number | null
  /** `finalizesAt`: an instant that the user chose, which delivery of the webhooks does not move. */
  hidden: { intent: string | null; finalizesAt: number | null; paidOutOfBand: boolean }
}

export const subscriptionOf = (invoice: Invoice): string | null =>
  invoice.parent?.subscription_details.subscription ?? null

export function findInvoice(world: World, id: string, param = 'id'): Invoice {
  const found = world.store.get<Invoice>('invoice', id)
  if (!found) throw missing('invoice', id, param)
  return found
}

const customerFields = (customer: Customer) => ({
  customer: customer.id,
  customer_account: null,
  customer_address: customer.address,
  customer_email: customer.email,
  customer_name: customer.name,
  customer_phone: customer.phone,
  customer_shipping: customer.shipping,
  customer_tax_exempt: customer.tax_exempt,
  customer_tax_ids: [],
})

/** The fields that this sandbox never moves away from their first value. */
const constants = {
  account_country: 'US',
  account_name: 'Sandbox',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  collection_method: 'charge_automatically',
  custom_fields: null,
  default_source: null,
  default_tax_rates: [],
  effective_at: null,
  footer: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  total_pretax_credit_amounts: [],
  total_taxes: [],
}

/** Automatic tax is on where it is for the subscription; the sandbox computes it as zero. */
function taxFields(world: World, subscription: string | undefined): object {
  const taxed =
    subscription &&
    world.store.get<{ automatic_tax: { enabled: boolean } }>('subscription', subscription)?.automatic_tax
      .enabled
  if (!taxed) return {}
  return {
    automatic_tax: {
      disabled_reason: null,
      enabled: true,
      liability: { type: 'self' },
      provider: 'stripe',
      status: 'complete',
    },
  }
}

export type NewInvoice = {
  customer: string
  currency: string
  reason: Reason
  autoAdvance: boolean
  period?: { start: number; end: number }
  subscription?: { id: string; metadata: Record<string, string>; prorationDate?: number }
  method?: string | null
  description?: string | null
  metadata?: Record<string, string>
}

/** An invoice that is not stored yet, without lines. */
export function blankInvoice(world: World, given: NewInvoice): Invoice {
  const now = world.clock.now()
  const customer = findCustomer(world, given.customer, 'customer')
  const { subscription } = given
  const discounts =
    subscription && world.store.get<{ discounts: string[] }>('subscription', subscription.id)?.discounts
  return {
    id: longId('in_'),
    object: 'invoice',
    ...constants,
    ...customerFields(customer),
    ...{ test_clock: customer.test_clock },
    ...taxFields(world, subscription?.id),
    amount_due: 0,
    amount_paid: 0,
    amount_remaining: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: given.autoAdvance,
    automatically_finalizes_at: null,
    billing_reason: given.reason,
    created: now,
    currency: given.currency,
    default_payment_method: given.method ?? null,
    description: given.description ?? null,
    discounts: discountsAt(world, discounts ?? [], given.period?.end ?? now).map(({ id }) => id),
    due_date: null,
    ending_balance: null,
    metadata: given.metadata ?? {},
    next_payment_attempt: null,
    number: null,
    parent: subscription
      ? {
          quote_details: null,
          subscription_details: {
            metadata: subscription.metadata,
            subscription: subscription.id,
            ...(subscription.prorationDate
              ? { subscription_proration_date: subscription.prorationDate }
              : {}),
          },
          type: 'subscription_details',
        }
      : null,
    period_end: given.period?.end ?? now,
    period_start: given.period?.start ?? now,
    starting_balance: customer.balance,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    ...{ subtotal_excluding_tax: 0, total_excluding_tax: 0 },
    total: 0,
    total_discount_amounts: [],
    webhooks_delivered_at: null,
    hidden: { intent: null, finalizesAt: null, paidOutOfBand: false },
  }
}

/** What the lines, the discounts and the customer's balance make of an invoice's amounts; lines get their discounts. */
export function amountsOf(world: World, invoice: Invoice, balance: number) {
  const subtotal = linesOf(world, invoice.id).reduce((sum, line) => sum + line.amount, 0)
  const discounts = discountLines(world, invoice)
  const total = discounts.reduce((left, { amount }) => left - amount, subtotal)
  // Credit (negative balance) is used up to the total; a debt is added to it.
  const due = Math.max(0, total + balance)
  return {
    amount_due: due,
    amount_remaining: due,
    subtotal,
    subtotal_excluding_tax: subtotal,
    total,
    total_discount_amounts: discounts,
    total_excluding_tax: total,
    starting_balance: balance,
  }
}

/** Recomputes a draft's amounts from its lines and the customer's balance. */
export function recount(world: World, invoice: Invoice, type: string | null = 'invoice.updated'): Invoice {
  const { balance } = findCustomer(world, invoice.customer)
  return change(world, invoice, amountsOf(world, invoice, balance), type)
}

/** Changes an invoice and says so with `invoice.updated`. */
export const changeInvoice = (world: World, invoice: Invoice, changes: Partial<Invoice>): Invoice =>
  change(world, invoice, changes, 'invoice.updated')

/** Stores a draft that has its lines, says `invoice.created`, and plans its finalisation where it advances by itself. */
export function announceDraft(world: World, draft: Invoice): Invoice {
  const { balance } = findCustomer(world, draft.customer)
  const planned = draft.auto_advance ? world.clock.now() + world.settings().draft_seconds : null
  const stored = world.store.put('invoice', {
    ...draft,
    ...amountsOf(world, draft, balance),
    automatically_finalizes_at: planned,
  })
  const event = emit(world, 'invoice.created', stored)
  consumeDiscounts(world, stored.total_discount_amounts)
  const heard = event.pending_webhooks === 0
  const after = heard
    ? world.store.put('invoice', { ...stored, webhooks_delivered_at: world.clock.now() })
    : stored
  planFinalization(world, after)
  return after
}

export function planFinalization(world: World, invoice: Invoice): void {
  const due = `finalize ${invoice.id}`
  const at = invoice.automatically_finalizes_at
  if (invoice.status !== 'draft' || at === null) world.clock.cancel(due)
  else world.clock.schedule({ id: due, at, what: 'invoice.finalize', object: invoice.id })
}

/** The invoice as the API shows it: with the first ten of its lines. */
export function viewInvoice(world: World, invoice: Invoice): object {
  const { hidden: _, ...shown } = invoice
  const lines = linesOf(world, invoice.id).map((line) => present(world, line))
  return { ...shown, lines: innerList(`/v1/invoices/${invoice.id}/lines`, lines, 10) }
}

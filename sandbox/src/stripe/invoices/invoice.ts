import { missing } from '../api/errors.ts'
import { shownTaxRates } from '../catalog/tax-rates.ts'
import { type Customer, findCustomer } from '../customers/balance.ts'
import { consumeDiscounts } from '../discounts/discount.ts'
import type { EventType } from '../events/event-types.ts'
import { change, emit } from '../events/events.ts'
import { innerList, present, type Stored, type World } from '../world.ts'
import { customerFields } from './blank.ts'
import { type LineTax, linesOf } from './lines.ts'
import { totalsOf } from './totals.ts'

export type Reason =
  | 'automatic_pending_invoice_item_invoice'
  | 'manual'
  | 'subscription_create'
  | 'subscription_cycle'
  | 'subscription_update'
  | 'upcoming'
type Rendering = {
  amount_tax_display: string | null
  pdf: { page_size: string } | null
  template: string | null
  template_version: number | null
}

export type Invoice = Stored & {
  amount_due: number
  amount_overpaid: number
  amount_paid: number
  /** Only where something was paid outside of Stripe. */
  amount_paid_off_stripe?: number
  amount_remaining: number
  attempt_count: number
  attempted: boolean
  auto_advance: boolean
  automatic_tax: {
    disabled_reason: null
    enabled: boolean
    liability: { type: 'self' } | null
    provider: string | null
    status: 'complete' | null
  }
  automatically_finalizes_at: number | null
  billing_reason: Reason
  collection_method: 'charge_automatically' | 'send_invoice'
  created: number
  currency: string
  custom_fields: { name: string; value: string }[] | null
  customer: string
  customer_tax_exempt: string
  default_payment_method: string | null
  /** Ids; the API shows the rates whole. */
  default_tax_rates: string[]
  description: string | null
  discounts: string[]
  due_date: number | null
  effective_at: number | null
  ending_balance: number | null
  footer: string | null
  from_invoice: { action: 'revision'; invoice: string } | null
  hosted_invoice_url: string | null
  invoice_pdf: string | null
  latest_revision: string | null
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
  payment_settings: object
  period_start: number
  period_end: number
  post_payment_credit_notes_amount: number
  pre_payment_credit_notes_amount: number
  rendering: Rendering | null
  shipping_details: object | null
  starting_balance: number
  statement_descriptor: string | null
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
  /** Only where it was given up. */
  status_details?: { uncollectible: { reason: string | null } }
  status_transitions: {
    finalized_at: number | null
    marked_uncollectible_at: number | null
    paid_at: number | null
    voided_at: number | null
  }
  subtotal: number
  total: number
  total_discount_amounts: { amount: number; discount: string }[]
  total_taxes: LineTax[]
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

/** What the lines, the discounts, the taxes and the customer's balance make of an invoice's amounts. */
export function amountsOf(world: World, invoice: Invoice, balance: number) {
  const totals = totalsOf(world, invoice)
  // Credit (negative balance) is used up to the total; a debt is added to it.
  const due = Math.max(0, totals.total + balance)
  return { ...totals, amount_due: due, amount_remaining: due, starting_balance: balance }
}

/** Recomputes a draft's amounts from its lines and the customer's balance. */
export function recount(world: World, invoice: Invoice, type: EventType | null = 'invoice.updated'): Invoice {
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
  const { hidden: _, ...stored } = invoice
  const customer = invoice.status === 'draft' && world.store.get<Customer>('customer', invoice.customer)
  const told = customer && !customer.deleted ? customerFields(world, customer) : {}
  const shown = { ...stored, ...told, default_tax_rates: shownTaxRates(world, invoice.default_tax_rates) }
  const lines = linesOf(world, invoice.id).map((line) => present(world, line))
  return { ...shown, lines: innerList(`/v1/invoices/${invoice.id}/lines`, lines, 10) }
}

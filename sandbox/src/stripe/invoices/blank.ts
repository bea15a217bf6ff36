import { type Customer, findCustomer } from '../customers/balance.ts'
import { discountsAt } from '../discounts/discount.ts'
import { longId, type World } from '../world.ts'
import type { Invoice, Reason } from './invoice.ts'

type Told = 'address' | 'email' | 'name' | 'phone' | 'shipping' | 'tax_exempt' | 'id'

/** What an invoice tells of its customer: as it is until the invoice is finalised, and no longer after that. */
export const customerFields = (world: World, customer: Pick<Customer, Told>) => ({
  customer: customer.id,
  customer_account: null,
  customer_address: customer.address,
  customer_email: customer.email,
  customer_name: customer.name,
  customer_phone: customer.phone,
  customer_shipping: customer.shipping,
  customer_tax_exempt: customer.tax_exempt,
  customer_tax_ids: world.store
    .by<{ type: string; value: string }>('tax_id', 'customer', customer.id)
    .map(({ type, value }) => ({ type, value })),
})

/** The fields that this sandbox never moves away from their first value. */
const constants = {
  account_country: 'US',
  account_name: 'Sandbox',
  account_tax_ids: null,
  amount_shipping: 0,
  application: null,
  default_source: null,
  last_finalization_error: null,
  livemode: false,
  on_behalf_of: null,
  receipt_number: null,
  shipping_cost: null,
}

/** The page's size is chosen when the invoice is finalised; a subscription's invoice shows nothing of it. */
const renderedLater = {
  amount_tax_display: null,
  pdf: { page_size: 'auto' },
  template: null,
  template_version: null,
}

/** Automatic tax as an invoice shows it; the sandbox computes it as zero. */
export const automaticTax = (enabled: boolean): Invoice['automatic_tax'] => ({
  disabled_reason: null,
  enabled,
  liability: enabled ? { type: 'self' } : null,
  provider: enabled ? 'stripe' : null,
  status: enabled ? 'complete' : null,
})

/** What an invoice takes over from its subscription. */
type Source = {
  automatic_tax: { enabled: boolean }
  collection_method: Invoice['collection_method']
  days_until_due: number | null
  default_tax_rates: string[]
  discounts: string[]
  invoice_settings: {
    custom_fields?: Invoice['custom_fields']
    description?: string | null
    footer?: string | null
  }
}

const day = 86_400

function fromSubscription(source: Source, now: number) {
  const sent = source.collection_method === 'send_invoice'
  return {
    automatic_tax: automaticTax(source.automatic_tax.enabled),
    collection_method: source.collection_method,
    default_tax_rates: source.default_tax_rates,
    description: source.invoice_settings.description ?? null,
    due_date: sent ? now + (source.days_until_due ?? 0) * day : null,
  }
}

type NewInvoice = {
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

function parentOf({ subscription }: NewInvoice): Invoice['parent'] {
  if (!subscription) return null
  const { id, metadata, prorationDate } = subscription
  const dated = prorationDate ? { subscription_proration_date: prorationDate } : {}
  return {
    quote_details: null,
    subscription_details: { metadata, subscription: id, ...dated },
    type: 'subscription_details',
  }
}

/** An invoice that is not stored yet, without lines. */
export function blankInvoice(world: World, given: NewInvoice): Invoice {
  const now = world.clock.now()
  const customer = findCustomer(world, given.customer, 'customer')
  const source = world.store.get<Source>('subscription', given.subscription?.id ?? '')
  const usual = customer.invoice_settings
  return {
    id: longId('in_'),
    object: 'invoice',
    ...constants,
    ...customerFields(world, customer),
    ...{ test_clock: customer.test_clock },
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: given.autoAdvance,
    automatic_tax: automaticTax(false),
    automatically_finalizes_at: null,
    billing_reason: given.reason,
    collection_method: 'charge_automatically',
    created: now,
    currency: given.currency,
    custom_fields: source?.invoice_settings.custom_fields ?? usual.custom_fields,
    default_payment_method: given.method ?? null,
    default_tax_rates: [],
    description: null,
    discounts: discountsAt(world, source?.discounts ?? [], given.period?.end ?? now).map(({ id }) => id),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: source?.invoice_settings.footer ?? usual.footer,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    ...{ issuer: { type: 'self' } },
    latest_revision: null,
    metadata: given.metadata ?? {},
    next_payment_attempt: null,
    number: null,
    parent: parentOf(given),
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: given.period?.end ?? now,
    period_start: given.period?.start ?? now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    rendering: given.reason === 'manual' ? renderedLater : null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    ...{ subtotal_excluding_tax: 0, total_excluding_tax: 0 },
    total: 0,
    total_discount_amounts: [],
    ...{ total_pretax_credit_amounts: [] },
    total_taxes: [],
    webhooks_delivered_at: null,
    ...(source ? fromSubscription(source, now) : {}),
    ...(given.description == null ? {} : { description: given.description }),
    hidden: { intent: null, finalizesAt: null, paidOutOfBand: false },
  }
}

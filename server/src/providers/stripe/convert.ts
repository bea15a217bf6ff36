import type Stripe from 'stripe'
import type {
  RemoteCheckout,
  RemoteCustomer,
  RemoteInvoice,
  RemoteInvoiceLine,
  RemoteItem,
  RemotePrice,
  RemoteSubscription,
  StripeEvent,
} from './port.ts'

/** From Stripe's objects (as API 2026-10-28.endive has them) to ours. */

const SUBSCRIPTION_STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
] as const
const INVOICE_STATUSES = ['draft', 'open', 'paid', 'uncollectible', 'void'] as const
const CHECKOUT_STATUSES = ['open', 'complete', 'expired'] as const

// Stripe may grow new words; one that we do not know must stop the sync loudly instead of being guessed at.
function known<Word extends string>(words: readonly Word[], word: string): Word {
  const found = words.find((each) => each === word)
  if (found === undefined) throw new Error(`Stripe says "${word}", which is none of ${words.join(', ')}`)
  return found
}

export function fromSubscription(remote: Stripe.Subscription): RemoteSubscription {
  const first = remote.items.data[0]
  if (first === undefined) throw new Error(`subscription ${remote.id} has no items`)
  return {
    id: remote.id,
    customerId: idOf(remote.customer),
    status: known(SUBSCRIPTION_STATUSES, remote.status),
    currency: remote.currency,
    items: remote.items.data.map(fromItem),
    periodStart: instant(first.current_period_start),
    periodEnd: instant(first.current_period_end),
    billingCycleAnchor: instant(remote.billing_cycle_anchor),
    trialStart: maybeInstant(remote.trial_start),
    trialEnd: maybeInstant(remote.trial_end),
    cancelAt: maybeInstant(remote.cancel_at),
    cancelAtPeriodEnd: remote.cancel_at_period_end,
    canceledAt: maybeInstant(remote.canceled_at),
    endedAt: maybeInstant(remote.ended_at),
    cancellationReason: remote.cancellation_details?.comment ?? remote.cancellation_details?.reason ?? null,
    cancellationFeedback: remote.cancellation_details?.feedback ?? null,
    hasPaymentMethod: remote.default_payment_method !== null || customerHasPaymentMethod(remote.customer),
    createdAt: instant(remote.created),
    metadata: remote.metadata,
    raw: remote,
  }
}

function fromItem(item: Stripe.SubscriptionItem): RemoteItem {
  const { price } = item
  return {
    id: item.id,
    priceId: price.id,
    productId: idOf(price.product),
    lookupKey: price.lookup_key,
    quantity: item.quantity ?? 1,
    unitAmountCents: price.unit_amount === null ? null : BigInt(price.unit_amount),
    currency: price.currency,
    interval: price.recurring?.interval ?? null,
    metadata: item.metadata,
  }
}

export function fromInvoice(remote: Stripe.Invoice, lines: Stripe.InvoiceLineItem[]): RemoteInvoice {
  if (remote.id === undefined) throw new Error('an invoice without an id is a preview, not a record')
  const subscription = remote.parent?.subscription_details?.subscription ?? null
  const payment = remote.payments?.data.find((each) => each.is_default) ?? remote.payments?.data[0]
  const intent = payment?.payment.payment_intent ?? null
  return {
    id: remote.id,
    customerId: remote.customer === null ? '' : idOf(remote.customer),
    subscriptionId: subscription === null ? null : idOf(subscription),
    number: remote.number,
    reason: remote.billing_reason ?? 'manual',
    status: known(INVOICE_STATUSES, remote.status ?? 'draft'),
    totalCents: BigInt(remote.total),
    amountDueCents: BigInt(remote.amount_due),
    amountPaidCents: BigInt(remote.amount_paid),
    currency: remote.currency,
    periodStart: instant(remote.period_start),
    periodEnd: instant(remote.period_end),
    createdAt: instant(remote.created),
    dueAt: maybeInstant(remote.due_date),
    paidAt: maybeInstant(remote.status_transitions.paid_at),
    finalizesAt: maybeInstant(remote.automatically_finalizes_at ?? null),
    attemptCount: remote.attempt_count,
    paymentIntentId: intent === null ? null : idOf(intent),
    hostedUrl: remote.hosted_invoice_url ?? null,
    pdfUrl: remote.invoice_pdf ?? null,
    lines: lines.map(fromLine),
    raw: remote,
  }
}

export function fromLine(line: Stripe.InvoiceLineItem): RemoteInvoiceLine {
  const unit = line.pricing?.unit_amount_decimal ?? null
  return {
    id: line.id,
    description: line.description ?? '',
    quantity: line.quantity,
    unitAmountCents: unit === null ? null : unit.toString(),
    amountCents: BigInt(line.amount),
    metadata: line.metadata,
  }
}

export function fromCheckout(remote: Stripe.Checkout.Session): RemoteCheckout {
  return {
    id: remote.id,
    url: remote.url,
    status: known(CHECKOUT_STATUSES, remote.status ?? 'open'),
    customerId: remote.customer === null ? null : idOf(remote.customer),
    subscriptionId: remote.subscription === null ? null : idOf(remote.subscription),
    expiresAt: instant(remote.expires_at),
    metadata: remote.metadata ?? {},
  }
}

export function fromCustomer(remote: Stripe.Customer | Stripe.DeletedCustomer): RemoteCustomer {
  if (remote.deleted) return { id: remote.id, isDeleted: true, hasPaymentMethod: false, metadata: {} }
  return {
    id: remote.id,
    isDeleted: false,
    hasPaymentMethod: customerHasPaymentMethod(remote),
    metadata: remote.metadata,
  }
}

export function fromPrice(remote: Stripe.Price): RemotePrice {
  return {
    id: remote.id,
    productId: idOf(remote.product),
    lookupKey: remote.lookup_key,
    currency: remote.currency,
    interval: remote.recurring?.interval ?? null,
    unitAmountCents: remote.unit_amount === null ? null : BigInt(remote.unit_amount),
  }
}

export function fromEvent(event: Stripe.Event): StripeEvent {
  return {
    id: event.id,
    type: event.type,
    createdAt: instant(event.created),
    object: event.data.object as unknown as Record<string, unknown>,
  }
}

function customerHasPaymentMethod(customer: string | Stripe.Customer | Stripe.DeletedCustomer): boolean {
  if (typeof customer === 'string' || customer.deleted) return false
  return customer.invoice_settings.default_payment_method !== null || customer.default_source !== null
}

export function idOf(reference: string | { id: string }): string {
  return typeof reference === 'string' ? reference : reference.id
}

export function instant(seconds: number): Date {
  return new Date(seconds * 1000)
}

function maybeInstant(seconds: number | null): Date | null {
  return seconds === null ? null : instant(seconds)
}

import { invalid, StripeError } from '../api/errors.ts'
import { isMetered } from '../catalog/prices.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize, markPaid, methodFor } from '../invoices/collect.ts'
import { announceDraft, findInvoice, type Invoice } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import { putItemLines } from '../invoices/lines.ts'
import { declineError } from '../payments/attempt.ts'
import { findIntent } from '../payments/payment-intents.ts'
import type { World } from '../world.ts'
import type { Stretch } from './anchor.ts'
import type { PaymentBehavior } from './create.ts'
import { putStretch } from './stretch-lines.ts'
import { findSubscription, itemsOf, priceOf, type Subscription } from './subscription.ts'

function noMethod(): StripeError {
  return invalid(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  )
}

/** Puts what a new subscription bills first: what was pending for its customer, then its items or their trial. */
function putLines(
  world: World,
  subscription: Subscription,
  draft: Invoice,
  billed: Map<string, Stretch[]>,
): void {
  for (const item of pendingItems(world, subscription.customer, subscription.currency, subscription.id))
    putOnInvoice(world, item, draft.id)
  for (const item of itemsOf(world, subscription.id)) {
    const period = { start: item.current_period_start, end: item.current_period_end }
    const about = { invoice: draft.id, item, price: priceOf(world, item) }
    if (subscription.status === 'trialing') putItemLines(world, { ...about, period, trial: true })
    else for (const stretch of billed.get(item.id) ?? []) putStretch(world, about, stretch)
  }
}

/**
 * The first invoice, of the stretches that each item (by its id) is billed for; null where nothing is billed yet. It is
 * final at once where the subscription charges automatically, otherwise a draft as a renewal's is.
 */
export function firstInvoice(
  world: World,
  subscription: Subscription,
  billed: Map<string, Stretch[]>,
): Invoice | null {
  const { customer, currency, id, metadata } = subscription
  const nothing =
    subscription.status === 'trialing'
      ? itemsOf(world, id).every((item) => isMetered(priceOf(world, item)))
      : [...billed.values()].every((list) => list.length === 0)
  if (nothing && pendingItems(world, customer, currency, id).length === 0) return null
  const waits = subscription.schedule !== null || subscription.collection_method === 'send_invoice'
  const draft = blankInvoice(world, {
    customer,
    currency,
    reason: 'subscription_create',
    autoAdvance: waits,
    subscription: { id, metadata },
  })
  putLines(world, subscription, draft, billed)
  const announced = announceDraft(world, draft)
  world.store.put('subscription', { ...findSubscription(world, id), latest_invoice: announced.id })
  // It advances until it is paid, though nobody planned when (recorded answers of the real API).
  return waits ? announced : finalize(world, { ...announced, auto_advance: true })
}

const incompleteLife = 23 * 3600

/** Tries the first invoice as far as the payment behaviour says; unpaid, the subscription has 23 hours. */
export function begin(
  world: World,
  invoice: Invoice,
  how: { subscription: string; behavior: PaymentBehavior; offSession?: boolean },
): void {
  const { subscription: id } = how
  if (invoice.amount_remaining === 0) {
    markPaid(world, invoice.id, 0)
    return
  }
  if (how.behavior !== 'default_incomplete') {
    if (!methodFor(world, invoice, id)) throw noMethod()
    collect(world, invoice)
  }
  const after = findInvoice(world, invoice.id)
  if (after.status === 'paid') return
  if (how.behavior === 'error_if_incomplete') {
    // Nothing of this attempt stays: the refusal takes everything back.
    const { status, fields } = declineError(
      world,
      findIntent(world, after.hidden.intent ?? ''),
      how.offSession,
    )
    const { payment_intent: _, charge: __, ...shown } = fields
    throw new StripeError(status, shown)
  }
  const at = world.clock.now() + incompleteLife
  world.clock.schedule({ id: `expire ${id}`, at, what: 'subscription.expire', object: id })
}

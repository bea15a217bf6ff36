import { change } from '../events/events.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize, markPaid } from '../invoices/collect.ts'
import { announceDraft, type Reason } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import type { World } from '../world.ts'
import { nextPendingInvoice } from './fields.ts'
import { ended, findSubscription, itemsOf, nextTurn, type Subscription } from './subscription.ts'

/**
 * Bills what waits for a subscription's next invoice; there must be something. `waits`: the invoice stays a draft for
 * its hour, as a renewal's does.
 */
export function billPending(
  world: World,
  subscription: Subscription,
  how: { reason: Reason; waits: boolean },
): Subscription {
  const draft = blankInvoice(world, {
    customer: subscription.customer,
    currency: subscription.currency,
    reason: how.reason,
    autoAdvance: true,
    period: { start: nextTurn(itemsOf(world, subscription.id)).start, end: world.clock.now() },
    subscription: { id: subscription.id, metadata: subscription.metadata },
  })
  for (const item of pendingItems(world, subscription.customer, subscription.currency, subscription.id))
    putOnInvoice(world, item, draft.id)
  change(world, subscription, { latest_invoice: draft.id }, 'customer.subscription.updated')
  const announced = announceDraft(world, draft)
  if (how.waits) return findSubscription(world, subscription.id)
  const open = finalize(world, announced)
  if (open.amount_remaining === 0) markPaid(world, open.id, 0)
  else collect(world, open)
  return findSubscription(world, subscription.id)
}

/** The last invoice of a subscription that has ended, of what was still pending for it; none where nothing was. */
export function billLast(world: World, ended: Subscription): Subscription {
  const { customer, currency, id } = ended
  if (pendingItems(world, customer, currency, id).length === 0) return ended
  return billPending(world, ended, {
    reason: 'subscription_update',
    waits: world.settings().final_invoice_waits,
  })
}

/** Plans when what is pending is billed by itself, where the subscription has an interval of its own for that. */
export function planPendingItems(world: World, subscription: Subscription): Subscription {
  const { id, pending_invoice_item_interval: every, next_pending_invoice_item_invoice: next } = subscription
  const due = `items ${id}`
  if (!every) {
    world.clock.cancel(due)
    return next === null
      ? subscription
      : world.store.put<Subscription>('subscription', {
          ...subscription,
          next_pending_invoice_item_invoice: null,
        })
  }
  const at = nextPendingInvoice(world, every)
  world.clock.schedule({ id: due, at, what: 'subscription.pending_items', object: id })
  return world.store.put<Subscription>('subscription', {
    ...subscription,
    next_pending_invoice_item_invoice: at,
  })
}

/** Declares that pending items are billed at their own interval. */
export function startBillingPending(world: World): void {
  world.clock.on('subscription.pending_items', ({ object }) => {
    const subscription = world.store.get<Subscription>('subscription', object)
    if (!subscription || ended(subscription)) return
    const planned = planPendingItems(world, subscription)
    const { customer, currency, id, status } = planned
    if (status === 'paused' || pendingItems(world, customer, currency, id).length === 0) return
    billPending(world, planned, { reason: 'automatic_pending_invoice_item_invoice', waits: true })
  })
}

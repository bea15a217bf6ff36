import { emit } from '../events/events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { pendingItems } from '../invoices/items.ts'
import { present, tell, type World } from '../world.ts'
import { dropPlanned } from './planned.ts'
import type { Subscription } from './subscription.ts'

export type Details = { comment?: string | null; feedback?: string | null; reason?: string | null }

/** Open invoices stay open, but Stripe stops collecting them; drafts no longer finalise by themselves. */
function stopCollecting(world: World, subscription: string): void {
  for (const invoice of world.store.by<Invoice>('invoice', 'subscription', subscription)) {
    if ((invoice.status !== 'open' && invoice.status !== 'draft') || !invoice.auto_advance) continue
    world.clock.cancel(`retry ${invoice.id}`)
    world.clock.cancel(`finalize ${invoice.id}`)
    const before = present(world, invoice)
    const after = {
      ...invoice,
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
    }
    world.store.put('invoice', after)
    emit(world, 'invoice.updated', after, {
      auto_advance: before.auto_advance,
      automatically_finalizes_at: before.automatically_finalizes_at,
      next_payment_attempt: before.next_payment_attempt,
    })
  }
}

/** Ends a subscription now. Makes no final invoice: what is pending waits for one that somebody makes. */
export function cancelSubscription(world: World, given: Subscription, details: Details): Subscription {
  const subscription = dropPlanned(world, given)
  const now = world.clock.now()
  const { id } = subscription
  for (const due of ['turn', 'upcoming', 'trial warning', 'expire', 'collection', 'items'])
    world.clock.cancel(`${due} ${id}`)
  stopCollecting(world, id)
  const canceled = world.store.put<Subscription>('subscription', {
    ...subscription,
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: {
      ...subscription.cancellation_details,
      ...details,
    } as Subscription['cancellation_details'],
    ended_at: now,
    status: 'canceled',
  })
  emit(world, 'customer.subscription.deleted', canceled)
  tell(world, 'subscription.ended', canceled)
  return canceled
}

/** Takes back what prorations are still pending for a subscription, as at a cancellation that is to bill nothing more. */
export function dropProrations(world: World, { id, customer, currency }: Subscription): void {
  for (const item of pendingItems(world, customer, currency, id)) {
    if (!item.proration || item.parent?.subscription_details.subscription !== id) continue
    world.store.remove('invoiceitem', item.id)
    emit(world, 'invoiceitem.deleted', item)
  }
}

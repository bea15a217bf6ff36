import { mergeMetadata } from '../api/params.ts'
import { change, emit, previousAttributes } from '../events/events.ts'
import { voidInvoice } from '../invoices/give-up.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { present, type World } from '../world.ts'
import { planTurn, planWarnings } from './due.ts'
import { itemsOf, type Planned, type Subscription } from './subscription.ts'

/** The id of what makes a change that nobody paid for lapse. */
export const lapse = (subscription: string): string => `planned ${subscription}`

/** Forgets a change that waits for its payment, and voids the invoice that it waits for. */
export function dropPlanned(world: World, before: Subscription): Subscription {
  const { planned } = before.hidden
  if (!planned) return before
  world.clock.cancel(lapse(before.id))
  const cleared = { pending_update: null, hidden: { ...before.hidden, planned: null } }
  const after = change(world, before, cleared, 'customer.subscription.updated')
  if (before.pending_update) emit(world, 'customer.subscription.pending_update_expired', after)
  const invoice = world.store.get<Invoice>('invoice', planned.invoice)
  if (invoice?.status === 'open') voidInvoice(world, invoice)
  return after
}

/** Makes a change that waited for its payment: the items and fields become what was planned. */
export function applyPlanned(world: World, before: Subscription, planned: Planned): Subscription {
  world.clock.cancel(lapse(before.id))
  const shownBefore = present(world, before)
  const kept = new Set(planned.items.map(({ id }) => id))
  for (const item of itemsOf(world, before.id))
    if (!kept.has(item.id)) world.store.remove('subscription_item', item.id)
  for (const item of planned.items) world.store.put('subscription_item', item)
  const { status_details: _, ...rest } = before
  const after = world.store.put<Subscription>('subscription', {
    ...(planned.kind === 'update' ? before : rest),
    ...planned.changes,
    metadata: mergeMetadata(before.metadata, planned.metadata),
    pending_update: null,
    hidden: { ...before.hidden, planned: null },
  })
  emit(world, 'customer.subscription.updated', after, previousAttributes(shownBefore, present(world, after)))
  if (before.pending_update) emit(world, 'customer.subscription.pending_update_applied', after)
  if (planned.kind !== 'update') emit(world, 'customer.subscription.resumed', after)
  planTurn(world, after)
  planWarnings(world, after)
  return after
}

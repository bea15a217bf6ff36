import { mergeMetadata } from '../api/params.ts'
import type { EventType } from '../events/event-types.ts'
import { change } from '../events/events.ts'
import { createSubscription } from '../subscriptions/create.ts'
import { findSubscription, type Subscription } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'
import { additionsOf, endOfSubscription, plainFieldsIn } from './enter.ts'
import { askedOf, type Schedule } from './schedule.ts'

/**
 * Starts a schedule: its first phase makes the subscription, which is active at once. Its first invoice stays a draft
 * for as long as a renewal's does, so that nothing is charged in the call
 * (github.com/stripe/stripe-node/issues/912).
 */
export function begin(world: World, schedule: Schedule, type: EventType | null = null): Schedule {
  const [phase] = schedule.phases
  if (!phase) throw new Error(`The schedule ${schedule.id} has no phases.`)
  const now = world.clock.now()
  const cancelAt = endOfSubscription(schedule, phase)
  const made = createSubscription(world, {
    customer: schedule.customer,
    items: phase.items.map(({ discounts, price, quantity, metadata, tax_rates: taxRates }) => ({
      discounts: askedOf(world, discounts),
      price,
      quantity: quantity ?? 1,
      metadata: mergeMetadata({}, metadata),
      taxRates,
    })),
    additions: additionsOf(world, phase),
    ...(phase.start_date < now ? { backdate: phase.start_date } : {}),
    cancelAt,
    discounts: askedOf(world, phase.discounts),
    fields: plainFieldsIn(schedule, phase),
    metadata: mergeMetadata({}, phase.metadata),
    prorates: phase.proration_behavior !== 'none',
    schedule: schedule.id,
    trialEnd: phase.trial_end,
  })
  if (cancelAt !== null)
    world.store.put<Subscription>('subscription', { ...findSubscription(world, made.id), canceled_at: now })
  const { end_date, start_date } = phase
  const changes = {
    current_phase: { end_date, start_date },
    status: 'active' as const,
    subscription: made.id,
  }
  return change(world, schedule, changes, type)
}

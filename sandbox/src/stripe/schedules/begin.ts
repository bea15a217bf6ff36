import type { Asked } from '../discounts/redeem.ts'
import { notImplemented } from '../errors.ts'
import type { EventType } from '../event-types.ts'
import { change } from '../events.ts'
import { mergeMetadata } from '../params.ts'
import { createSubscription } from '../subscriptions/create.ts'
import { findSubscription } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'
import { addInvoiceItems, endOfSubscription } from './enter.ts'
import { type PhaseDiscount, type Schedule, settled } from './schedule.ts'

const asAsked = ({ coupon, promotion_code: code }: PhaseDiscount): Asked =>
  code === null ? { coupon: coupon ?? '' } : { promotion_code: code }

/**
 * Starts a schedule: its first phase makes the subscription, which is active at once. Its first invoice stays a draft
 * for as long as a renewal's does, so that nothing is charged in the call
 * (github.com/stripe/stripe-node/issues/912).
 */
export function begin(world: World, schedule: Schedule, type: EventType | null = null): Schedule {
  const [phase] = schedule.phases
  if (!phase) throw new Error(`The schedule ${schedule.id} has no phases.`)
  if (phase.start_date < world.clock.now() - 60)
    throw notImplemented('a start_date in the past', 'start_date')
  const { customer } = schedule
  const { automatic_tax: tax, default_payment_method: method, description } = settled(schedule, phase)
  addInvoiceItems(world, { customer, currency: phase.currency, subscription: null }, phase)
  const made = createSubscription(world, {
    customer,
    items: phase.items.map(({ price, quantity, metadata }) => ({
      price,
      quantity: quantity ?? 1,
      metadata: mergeMetadata({}, metadata),
    })),
    automaticTax: tax.enabled,
    cancelAt: endOfSubscription(schedule, phase),
    description,
    discounts: phase.discounts.map(asAsked),
    metadata: mergeMetadata({}, phase.metadata),
    method,
    schedule: schedule.id,
    trialEnd: phase.trial_end,
  })
  if (made.cancel_at !== null)
    world.store.put('subscription', {
      ...findSubscription(world, made.id),
      canceled_at: world.clock.now(),
    })
  const { end_date, start_date } = phase
  const changes = {
    current_phase: { end_date, start_date },
    status: 'active' as const,
    subscription: made.id,
  }
  return change(world, schedule, changes, type)
}

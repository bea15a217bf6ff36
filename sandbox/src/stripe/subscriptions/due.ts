import { emit } from '../events/events.ts'
import type { World } from '../world.ts'
import { ended, itemsOf, nextTurn, type Subscription } from './subscription.ts'

const day = 86_400

/** Plans the next turn of a subscription: its period's end, or its cancellation where that is earlier. */
export function planTurn(world: World, subscription: Subscription): void {
  const due = `turn ${subscription.id}`
  if (ended(subscription) || subscription.status === 'paused') {
    world.clock.cancel(due)
    world.clock.cancel(`upcoming ${subscription.id}`)
    world.clock.cancel(`trial warning ${subscription.id}`)
    if (ended(subscription) || subscription.cancel_at === null) return
    // A pause does not put off an end that was asked for.
    world.clock.schedule({
      id: due,
      at: subscription.cancel_at,
      what: 'subscription.turn',
      object: subscription.id,
    })
    return
  }
  const turn = nextTurn(itemsOf(world, subscription.id))
  const at = Math.min(turn.end, subscription.cancel_at ?? Infinity)
  world.clock.schedule({ id: due, at, what: 'subscription.turn', object: subscription.id })
}

/** Plans what is said ahead: `invoice.upcoming`, and the reminder that a trial ends. */
export function planWarnings(world: World, subscription: Subscription): void {
  const { id } = subscription
  if (ended(subscription)) return
  const turn = nextTurn(itemsOf(world, id))
  const upcoming = turn.end - world.settings().upcoming_days * day
  if (upcoming > turn.start && upcoming < turn.end && upcoming > world.clock.now()) {
    world.clock.schedule({ id: `upcoming ${id}`, at: upcoming, what: 'subscription.upcoming', object: id })
  }
  if (subscription.status !== 'trialing' || subscription.trial_end === null) return
  const at = subscription.trial_end - world.settings().trial_reminder_days * day
  if (at > world.clock.now())
    world.clock.schedule({ id: `trial warning ${id}`, at, what: 'subscription.trial_will_end', object: id })
  else emit(world, 'customer.subscription.trial_will_end', subscription)
}

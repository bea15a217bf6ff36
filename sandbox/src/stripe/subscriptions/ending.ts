import type { World } from '../world.ts'
import type { Subscription } from './subscription.ts'
import { updateSubscription } from './update.ts'

const noDetails = { comment: null, feedback: null, feedback_option: null, reason: null }

/** What a person does in the portal: the subscription ends with its period. */
export function cancelAtEnd(world: World, subscription: Subscription, feedback: string | null): Subscription {
  const details = { ...noDetails, feedback, reason: 'cancellation_requested' }
  const fields = { cancel_at_period_end: true, canceled_at: world.clock.now(), cancellation_details: details }
  return updateSubscription(world, subscription, { fields, items: [], proration: 'none' })
}

/** Takes a planned cancellation back. */
export function resume(world: World, subscription: Subscription): Subscription {
  const fields = {
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: noDetails,
  }
  return updateSubscription(world, subscription, { fields, items: [], proration: 'none' })
}

import { cancel, update } from '../subscriptions/requests.ts'
import type { World } from '../world.ts'
import type { Configuration } from './configuration.ts'
import type { Reason } from './features.ts'

/** What a person says about why they leave. */
export type Leaving = { feedback: Reason | null; comment: string | null }

/** Ends a subscription as the configuration says: with its period, or now with or without giving back what is left. */
export function endPlan(
  world: World,
  { features }: Configuration,
  id: string,
  { feedback, comment }: Leaving,
): void {
  const { mode, proration_behavior: proration } = features.subscription_cancel
  const details = {
    ...(feedback === null ? {} : { feedback }),
    ...(comment === null ? {} : { comment }),
  }
  const call = { world, ids: { id }, path: '' }
  if (mode === 'at_period_end')
    update({ ...call, params: { cancel_at_period_end: true, cancellation_details: details } })
  else
    cancel({ ...call, params: { cancellation_details: details, prorate: proration === 'create_prorations' } })
}

/** Takes a planned cancellation back. */
export function keepPlan(world: World, id: string): void {
  update({ world, ids: { id }, path: '', params: { cancel_at_period_end: false } })
}

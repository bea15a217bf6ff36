import { invalid, notImplemented } from '../api/errors.ts'
import type { Values } from '../api/params.ts'
import { change } from '../events/events.ts'
import { type Call, present } from '../world.ts'
import type { migrating } from './parameters.ts'
import { ended, findSubscription, flexibleMode } from './subscription.ts'

/** Moves a subscription from classic to flexible billing; there is no way back. */
export function migrate({ world, params, ids }: Call<Values<typeof migrating>>): object {
  const subscription = findSubscription(world, ids.id ?? '')
  if (params.billing_mode.flexible?.proration_discounts === 'itemized')
    throw notImplemented('itemized proration discounts', 'billing_mode[flexible][proration_discounts]')
  if (ended(subscription)) throw invalid('A canceled subscription cannot be migrated.')
  if (subscription.billing_mode.type === 'flexible')
    throw invalid('The subscription is in flexible billing mode already.', { param: 'billing_mode[type]' })
  const mode = { billing_mode: flexibleMode(world.clock.now()) }
  return present(world, change(world, subscription, mode, 'customer.subscription.updated'))
}

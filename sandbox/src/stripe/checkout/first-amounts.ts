import { newCustomer } from '../customers/customers.ts'
import { linesOf } from '../invoices/lines.ts'
import { createSubscription } from '../subscriptions/create.ts'
import type { World } from '../world.ts'
import { plannedSubscription } from './planned-subscription.ts'
import type { Session } from './session.ts'

/**
 * What each price comes to on the first invoice of a session's subscription whose periods turn on a day of their own: the
 * part up to that day, or nothing. Found by making the subscription for nobody and taking it back.
 */
export function firstAmounts(world: World, session: Session): Map<string, number> {
  return world.store.dryRun(() => {
    const customer = newCustomer(world, {}).id
    const planned = plannedSubscription(world, session)
    const made = createSubscription(world, { ...planned, customer, behavior: 'default_incomplete' })
    const sums = new Map<string, number>()
    for (const { amount, pricing } of made.latest_invoice ? linesOf(world, made.latest_invoice) : []) {
      const price = pricing?.price_details.price ?? ''
      sums.set(price, (sums.get(price) ?? 0) + amount)
    }
    return sums
  })
}

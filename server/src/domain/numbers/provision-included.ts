import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { enqueueWork } from '../../lib/queue.ts'
import { planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { subscriptionOf } from '../subscriptions/reads.ts'
import { hasEnded } from '../subscriptions/subscription.ts'
import { preferenceFor } from './number.ts'
import { sayNumbersSettled } from './settled.ts'
import { insertOrder } from './writes.ts'

/**
 * Orders the numbers that a subscription's plan comes with, once: what follows an activation. The buying itself is
 * each order's own piece of work, so that a Twilio that fails holds up nothing.
 */
export async function provisionIncluded(
  { db, catalogs }: { db: Database; catalogs: Catalogs },
  { accountId, subscriptionId }: { accountId: string; subscriptionId: string },
): Promise<void> {
  await db.tenant(accountId, async (tx) => {
    const subscription = await subscriptionOf(tx, accountId, subscriptionId)
    if (hasEnded(subscription.status) || subscription.plan === null || subscription.catalogVersion === null)
      return
    const { catalog } = await catalogs.version(tx, subscription.catalogVersion)
    const plan = planOf(catalog, subscription.plan)
    const count = plan?.numbers?.provisioned ?? 0
    if (plan === undefined || count === 0) {
      await sayNumbersSettled(tx, { accountId, subscriptionId, numbers: [] })
      return
    }
    const preference = preferenceFor(plan, subscription.numberPreference)
    for (let position = 0; position < count; position++) {
      const order = {
        accountId,
        orderId: newId('ord'),
        kind: 'included' as const,
        subscriptionId,
        position,
        preference,
      }
      if (!(await insertOrder(tx, order))) continue
      const payload = { accountId, orderId: order.orderId }
      await enqueueWork(tx, { verb: 'numbers.provision', payload, key: order.orderId })
    }
  })
}

import type { Database } from '../../lib/db.ts'
import { giveUpNumber } from './give-up.ts'
import { liveNumbersOfOrders, lockOrdersOf } from './reads.ts'
import { failOrder } from './writes.ts'

/**
 * Gives back every number that came with a subscription which has ended, and stops the orders still under way. Only
 * that subscription's: an account that subscribed again keeps the numbers of the new one, however late this runs.
 */
export async function releaseAll(
  { db }: { db: Database },
  { accountId, subscriptionId }: { accountId: string; subscriptionId: string },
): Promise<void> {
  await db.tenant(accountId, async (tx) => {
    const orders = await lockOrdersOf(tx, accountId, subscriptionId)
    for (const order of orders) {
      if (order.status === 'pending') await failOrder(tx, order, 'the subscription ended')
    }
    const orderIds = orders.map((order) => order.orderId)
    for (const number of await liveNumbersOfOrders(tx, accountId, orderIds)) await giveUpNumber(tx, number)
  })
}

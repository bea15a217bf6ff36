import { businessNow } from '../../lib/clock.ts'
import type { Database } from '../../lib/db.ts'
import { enqueueWork } from '../../lib/queue.ts'
import { ordersDue } from './reads.ts'

const ORDERS_A_SWEEP = 100

/** Puts the orders that are due again on the queue, for all accounts. Answers how many. */
export async function provisionDue({ db }: { db: Database }): Promise<number> {
  return db.system(async (tx) => {
    const due = await ordersDue(tx, await businessNow(tx), ORDERS_A_SWEEP)
    for (const order of due)
      await enqueueWork(tx, { verb: 'numbers.provision', payload: order, key: order.orderId })
    return due.length
  })
}

import type { Tx } from '../../lib/db.ts'
import { enqueueFact } from '../../lib/queue.ts'
import type { NumberOrder } from './number.ts'

/**
 * Whether it was said already that the subscription's numbers are there or come later. The first failure says it,
 * and a failed order keeps its error for good.
 */
export function isSettled(siblings: NumberOrder[]): boolean {
  return siblings.some((order) => order.lastError !== null)
}

/** Says once per subscription which of the plan's numbers are there: what the welcome mail waits for. */
export async function sayNumbersSettled(
  tx: Tx,
  settled: { accountId: string; subscriptionId: string; numbers: string[] },
): Promise<void> {
  const { accountId, subscriptionId, numbers } = settled
  await enqueueFact(tx, {
    name: 'numbers.settled',
    accountId,
    key: subscriptionId,
    payload: { subscriptionId, numbers },
  })
}

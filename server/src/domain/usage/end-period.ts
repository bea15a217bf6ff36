import type { Tx } from '../../lib/db.ts'
import { lockAccount } from '../accounts/reads.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { settle } from './open-period.ts'
import { periodsEndingAfter } from './reads.ts'
import { cutPeriod, lockCountersAfter, removePeriods, stopRolling } from './writes.ts'

/**
 * The subscription is over: its period ends at `endedAt`, none of its own follows, and use after that counts into the
 * free plan's period, or into none. What is frozen keeps its boundaries. Repeatable.
 */
export async function endPeriod(
  deps: { tx: Tx; catalogs: Catalogs },
  { accountId, subscriptionId, endedAt }: { accountId: string; subscriptionId: string; endedAt: Date },
): Promise<void> {
  const { tx } = deps
  await lockAccount(tx, accountId)
  await stopRolling(tx, { accountId, subscriptionId })
  const open = (await periodsEndingAfter(tx, { accountId, at: endedAt })).filter(
    (each) => each.subscriptionId === subscriptionId && each.status !== 'frozen',
  )
  if (open.length === 0) return

  await lockCountersAfter(tx, { accountId, at: endedAt })
  const current = open.find((each) => each.startsAt < endedAt)
  if (current !== undefined) await cutPeriod(tx, current, endedAt)
  await removePeriods(
    tx,
    accountId,
    open.filter((each) => each !== current).map((each) => each.periodId),
  )
  await settle(deps, { accountId, from: endedAt })
}

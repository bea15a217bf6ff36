import type { Tx } from '../../lib/db.ts'
import { lockAccount } from '../accounts/reads.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { rollTo } from './open-period.ts'
import { countersOf, periodEndingAt } from './reads.ts'
import type { Counter, Period } from './usage.ts'
import { closePeriod, lockCountersAfter } from './writes.ts'

/**
 * Closes the period of a subscription that ends at exactly `endsAt`, for good, and answers what was used in it. Whoever
 * is adding to it is waited for; what comes afterwards is late. One in which nothing happened may not be open yet and
 * is opened for it. Undefined where the subscription has no period with that end. Repeatable.
 */
export async function freezePeriod(
  deps: { tx: Tx; catalogs: Catalogs },
  input: { accountId: string; subscriptionId: string; endsAt: Date },
): Promise<{ period: Period; counters: Counter[] } | undefined> {
  const { tx } = deps
  const { accountId, endsAt } = input
  await lockAccount(tx, accountId)
  await rollTo(deps, { accountId, at: new Date(endsAt.getTime() - 1) })
  const period = await periodEndingAt(tx, input)
  if (period === undefined) return undefined
  await lockCountersAfter(tx, { accountId, at: period.startsAt })
  await closePeriod(tx, period)
  return {
    period: { ...period, status: 'frozen' },
    counters: await countersOf(tx, accountId, period.periodId),
  }
}

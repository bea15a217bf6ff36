import type { Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { lockAccount } from '../accounts/reads.ts'
import type { Interval, Plan } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { settle } from './open-period.ts'
import { planConfirmation } from './period.ts'
import { periodsEndingAfter } from './reads.ts'
import { counterTerms } from './usage.ts'
import {
  confirmTerms,
  cutPeriod,
  insertPeriod,
  lockCountersAfter,
  putLimits,
  removePeriods,
} from './writes.ts'

/**
 * Brings the account's periods in line with the one that Stripe names for a subscription, in the transaction that
 * wrote the subscription. A provisional period is confirmed or moved, an earlier one that reaches into it is cut at its
 * start, and events follow their timestamps with their counters. The plan's limits apply at once. A frozen period is
 * never changed. Repeatable.
 */
export async function confirmPeriod(
  deps: { tx: Tx; catalogs: Catalogs },
  input: {
    accountId: string
    subscriptionId: string
    plan: Plan
    catalogVersion: number
    startsAt: Date
    endsAt: Date
    anchor: Date
    interval: Interval
    isRolling: boolean
  },
): Promise<void> {
  const { tx } = deps
  const { accountId, plan, ...named } = input
  await lockAccount(tx, accountId)
  const periods = await periodsEndingAfter(tx, { accountId, at: input.startsAt })
  const steps = planConfirmation(periods, { ...named, plan: plan.slug })
  if (steps === undefined) return

  const { cut, remove, target, terms } = steps
  await lockCountersAfter(tx, { accountId, at: terms.startsAt })
  if (cut !== undefined) await cutPeriod(tx, cut, terms.startsAt)
  await removePeriods(
    tx,
    accountId,
    remove.map((each) => each.periodId),
  )
  const period = { ...terms, accountId, periodId: target?.periodId ?? newId('per') }
  if (target === undefined) await insertPeriod(tx, { ...period, status: 'confirmed' })
  else await confirmTerms(tx, period)
  await putLimits(tx, period, counterTerms(plan))
  await settle(deps, { accountId, from: terms.startsAt })
}

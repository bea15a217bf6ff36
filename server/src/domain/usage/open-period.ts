import type { Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { accountOf } from '../accounts/reads.ts'
import { freePlanOf, planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { periodToOpen } from './period.ts'
import { firstOutsidePeriods, periodsAround, periodsEndingAfter } from './reads.ts'
import type { Period, PeriodTerms } from './usage.ts'
import { counterTerms } from './usage.ts'
import { insertPeriod, placeEvents, putLimits } from './writes.ts'

type Deps = { tx: Tx; catalogs: Catalogs }
type Place = { accountId: string; at: Date }

/** The period that contains `at`, or else the terms of the one that begins there by itself. Only reads. */
export async function periodAt(
  { tx, catalogs }: Deps,
  { accountId, at }: Place,
): Promise<{ period: Period } | { terms: PeriodTerms } | undefined> {
  const { containing, before, after } = await periodsAround(tx, { accountId, at })
  if (containing !== undefined) return { period: containing }
  const { catalog, version } = await catalogs.current(tx)
  const free = freePlanOf(catalog)
  const terms = periodToOpen({
    at,
    before,
    after,
    accountCreatedAt: (await accountOf(tx, accountId)).createdAt,
    freePlan: free && { plan: free.slug, catalogVersion: version },
  })
  return terms && { terms }
}

/**
 * The period that contains `at`, opened where it begins by itself; undefined where use at that time belongs to none.
 * Time opens periods, not a webhook: Stripe's answer confirms them later. The caller holds the account's lock.
 */
export async function rollTo(deps: Deps, place: Place): Promise<Period | undefined> {
  const found = await periodAt(deps, place)
  if (found === undefined || 'period' in found) return found?.period
  const period = await openPeriod(deps, place.accountId, found.terms)
  await settle(deps, { accountId: place.accountId, from: period.startsAt })
  return period
}

async function openPeriod(deps: Deps, accountId: string, terms: PeriodTerms): Promise<Period> {
  const { tx, catalogs } = deps
  const { catalog } = await catalogs.version(tx, terms.catalogVersion)
  const plan = planOf(catalog, terms.plan)
  if (plan === undefined) throw new Error(`catalog version ${terms.catalogVersion} has no plan ${terms.plan}`)
  const period: Period = { ...terms, accountId, periodId: newId('per'), status: 'provisional' }
  await insertPeriod(tx, period)
  await putLimits(tx, period, counterTerms(plan))
  return period
}

/**
 * Puts the events since `from` where the periods as they stand now want them, and opens those that begin by
 * themselves where events lie. Afterwards each counter is again the sum of its period's events. The caller holds the
 * account's lock and has locked the counters whose boundaries it changed.
 */
export async function settle(
  deps: Deps,
  { accountId, from }: { accountId: string; from: Date },
): Promise<void> {
  let cursor: Date | undefined = from
  while (cursor !== undefined) {
    const at: Date | undefined = await firstOutsidePeriods(deps.tx, { accountId, from: cursor })
    if (at === undefined) break
    const found = await periodAt(deps, { accountId, at })
    if (found !== undefined && 'terms' in found) {
      cursor = (await openPeriod(deps, accountId, found.terms)).endsAt
    } else {
      // Nothing begins here: the events up to the next period stay outside.
      cursor = (await periodsEndingAfter(deps.tx, { accountId, at }))[0]?.startsAt
    }
  }
  await placeEvents(deps.tx, { accountId, from })
}

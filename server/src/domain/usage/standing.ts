import Big from 'big.js'
import type { Tx } from '../../lib/db.ts'
import type { Catalog, Plan } from '../catalog/catalog.ts'
import { planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { periodAt } from './open-period.ts'
import { countersOf } from './reads.ts'
import type { Counter, PeriodTerms } from './usage.ts'
import { counterTerms } from './usage.ts'

/** Where an account stands in a period: what it used, of what its plan includes. */
export type Standing = { period: PeriodTerms; plan: Plan; catalog: Catalog; counters: Map<string, Counter> }

/**
 * Where the account stands at a time. Only reads: a period that nothing was used in yet need not be open, and is
 * answered as it would begin. Undefined where the account has none.
 */
export async function standingAt(
  { tx, catalogs }: { tx: Tx; catalogs: Catalogs },
  { accountId, at }: { accountId: string; at: Date },
): Promise<Standing | undefined> {
  const found = await periodAt({ tx, catalogs }, { accountId, at })
  if (found === undefined) return undefined
  const period = 'period' in found ? found.period : found.terms
  const { catalog, version } = await catalogs.version(tx, period.catalogVersion)
  const plan = planOf(catalog, period.plan)
  if (plan === undefined) throw new Error(`catalog version ${version} has no plan ${period.plan}`)
  const kept = 'period' in found ? await countersOf(tx, accountId, found.period.periodId) : []
  const counters = [...unused(plan, period), ...kept].map((each) => [each.meter, each] as const)
  return { period, plan, catalog, counters: new Map(counters) }
}

function unused(plan: Plan, { startsAt, endsAt }: PeriodTerms): Counter[] {
  const nothing = { periodId: '', startsAt, endsAt, isOpen: true, used: new Big(0), reserved: new Big(0) }
  return counterTerms(plan).map((terms) => ({ ...nothing, ...terms }))
}

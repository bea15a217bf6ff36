import { formatMinorUnits, priceOf } from '../../lib/money.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { costKeyOf, NUMBERS_HELD } from '../catalog/catalog.ts'
import type { Standing } from './standing.ts'
import { unitsOver } from './usage.ts'

/** The body of `GET /api/billing/usage`. `limits` and `overages` name the limited meters alone; `costs` are major units. */
export type UsageSummary = {
  period: { start: string; end: string } | null
  usage: Record<string, number>
  limits: Record<string, number>
  overages: Record<string, number>
  costs: Record<string, string>
}

/**
 * What was used in a period and what it costs so far beyond the plan's price. `numbersHeld` are the phone numbers held
 * at any time in the period. Each cost is rounded once, as its invoice line will be, and the total is their sum.
 */
export function summarize(
  standing: Standing | undefined,
  context: { catalog: Catalog; currency: string; numbersHeld: number },
): UsageSummary {
  const { catalog, currency, numbersHeld } = context
  const meters = new Set([...Object.keys(catalog.meters), ...(standing?.counters.keys() ?? [])])
  const summary: UsageSummary = {
    period: standing
      ? { start: standing.period.startsAt.toISOString(), end: standing.period.endsAt.toISOString() }
      : null,
    usage: {},
    limits: {},
    overages: {},
    costs: {},
  }
  let total = 0n
  const addCost = (key: string, cents: bigint) => {
    summary.costs[key] = formatMinorUnits(cents, currency)
    total += cents
  }
  for (const meter of meters) {
    const counter = standing?.counters.get(meter)
    summary.usage[meter] = counter?.used.toNumber() ?? 0
    if (counter === undefined || counter.included === null) continue
    const over = unitsOver(counter)
    summary.limits[meter] = counter.included.toNumber()
    summary.overages[meter] = over.toNumber()
    if (counter.atLimit !== 'overage') continue
    addCost(costKeyOf(catalog, meter), priceOf(over, counter.overageCents ?? '0'))
  }
  const perNumber = standing?.plan.numbers?.monthlyCents
  if (perNumber !== undefined) addCost(NUMBERS_HELD, priceOf(String(numbersHeld), perNumber))
  summary.costs.total_overage = formatMinorUnits(total, currency)
  return summary
}

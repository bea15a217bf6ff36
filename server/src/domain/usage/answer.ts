import Big from 'big.js'
import type { Catalog, Plan } from '../catalog/catalog.ts'
import { limitOf } from '../catalog/catalog.ts'
import type { Counter } from './usage.ts'
import { fits } from './usage.ts'

export type Upgrade = { plan: string; name: string; included?: number | null }

/** What `check` and `consume` answer, ready for JSON. Of a feature only `allowed`, `reason` and `upgrade` say anything. */
export type UsageAnswer = {
  allowed: boolean
  meter: string | null
  /** Null is unlimited. */
  limit: number | null
  used: number
  reserved: number
  remaining: number | null
  /** Used and reserved, of the limit; 0 where it is unlimited, 100 where it is 0. */
  percent: number | null
  /** The highest of 80, 90 and 100 percent that is reached. */
  threshold: number | null
  resetsAt: string | null
  reason?: 'limit_reached' | 'no_access' | 'not_in_plan'
  upgrade?: Upgrade
}

const THRESHOLDS = [100, 90, 80]

/** Whether `quantity` more is allowed, in figures. `counter` is undefined where the account has no period at all. */
export function answerOf(input: {
  meter: string
  counter: Counter | undefined
  quantity: Big
  hasAccess: boolean
}): UsageAnswer {
  const { meter, counter, quantity, hasAccess } = input
  const hasPlan = hasAccess && counter !== undefined
  const allowed = hasPlan && fits(counter, quantity)
  return {
    allowed,
    ...figuresOf(meter, counter),
    ...(allowed ? {} : { reason: hasPlan ? ('limit_reached' as const) : ('no_access' as const) }),
  }
}

/** A counter in figures. Without one the limit is 0, not unlimited. */
export function figuresOf(meter: string, counter: Counter | undefined): Omit<UsageAnswer, 'allowed'> {
  const limit = counter === undefined ? new Big(0) : counter.included
  const used = counter?.used ?? new Big(0)
  const reserved = counter?.reserved ?? new Big(0)
  const taken = used.plus(reserved)
  const percent = percentOf(taken, limit)
  return {
    meter,
    limit: limit === null ? null : limit.toNumber(),
    used: used.toNumber(),
    reserved: reserved.toNumber(),
    remaining: limit === null ? null : taken.gte(limit) ? 0 : limit.minus(taken).toNumber(),
    // Cut, not rounded: 79.999 must not read as the 80 whose threshold is not reached yet.
    percent: percent.round(2, Big.roundDown).toNumber(),
    threshold: limit === null ? null : (THRESHOLDS.find((each) => percent.gte(each)) ?? null),
    resetsAt: counter?.endsAt.toISOString() ?? null,
  }
}

function percentOf(taken: Big, limit: Big | null): Big {
  if (limit === null) return new Big(0)
  if (limit.eq(0)) return new Big(100)
  return taken.times(100).div(limit)
}

/** The cheapest plan on sale that includes more of the meter than now, and enough for `quantity` more. */
export function upgradeFor(input: {
  catalog: Catalog
  currency: string
  counter: Counter
  quantity: Big
}): Upgrade | undefined {
  const { catalog, currency, counter, quantity } = input
  const better = plansOnSale(catalog, currency).find((plan) => {
    const { included, atLimit } = limitOf(plan, counter.meter)
    if (included === null) return counter.included !== null
    if (counter.included === null || counter.included.gte(included)) return false
    return fits({ ...counter, atLimit, included: new Big(included) }, quantity)
  })
  return better && { plan: better.slug, name: better.name, included: limitOf(better, counter.meter).included }
}

/** The cheapest plan on sale with the feature. */
export function upgradeForFeature(catalog: Catalog, currency: string, feature: string): Upgrade | undefined {
  const better = plansOnSale(catalog, currency).find((plan) => plan.features.includes(feature))
  return better && { plan: better.slug, name: better.name }
}

/** What a person can buy, cheapest first, by what a month costs. */
function plansOnSale(catalog: Catalog, currency: string): Plan[] {
  return catalog.plans
    .filter((plan) => plan.public && !plan.free && !plan.custom)
    .map((plan) => ({ plan, cents: centsPerMonth(plan, currency) }))
    .filter(({ cents }) => cents !== undefined)
    .sort((a, b) => (a.cents as Big).cmp(b.cents as Big))
    .map(({ plan }) => plan)
}

function centsPerMonth(plan: Plan, currency: string): Big | undefined {
  return plan.prices
    .filter((price) => price.currency === currency)
    .map((price) => new Big(price.amountCents).div(price.interval === 'year' ? 12 : 1))
    .sort((a, b) => a.cmp(b))[0]
}

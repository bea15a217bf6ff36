import Big from 'big.js'
import type { Interval, Limit, Plan } from '../catalog/catalog.ts'

/** A stretch of time of one account under one plan: use counts into the one that contains its timestamp. */
export type Period = PeriodTerms & {
  accountId: string
  periodId: string
  /** `provisional`: opened by our own arithmetic. `confirmed`: as Stripe says. `frozen`: closed for good. */
  status: 'provisional' | 'confirmed' | 'frozen'
}

export type PeriodTerms = {
  /** Null on the free plan, which needs no subscription. */
  subscriptionId: string | null
  plan: string
  catalogVersion: number
  startsAt: Date
  /** The first instant that is not in it. */
  endsAt: Date
  /** What the next boundaries are counted from. */
  anchor: Date
  interval: Interval
  /** Whether another period follows by itself. */
  isRolling: boolean
}

/** What was used of one meter in one period, beside what the period includes of it. */
export type Counter = {
  periodId: string
  meter: string
  startsAt: Date
  endsAt: Date
  isOpen: boolean
  used: Big
  reserved: Big
  /** Null is unlimited. */
  included: Big | null
  atLimit: Limit['atLimit']
  /** Cents per unit above what is included, a fraction of one allowed. */
  overageCents: Big | null
}

/** What a counter starts with under a plan. */
export type CounterTerms = Pick<Counter, 'meter' | 'included' | 'atLimit' | 'overageCents'>

export function counterTerms(plan: Plan): CounterTerms[] {
  return Object.entries(plan.limits).map(([meter, limit]) => ({
    meter,
    included: limit.included === null ? null : new Big(limit.included),
    atLimit: limit.atLimit,
    overageCents: limit.overageCents === undefined ? null : new Big(limit.overageCents),
  }))
}

/** Units above what is included; none where nothing limits them. */
export function unitsOver(counter: Pick<Counter, 'used' | 'included'>): Big {
  if (counter.included === null || counter.used.lte(counter.included)) return new Big(0)
  return counter.used.minus(counter.included)
}

/** Whether `quantity` more may be used: only a limit that blocks ever says no. */
export function fits(counter: Omit<Counter, 'periodId'>, quantity: Big): boolean {
  if (counter.atLimit !== 'block' || counter.included === null) return true
  return counter.used.plus(counter.reserved).plus(quantity).lte(counter.included)
}

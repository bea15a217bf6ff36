import { Temporal } from 'temporal-polyfill'
import type { Interval } from '../catalog/catalog.ts'
import type { Period, PeriodTerms } from './usage.ts'

const MONTHS: Record<Interval, number> = { month: 1, year: 12 }

/**
 * The anchor moved by whole months in UTC. A day that the month lacks becomes its last one, and because every boundary
 * is counted from the anchor and never from the one before, the 31st comes back in the months that have it
 * (docs.stripe.com/billing/subscriptions/billing-cycle).
 */
export function monthsAfter(anchor: Date, months: number): Date {
  const moved = Temporal.Instant.fromEpochMilliseconds(anchor.getTime())
    .toZonedDateTimeISO('UTC')
    .add({ months })
  return new Date(moved.epochMilliseconds)
}

/** The window between two boundaries of an anchor that contains `at`, before the anchor as well as after it. */
export function windowAt(anchor: Date, interval: Interval, at: Date): { startsAt: Date; endsAt: Date } {
  const step = MONTHS[interval]
  const months =
    (at.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + at.getUTCMonth() - anchor.getUTCMonth()
  // The calendar tells the window or the one beside it: the day within the month decides.
  let index = Math.floor(months / step)
  if (monthsAfter(anchor, index * step) > at) index -= 1
  if (monthsAfter(anchor, (index + 1) * step) <= at) index += 1
  return { startsAt: monthsAfter(anchor, index * step), endsAt: monthsAfter(anchor, (index + 1) * step) }
}

/**
 * The period that begins by itself where `at` lies in none: the next one of a subscription that goes on, else one of
 * the free plan, monthly from the account's beginning or from where the last period ended. Undefined where neither
 * is: use at that time belongs to no period.
 */
export function periodToOpen(input: {
  at: Date
  /** The nearest periods on either side of `at`. */
  before: Period | undefined
  after: Period | undefined
  accountCreatedAt: Date
  freePlan: { plan: string; catalogVersion: number } | undefined
}): PeriodTerms | undefined {
  const { at, before, after, accountCreatedAt, freePlan } = input
  const earliest = before?.endsAt ?? accountCreatedAt
  const terms =
    before?.isRolling && before.subscriptionId !== null ? before : freeTerms(freePlan, before, earliest)
  if (terms === undefined || at < earliest) return undefined
  const window = windowAt(terms.anchor, terms.interval, at)
  return {
    subscriptionId: terms.subscriptionId,
    plan: terms.plan,
    catalogVersion: terms.catalogVersion,
    startsAt: window.startsAt < earliest ? earliest : window.startsAt,
    endsAt: after !== undefined && after.startsAt < window.endsAt ? after.startsAt : window.endsAt,
    anchor: terms.anchor,
    interval: terms.interval,
    isRolling: true,
  }
}

function freeTerms(
  freePlan: { plan: string; catalogVersion: number } | undefined,
  before: Period | undefined,
  earliest: Date,
): Pick<PeriodTerms, 'subscriptionId' | 'plan' | 'catalogVersion' | 'anchor' | 'interval'> | undefined {
  if (freePlan === undefined) return undefined
  const goesOn = before?.isRolling
  return { ...freePlan, subscriptionId: null, anchor: goesOn ? before.anchor : earliest, interval: 'month' }
}

/**
 * What has to happen so that the account's periods agree with the one that Stripe names; undefined where they do
 * already. Pure: `periods` are all that end after its start, in order. What is frozen stays, and the named period
 * takes only the time that frozen ones leave.
 */
export function planConfirmation(
  periods: Period[],
  named: PeriodTerms,
): { cut: Period | undefined; remove: Period[]; target: Period | undefined; terms: PeriodTerms } | undefined {
  const terms = besideFrozen(periods, named)
  if (terms === undefined) return undefined
  const open = periods.filter((each) => each.status !== 'frozen')
  const later = open.filter((each) => each.startsAt >= terms.startsAt)
  const inside = later.filter((each) => each.startsAt < terms.endsAt)
  const [target] = inside
  const cut = open.find((each) => each.startsAt < terms.startsAt)
  if (target !== undefined && inside.length === 1 && cut === undefined && isAsNamed(target, terms))
    return undefined
  // What follows was reckoned from what turned out otherwise, and is reckoned again when it is needed.
  const remove = later.filter(
    (each) => each !== target && (inside.includes(each) || each.status === 'provisional'),
  )
  return { cut, remove, target, terms }
}

function besideFrozen(periods: Period[], named: PeriodTerms): PeriodTerms | undefined {
  let { startsAt, endsAt } = named
  for (const frozen of periods.filter((each) => each.status === 'frozen')) {
    if (frozen.startsAt <= startsAt) startsAt = frozen.endsAt > startsAt ? frozen.endsAt : startsAt
    else if (frozen.startsAt < endsAt) endsAt = frozen.startsAt
  }
  return startsAt < endsAt ? { ...named, startsAt, endsAt } : undefined
}

function isAsNamed(period: Period, named: PeriodTerms): boolean {
  return (
    period.status === 'confirmed' &&
    period.subscriptionId === named.subscriptionId &&
    period.plan === named.plan &&
    period.catalogVersion === named.catalogVersion &&
    period.startsAt.getTime() === named.startsAt.getTime() &&
    period.endsAt.getTime() === named.endsAt.getTime() &&
    period.anchor.getTime() === named.anchor.getTime() &&
    period.interval === named.interval &&
    period.isRolling === named.isRolling
  )
}

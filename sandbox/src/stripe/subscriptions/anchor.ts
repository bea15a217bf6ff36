import { Temporal } from 'temporal-polyfill'
import type { Period } from '../invoices/lines.ts'
import { afterIntervals, type Interval, periodAt } from '../periods.ts'

/** The fixed day, and if wanted month and time of day, at which billing periods turn. UTC. */
export type AnchorConfig = {
  day_of_month: number
  hour: number | null
  minute: number | null
  month: number | null
  second: number | null
}
type Recurring = { interval: Interval; interval_count: number }

const utc = (at: number) => Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO('UTC')
const seconds = (at: Temporal.ZonedDateTime) => at.epochMilliseconds / 1000

/**
 * The first instant after `now` (epoch seconds) that fits; what is not given of the time of day is that of `now`, and a
 * day that a month does not have is its last (docs.stripe.com/billing/subscriptions/billing-cycle).
 */
export function configuredAnchor(config: AnchorConfig, now: number): number {
  const from = utc(now)
  const time = {
    hour: config.hour ?? from.hour,
    minute: config.minute ?? from.minute,
    second: config.second ?? from.second,
  }
  const first = from.with({ day: 1, ...(config.month === null ? {} : { month: config.month }) })
  const step = config.month === null ? 'months' : 'years'
  for (let count = 0; ; count++) {
    // The day last: it is cut to the month that it lands in.
    const at = first.add({ [step]: count }).with({ day: config.day_of_month, ...time })
    if (seconds(at) > now) return seconds(at)
  }
}

/** The instant on the anchor's grid whose day is the one configured, where the anchor itself fell into a short month. */
function gridStart(anchor: number, config: AnchorConfig | null, recurring: Recurring): number {
  const months = { day: 0, week: 0, month: 1, year: 12 }[recurring.interval] * recurring.interval_count
  if (!config || months === 0 || utc(anchor).day === config.day_of_month) return anchor
  for (let back = months; back <= 12; back += months) {
    const at = utc(anchor).subtract({ months: back })
    if (at.daysInMonth >= config.day_of_month) return seconds(at.with({ day: config.day_of_month }))
  }
  return anchor
}

/** The billing period of a subscription that holds `at`, as its anchor and a price's interval make it. */
export function billingPeriod(
  subscription: { billing_cycle_anchor: number; billing_cycle_anchor_config: AnchorConfig | null },
  recurring: Recurring,
  at: number,
): Period {
  const { billing_cycle_anchor: anchor, billing_cycle_anchor_config: config } = subscription
  const { interval, interval_count } = recurring
  return periodAt(gridStart(anchor, config, recurring), { interval, interval_count }, at)
}

/** The latest anchor that a subscription can be given: one interval after it begins to bill. */
export const naturalBillingDate = (from: number, recurring: Recurring): number =>
  afterIntervals(from, recurring.interval, recurring.interval_count)

/** A stretch of time that is billed, and the whole period of which it is a part. */
export type Stretch = Period & { whole: Period }

/**
 * The stretches from `start` up to the end of the period that holds `now`, one for each period of the anchor: the last
 * is the current one. `start` is before `now` where a subscription is backdated.
 */
export function stretches(start: number, now: number, periodOf: (at: number) => Period): Stretch[] {
  const found: Stretch[] = []
  for (let at = start; at <= now; ) {
    const whole = periodOf(at)
    found.push({ start: Math.max(start, whole.start), end: whole.end, whole })
    at = whole.end
  }
  return found
}

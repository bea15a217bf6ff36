import { Temporal } from 'temporal-polyfill'

export type Interval = 'day' | 'week' | 'month' | 'year'

/**
 * `count` intervals after an anchor (epoch seconds), in UTC. Always counted from the anchor, never from the last
 * turn, so that a subscription of 31 January comes back to the 31st after February.
 */
export function afterIntervals(anchor: number, interval: Interval, count: number): number {
  const start = Temporal.Instant.fromEpochMilliseconds(anchor * 1000).toZonedDateTimeISO('UTC')
  return start.add({ [`${interval}s`]: count }).epochMilliseconds / 1000
}

const roughSeconds: Record<Interval, number> = {
  day: 86_400,
  week: 604_800,
  month: 2_629_746,
  year: 31_556_952,
}

/** The billing period that holds `at`, on the anchor's grid: its start is the last turn at or before `at`. */
export function periodAt(
  anchor: number,
  recurring: { interval: Interval; interval_count: number },
  at: number,
): { start: number; end: number } {
  const { interval, interval_count: every } = recurring
  let turn = Math.floor((at - anchor) / (roughSeconds[interval] * every)) - 1
  while (afterIntervals(anchor, interval, (turn + 1) * every) <= at) turn++
  return {
    start: afterIntervals(anchor, interval, turn * every),
    end: afterIntervals(anchor, interval, (turn + 1) * every),
  }
}

/** `10 Nov 2025`, as proration lines write a day. */
export function writtenDay(at: number): string {
  const day = new Date(at * 1000)
  const month = day.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' }).slice(0, 3)
  return `${String(day.getUTCDate()).padStart(2, '0')} ${month} ${day.getUTCFullYear()}`
}

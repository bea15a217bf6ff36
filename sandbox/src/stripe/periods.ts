export type Interval = 'day' | 'week' | 'month' | 'year'

const day = 86_400

/**
 * `count` intervals after an anchor (epoch seconds), in UTC. Always counted from the anchor, never from the last
 * turn, so that a subscription of 31 January comes back to the 31st after February. By hand, because every renewal
 * asks it several times.
 */
export function afterIntervals(anchor: number, interval: Interval, count: number): number {
  if (interval === 'day') return anchor + count * day
  if (interval === 'week') return anchor + count * 7 * day
  const from = new Date(anchor * 1000)
  const month = from.getUTCMonth() + (interval === 'year' ? 12 : 1) * count
  const daysInMonth = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const landed = Date.UTC(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), daysInMonth)) / 1000
  // Whole days of UTC have the same length, so that the time of day is what is left of the anchor's day.
  return landed + (((anchor % day) + day) % day)
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

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `10 Nov 2025`, as proration lines write a day. */
export function writtenDay(at: number): string {
  const date = new Date(at * 1000)
  return `${String(date.getUTCDate()).padStart(2, '0')} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}

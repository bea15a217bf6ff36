import { afterIntervals, type Interval } from '../periods.ts'

export type Duration = { interval: Interval; interval_count: number }

/** One phase as far as its dates go. `lasts` counts where no end is given. */
export type Span = {
  start?: number
  end?: number
  lasts: Duration
  /** The phase moves the billing cycle's anchor to its own start. */
  anchors: boolean
  trialEnd?: number
  /** The whole phase is a trial, so that billing is anchored at its end. */
  trial?: boolean
}

const inDaysOrMonths = ({ interval, interval_count: count }: Duration): { unit: Interval; count: number } =>
  interval === 'year'
    ? { unit: 'month', count: 12 * count }
    : interval === 'week'
      ? { unit: 'day', count: 7 * count }
      : { unit: interval, count }

function unitsBetween(from: number, to: number, unit: Interval): number {
  if (unit === 'day') return Math.floor((to - from) / 86_400)
  const [a, b] = [new Date(from * 1000), new Date(to * 1000)]
  return 12 * (b.getUTCFullYear() - a.getUTCFullYear()) + b.getUTCMonth() - a.getUTCMonth()
}

/**
 * When something that begins at `start` has lasted that long (all epoch seconds). Where `start` is a turn of the billing
 * cycle, it ends on a turn too: a month from 28 February ends on 31 March for an anchor of the 31st
 * (docs.stripe.com/changelog/clover/2025-09-30/billing-cycle-anchor-resets-during-phase-computation).
 */
export function endOf(start: number, lasts: Duration, anchor: number): number {
  const { unit, count } = inDaysOrMonths(lasts)
  const turns = unitsBetween(anchor, start, unit)
  return afterIntervals(anchor, unit, turns) === start
    ? afterIntervals(anchor, unit, turns + count)
    : afterIntervals(start, unit, count)
}

/**
 * The start and end of each of successive phases, the first of which begins at `start`; `anchor` is the billing
 * cycle's. A phase begins where the one before ended, and ends where the next is said to begin.
 */
export function datesOf(
  spans: Span[],
  from: { start: number; anchor: number },
): { start: number; end: number }[] {
  let { start, anchor } = from
  return spans.map((span, position) => {
    if (span.anchors) anchor = start
    if (span.trialEnd !== undefined) anchor = span.trialEnd
    const end = span.end ?? spans[position + 1]?.start ?? endOf(start, span.lasts, anchor)
    const dates = { start, end }
    if (span.trial) anchor = end
    start = end
    return dates
  })
}

import { Big } from 'big.js'
import type { World } from '../world.ts'
import { type MeterEvent, ownerOf } from './meter-events.ts'
import { findMeter, type Meter } from './meters.ts'

/** What a meter's events come to, as an exact decimal: how many, the sum of their values, or the value of the last. */
export function aggregate(formula: Meter['default_aggregation']['formula'], events: MeterEvent[]): string {
  const value = ({ hidden }: MeterEvent) => new Big(hidden.value ?? 0)
  if (formula === 'count') return String(events.length)
  if (formula === 'sum') return events.reduce((sum, event) => sum.plus(value(event)), new Big(0)).toFixed()
  const [first, ...rest] = events
  if (!first) return '0'
  return value(
    rest.reduce((last, event) => (event.timestamp >= last.timestamp ? event : last), first),
  ).toFixed()
}

/** A stretch of a customer's use: from an instant, but for the first `skip` events ever if they are of it, up to `end`. */
export type Stretch = { meter: string; customer: string; start: number; end: number; skip?: number }

const windowSeconds = { day: 24 * 3600, hour: 3600 }

/** Of the events of each hour or day in UTC only the one that was received last. */
function lastOfWindows(events: MeterEvent[], window: 'day' | 'hour'): MeterEvent[] {
  const length = windowSeconds[window]
  return [...new Map(events.map((event) => [Math.floor(event.timestamp / length), event])).values()]
}

/** The events of a stretch that count. */
export function eventsBetween(
  world: World,
  { meter, customer, start, end, skip = 0 }: Stretch,
): MeterEvent[] {
  const events = eventsOf(world, meter, customer).filter(
    ({ hidden, timestamp }, position) =>
      hidden.value !== null &&
      timestamp < end &&
      (timestamp > start || (timestamp === start && position >= skip)),
  )
  const { event_time_window: window } = findMeter(world, meter)
  return window ? lastOfWindows(events, window) : events
}

export const eventsOf = (world: World, meter: string, customer: string): MeterEvent[] =>
  world.store.by<MeterEvent>('billing.meter_event', 'owner', ownerOf(meter, customer))

/** What was used in a stretch, as it is billed: never less than nothing. */
export function billedUsage(world: World, stretch: Stretch): string {
  const { formula } = findMeter(world, stretch.meter).default_aggregation
  const used = aggregate(formula, eventsBetween(world, stretch))
  return used.startsWith('-') ? '0' : used
}

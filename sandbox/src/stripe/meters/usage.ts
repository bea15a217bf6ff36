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

/** A customer's events that count, from an instant up to and without another. */
export function eventsBetween(
  world: World,
  about: { meter: string; customer: string; start: number; end: number },
): MeterEvent[] {
  return world.store
    .by<MeterEvent>('billing.meter_event', 'owner', ownerOf(about.meter, about.customer))
    .filter(
      ({ hidden, timestamp }) => hidden.value !== null && timestamp >= about.start && timestamp < about.end,
    )
}

/** What a customer used between two instants, as it is billed: never less than nothing. */
export function billedUsage(
  world: World,
  about: { meter: string; customer: string; start: number; end: number },
): string {
  const { formula } = findMeter(world, about.meter).default_aggregation
  const used = aggregate(formula, eventsBetween(world, about))
  return used.startsWith('-') ? '0' : used
}

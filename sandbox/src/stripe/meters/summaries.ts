import { createHash } from 'node:crypto'
import { Big } from 'big.js'
import { findCustomer } from '../balance.ts'
import { invalid } from '../errors.ts'
import { page, paging } from '../lists.ts'
import { integer, oneOf, required, text, type Values } from '../params.ts'
import type { Call, Stored } from '../world.ts'
import { type MeterEvent, ownerOf } from './meter-events.ts'
import { findMeter, type Meter } from './meters.ts'

export const summing = {
  ...paging,
  customer: required(text),
  start_time: required(integer),
  end_time: required(integer),
  value_grouping_window: oneOf('day', 'hour'),
}

const boundary = { minute: 60, hour: 3600, day: 24 * 3600 }

function checkTimes({
  start_time: start,
  end_time: end,
  value_grouping_window: window,
}: Values<typeof summing>) {
  const unit = window ?? 'minute'
  for (const [param, time] of Object.entries({ start_time: start, end_time: end })) {
    if (time % boundary[unit] !== 0) {
      throw invalid(`Invalid ${param}: ${time} must be aligned with ${unit} boundaries.`, { param })
    }
  }
  if (start >= end) throw invalid('end_time must be later than start_time.', { param: 'end_time' })
}

/** The counted events as one number: how many, the sum of their values, or the value of the last by its timestamp. */
function aggregate(formula: Meter['default_aggregation']['formula'], events: MeterEvent[]): number {
  const value = ({ hidden }: MeterEvent) => new Big(hidden.value ?? 0)
  if (formula === 'count') return events.length
  if (formula === 'sum') return events.reduce((sum, event) => sum.plus(value(event)), new Big(0)).toNumber()
  return value(events.reduce((last, event) => (event.timestamp >= last.timestamp ? event : last))).toNumber()
}

/** The same question has the same ids, so that pages of an answer follow each other. */
function summaryId(about: (string | number)[]): string {
  return `mtrusg_test_${createHash('sha256').update(about.join(' ')).digest('hex')}`
}

/**
 * What a customer used between two instants, whole or by hour or day in UTC, the latest first. Windows without an
 * event are left out, as in Stripe's own sample.
 */
export function summaries(call: Call<Values<typeof summing>>): object {
  const { world, params } = call
  const meter = findMeter(world, call.ids.id)
  const customer = findCustomer(world, params.customer, 'customer')
  checkTimes(params)
  const { start_time: start, end_time: end, value_grouping_window: window } = params
  const length = window === undefined ? end - start : boundary[window]
  const windows = new Map<number, MeterEvent[]>()
  for (const event of world.store.by<MeterEvent>(
    'billing.meter_event',
    'owner',
    ownerOf(meter.id, customer.id),
  )) {
    const { timestamp, hidden } = event
    if (hidden.value === null || timestamp < start || timestamp >= end) continue
    const from = start + Math.floor((timestamp - start) / length) * length
    const events = windows.get(from)
    if (events) events.push(event)
    else windows.set(from, [event])
  }
  const found = [...windows].sort(([a], [b]) => a - b)
  return page(
    call,
    found.map(
      ([from, events]): Stored => ({
        id: summaryId([meter.id, customer.id, from, from + length]),
        object: 'billing.meter_event_summary',
        ...{
          aggregated_value: aggregate(meter.default_aggregation.formula, events),
          end_time: from + length,
          livemode: false,
          meter: meter.id,
          start_time: from,
        },
      }),
    ),
  )
}

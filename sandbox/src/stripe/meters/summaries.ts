import { createHash } from 'node:crypto'
import { invalid } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { integer, oneOf, required, text, type Values } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import type { Call, Stored } from '../world.ts'
import type { MeterEvent } from './meter-events.ts'
import { findMeter } from './meters.ts'
import { aggregate, eventsBetween } from './usage.ts'

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
  for (const event of eventsBetween(world, { meter: meter.id, customer: customer.id, start, end })) {
    const { timestamp } = event
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
          aggregated_value: Number(aggregate(meter.default_aggregation.formula, events)),
          end_time: from + length,
          livemode: false,
          meter: meter.id,
          start_time: from,
        },
      }),
    ),
  )
}

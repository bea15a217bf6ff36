import { randomUUID } from 'node:crypto'
import { randomId } from '../../ids.ts'
import { invalid, StripeError } from '../api/errors.ts'
import { decimal, integer, object, oneOf, type Param, required, text, type Values } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { present, type Stored, tell, type World } from '../world.ts'
import { activeMeter, textUpTo } from './meters.ts'

const day = 24 * 3600

/** A meter event has no id of its own in the API: `id` is the sandbox's, since an identifier is free again later. */
export type MeterEvent = Stored & {
  created: number
  event_name: string
  identifier: string
  livemode: false
  payload: Record<string, string>
  timestamp: number
  /** `owner` is the meter and the customer; `value` a decimal, null where the event was cancelled. */
  hidden: { owner: string; customer: string; value: string | null }
}

/** What is told when an event was stored or taken back. */
export const usageReported = 'usage.reported'

export const ownerOf = (meter: string, customer: string): string => `${meter} ${customer}`

const payload: Param<Record<string, string>> = {
  parse(raw, name) {
    if (typeof raw === 'string') throw invalid('Invalid object', { param: name })
    return Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [key, text.parse(value, `${name}[${key}]`)]),
    )
  },
}

export const reporting = {
  event_name: required(textUpTo(100)),
  payload: required(payload),
  identifier: textUpTo(100),
  timestamp: integer,
}

function payloadValue(given: Record<string, string>, key: string): string {
  const value = given[key]
  if (value !== undefined) return value
  throw invalid(`Missing required param: payload[${key}].`, {
    param: `payload[${key}]`,
    code: 'parameter_missing',
  })
}

/** The most recent event of an identifier. */
function latest(world: World, identifier: string): MeterEvent | undefined {
  return world.store.by<MeterEvent>('billing.meter_event', 'identifier', identifier).at(-1)
}

function checkTimestamp(now: number, timestamp: number): void {
  if (timestamp >= now - 35 * day && timestamp <= now + 300) return
  throw invalid(
    `Invalid timestamp: ${timestamp}. It must be within the past 35 calendar days or up to 5 minutes in the future.`,
    { param: 'timestamp' },
  )
}

/**
 * Records usage. Stripe looks at the customer and the value after its answer and reports what is wrong with them in an
 * event of its second API; here they are refused at once, so that no usage is lost unseen.
 */
export function reportUsage(world: World, given: Values<typeof reporting>): object {
  const meter = activeMeter(world, given.event_name)
  if (!meter) {
    throw invalid(`No active meter found for event name "${given.event_name}".`, { param: 'event_name' })
  }
  const customerKey = meter.customer_mapping.event_payload_key
  const valueKey = meter.value_settings.event_payload_key
  const customer = findCustomer(world, payloadValue(given.payload, customerKey), `payload[${customerKey}]`)
  // Where events are counted, what they say beside their customer does not matter.
  const counts = meter.default_aggregation.formula === 'count' && given.payload[valueKey] === undefined
  const value = counts ? '1' : decimal.parse(payloadValue(given.payload, valueKey), `payload[${valueKey}]`)
  const now = world.clock.now()
  const { identifier = randomUUID(), timestamp = now } = given
  checkTimestamp(now, timestamp)
  const before = latest(world, identifier)
  // Stripe gives this refusal no code.
  if (before && now - before.created < day) {
    throw invalid(`An event already exists with identifier ${identifier}.`, { param: 'identifier' })
  }
  const event = world.store.put<MeterEvent>('billing.meter_event', {
    id: randomId('meter_event_', 24),
    object: 'billing.meter_event',
    created: now,
    event_name: given.event_name,
    identifier,
    livemode: false,
    payload: given.payload,
    timestamp,
    hidden: { owner: ownerOf(meter.id, customer.id), customer: customer.id, value },
  })
  tell(world, usageReported, event)
  return present(world, event)
}

export const adjusting = {
  event_name: required(textUpTo(100)),
  type: required(oneOf('cancel')),
  cancel: required(object({ identifier: required(textUpTo(100)) })),
}

/**
 * Takes an event back within a day of its receipt. Its identifier stays taken. The answer says `pending`, as Stripe's
 * does, though the event counts no more from then on.
 */
export function cancelUsage(world: World, given: Values<typeof adjusting>): object {
  const { identifier } = given.cancel
  const param = 'cancel[identifier]'
  const event = latest(world, identifier)
  if (!event || event.event_name !== given.event_name) {
    const message = `No meter event of the name ${given.event_name} has the identifier '${identifier}'.`
    throw new StripeError(400, { type: 'invalid_request_error', code: 'resource_missing', message, param })
  }
  if (world.clock.now() - event.created >= day) {
    throw invalid('You can only cancel events within 24 hours of Stripe receiving them.', { param })
  }
  if (event.hidden.value === null) {
    throw invalid(`The meter event with the identifier '${identifier}' is already cancelled.`, { param })
  }
  const hidden = { ...event.hidden, value: null }
  tell(world, usageReported, world.store.put<MeterEvent>('billing.meter_event', { ...event, hidden }))
  return {
    object: 'billing.meter_event_adjustment',
    cancel: { identifier },
    event_name: given.event_name,
    livemode: false,
    status: 'pending',
    type: 'cancel',
  }
}

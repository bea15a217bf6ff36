import { missing } from './errors.ts'
import { page, pageOfNewest, pagingAndCreated } from './lists.ts'
import { list, oneOf, text } from './params.ts'
import { testClockOf } from './test-clocks/whose.ts'
import type { Endpoint } from './webhook-endpoints.ts'
import {
  apiVersion,
  longId,
  operation,
  present,
  type Resource,
  type Stored,
  tell,
  type World,
} from './world.ts'

export type StripeEvent = Stored & {
  type: string
  created: number
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> }
  pending_webhooks: number
}

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The former values of what changed, nested objects field by field, lists whole, as events show them. */
export function previousAttributes(before: Fields, after: Fields): Fields {
  const changed: Fields = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]]
    if (JSON.stringify(was) === JSON.stringify(is)) continue
    changed[key] =
      isFields(was) && isFields(is) && was.object === undefined ? previousAttributes(was, is) : (was ?? null)
  }
  return changed
}

const wants = (endpoint: Endpoint, type: string) =>
  endpoint.status === 'enabled' &&
  (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type))

/** Records an event with the object as it is now, and sends it to every endpoint that listens. */
export const emit = (world: World, type: string, stored: object, previous?: Fields): StripeEvent =>
  emitShown(world, type, present(world, stored), previous)

/** The same for an object that is already in the API's form, such as a preview that is not kept. */
export function emitShown(world: World, type: string, shown: Fields, previous?: Fields): StripeEvent {
  const endpoints = [...world.store.all<Endpoint>('webhook_endpoint')].filter((endpoint) =>
    wants(endpoint, type),
  )
  const event: StripeEvent = {
    id: longId('evt_'),
    object: 'event',
    ...{ api_version: apiVersion },
    created: world.clock.now(),
    data: { object: shown, ...(previous ? { previous_attributes: previous } : {}) },
    ...{ livemode: false },
    pending_webhooks: endpoints.length,
    ...{ request: world.request ?? { id: null, idempotency_key: null } },
    type,
  }
  world.store.put('event', event)
  const body = JSON.stringify(event, null, 2)
  for (const endpoint of endpoints) {
    world.deliveries.send({
      provider: 'stripe',
      url: endpoint.url,
      type,
      object: event.id,
      contentType: 'application/json; charset=utf-8',
      body,
      sign: 'stripe',
      endpoint: endpoint.id,
    })
  }
  return event
}

/** Puts a changed copy; where something visible changed, sends `type` with what it was before. */
export function change<T extends Stored>(
  world: World,
  before: T,
  changes: Partial<T>,
  type: string | null,
): T {
  const shownBefore = type ? present(world, before) : {}
  const after = world.store.put(before.object, { ...before, ...changes })
  if (!type) return after
  const previous = previousAttributes(shownBefore, present(world, after))
  if (Object.keys(previous).length) emit(world, type, after, previous)
  return after
}

const knownPrefixes = /^[a-z_]+(\.[a-z_]+)+$/

export const events: Resource = {
  object: 'event',
  start(world) {
    world.deliveries.onOutcome(({ delivery, succeeded }) => {
      if (delivery.provider !== 'stripe' || !succeeded) return
      const event = world.store.get<StripeEvent>('event', delivery.object)
      if (!event || event.pending_webhooks === 0) return
      const heard = world.store.put('event', { ...event, pending_webhooks: event.pending_webhooks - 1 })
      if (heard.pending_webhooks > 0) return
      const testClock = testClockOf(world, heard.data.object)
      world.clock.within(testClock, () => tell(world, 'event.delivered', heard))
    })
  },
  operations: [
    operation(
      'GET /v1/events',
      { ...pagingAndCreated, type: text, types: list(text), delivery_success: oneOf('true', 'false') },
      (call) => {
        const { type, types, delivery_success: success } = call.params
        const fits = (event: StripeEvent) =>
          (type === undefined ||
            (type.endsWith('.*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type)) &&
          (types === undefined || types.includes(event.type)) &&
          (success === undefined || (event.pending_webhooks === 0) === (success === 'true'))
        if (type !== undefined && type !== '*' && !knownPrefixes.test(type.replace(/\.\*$/, '.x')))
          return page(call, [])
        const { store } = call.world
        function* fitting() {
          for (const event of store.newestFirst<StripeEvent>('event')) if (fits(event)) yield event
        }
        return pageOfNewest(call, fitting())
      },
    ),
    operation('GET /v1/events/{id}', {}, ({ world, ids }) => {
      const event = world.store.get<StripeEvent>('event', ids.id ?? '')
      if (!event) throw missing('event', ids.id ?? '')
      return present(world, event)
    }),
  ],
}

import { invalid, missing } from '../api/errors.ts'
import { type Listing, pageOfNewest, pagingAndCreated } from '../api/lists.ts'
import { boolean, list, text } from '../api/params.ts'
import { testClockOf } from '../test-clocks/whose.ts'
import {
  apiVersion,
  longId,
  operation,
  present,
  type Resource,
  type Stored,
  tell,
  type World,
} from '../world.ts'
import type { EventType } from './event-types.ts'
import type { Endpoint } from './webhook-endpoints.ts'

export type StripeEvent = Stored & {
  type: string
  created: number
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> }
  pending_webhooks: number
  /** `at`: when it was made by the sandbox's own clock; `waits`: the endpoints that have not taken it yet. */
  hidden: { at: number; waits: string[] }
}

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The former values of what changed, as `*.updated` events show them: hashes field by field (an API list among them, of
 * which only `data` changes), arrays whole, null for what was not there.
 */
export function previousAttributes(before: Fields, after: Fields): Fields {
  const changed: Fields = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]]
    if (JSON.stringify(was) === JSON.stringify(is)) continue
    changed[key] = isFields(was) && isFields(is) ? previousAttributes(was, is) : (was ?? null)
  }
  return changed
}

const wants = (endpoint: Endpoint, type: string) =>
  endpoint.status === 'enabled' &&
  (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type))

/** Records an event with the object as it is now, and sends it to every endpoint that listens. */
export const emit = (world: World, type: EventType, stored: object, previous?: Fields): StripeEvent =>
  emitShown(world, type, present(world, stored), previous)

/** The same for an object that is already in the API's form, such as a preview that is not kept. */
export function emitShown(world: World, type: EventType, shown: Fields, previous?: Fields): StripeEvent {
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
    hidden: {
      at: world.clock.within(null, () => world.clock.now()),
      waits: endpoints.map(({ id }) => id),
    },
  }
  world.store.put('event', event)
  send(world, event, endpoints)
  tell(world, 'event.created', event)
  return event
}

function send(world: World, event: StripeEvent, endpoints: Endpoint[]): void {
  if (endpoints.length === 0) return
  const body = JSON.stringify(present(world, event), null, 2)
  for (const endpoint of endpoints) {
    world.deliveries.send({
      provider: 'stripe',
      url: endpoint.url,
      type: event.type,
      object: event.id,
      contentType: 'application/json; charset=utf-8',
      body,
      sign: 'stripe',
      endpoint: endpoint.id,
    })
  }
}

/** Puts a changed copy; where something visible changed, sends `type` with what it was before. */
export function change<T extends Stored>(
  world: World,
  before: T,
  changes: Partial<T>,
  type: EventType | null,
): T {
  const shownBefore = type ? present(world, before) : {}
  const after = world.store.put(before.object, { ...before, ...changes })
  if (!type) return after
  const previous = previousAttributes(shownBefore, present(world, after))
  if (Object.keys(previous).length) emit(world, type, after, previous)
  return after
}

/** Seconds for which an event can be asked for: 30 days (docs.stripe.com/api/events). */
const lifetime = 30 * 86_400

const isKept = (world: World, { hidden }: StripeEvent) =>
  world.clock.within(null, () => world.clock.now()) - hidden.at < lifetime

/** Whether an event is of a type that was asked for: `*` stands for all, `invoice.*` for all of an object's. */
const isOf = (type: string, event: StripeEvent) =>
  type === '*' || (type.endsWith('.*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type)

/** Takes an endpoint off those for which an event waits; when none is left it was delivered. */
function settle(world: World, id: string, endpoint: string): void {
  const event = world.store.get<StripeEvent>('event', id)
  if (!event?.hidden.waits.includes(endpoint)) return
  const waits = event.hidden.waits.filter((one) => one !== endpoint)
  const hidden = { ...event.hidden, waits }
  const heard = world.store.put<StripeEvent>('event', { ...event, pending_webhooks: waits.length, hidden })
  if (waits.length > 0) return
  const testClock = testClockOf(world, heard.data.object)
  world.clock.within(testClock, () => tell(world, 'event.delivered', heard))
}

/** One page of the events, newest first, that are not older than 30 days and pass the filters. */
function listEvents(
  call: Listing & { params: { type?: string; types?: string[]; delivery_success?: boolean } },
): object {
  const { world, params } = call
  const { type, types, delivery_success: success } = params
  if (type !== undefined && types !== undefined)
    throw invalid('You may only specify one of these parameters: type, types.', { param: 'types' })
  if (types && types.length > 20)
    throw invalid('You can filter by at most 20 types of events.', { param: 'types' })
  const wanted = type === undefined ? types : [type]
  function* fitting() {
    for (const event of world.store.newestFirst<StripeEvent>('event')) {
      // Those that come after it are older still.
      if (!isKept(world, event)) return
      const isSuccess = event.pending_webhooks === 0
      if (success !== undefined && success !== isSuccess) continue
      if (!wanted || wanted.some((one) => isOf(one, event))) yield event
    }
  }
  return pageOfNewest(call, fitting())
}

export const events: Resource = {
  object: 'event',
  start(world) {
    world.deliveries.onOutcome(({ delivery, state }) => {
      if (delivery.provider !== 'stripe' || !delivery.endpoint) return
      if (state === 'succeeded' || state === 'dropped') settle(world, delivery.object, delivery.endpoint)
    })
  },
  operations: [
    operation(
      'GET /v1/events',
      { ...pagingAndCreated, type: text, types: list(text), delivery_success: boolean },
      listEvents,
    ),
    operation('GET /v1/events/{id}', {}, ({ world, ids }) => {
      const event = world.store.get<StripeEvent>('event', ids.id ?? '')
      if (!event || !isKept(world, event)) throw missing('event', ids.id ?? '')
      return present(world, event)
    }),
  ],
}

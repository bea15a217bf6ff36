import { createHmac } from 'node:crypto'
import { realSeconds } from '../../clock.ts'
import { randomId } from '../../ids.ts'
import { invalid, missing, notImplemented } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import {
  boolean,
  clearableText,
  list,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  text,
} from '../api/params.ts'
import { apiVersion, longId, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { eventTypes } from './event-types.ts'

export type Endpoint = Stored & {
  url: string
  enabled_events: string[]
  status: 'enabled' | 'disabled'
  description: string | null
  metadata: Record<string, string>
  /** `given`: named when the sandbox was started. `former`: the secret that was rolled, valid until an instant. */
  hidden: { secret: string; given: boolean; former?: { secret: string; until: number } }
}

/** Registers an address for events; the secret is made up where none is given. */
export function addEndpoint(
  world: World,
  given: {
    url: string
    enabled_events: string[]
    secret?: string
    given?: boolean
    description?: string | null
    metadata?: Record<string, string>
    api_version?: string
  },
): Endpoint {
  const endpoint = {
    id: longId('we_'),
    object: 'webhook_endpoint',
    api_version: given.api_version ?? null,
    application: null,
    created: world.clock.now(),
    description: given.description ?? null,
    enabled_events: given.enabled_events,
    livemode: false,
    metadata: given.metadata ?? {},
    status: 'enabled' as const,
    url: given.url,
    hidden: { secret: given.secret ?? randomId('whsec_', 32), given: given.given ?? false },
  }
  return world.store.put<Endpoint>('webhook_endpoint', endpoint)
}

/**
 * Gives an endpoint a new secret, as its owner does in Stripe's dashboard; the former one signs beside it for a while.
 * Answers the new one.
 */
export function rollSecret(world: World, id: string, expiresInSeconds: number): string {
  const endpoint = find(world, id)
  const secret = randomId('whsec_', 32)
  const former = { secret: endpoint.hidden.secret, until: world.clock.now() + expiresInSeconds }
  world.store.put<Endpoint>('webhook_endpoint', {
    ...endpoint,
    hidden: { ...endpoint.hidden, secret, former },
  })
  return secret
}

/** `t=…,v1=…` over `t.body`, with wall-clock time, once with each secret that is valid. */
function signature(world: World, { hidden }: Endpoint, body: string): string {
  const at = realSeconds()
  const former = hidden.former && hidden.former.until > world.clock.now() ? [hidden.former.secret] : []
  const signed = [hidden.secret, ...former].map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`,
  )
  return [`t=${at}`, ...signed].join(',')
}

function find(world: World, id = ''): Endpoint {
  const found = world.store.get<Endpoint>('webhook_endpoint', id)
  if (!found) throw missing('webhook endpoint', id)
  return found
}

function checkUrl(url: string): void {
  if (!/^https?:\/\/[^\s]+$/.test(url))
    throw invalid('Invalid URL: An explicit scheme (such as https) must be provided.', {
      param: 'url',
      code: 'url_invalid',
    })
}

function checkEvents(types: string[]): void {
  if (types.length > 0) return
  throw invalid('You must enable at least one event for a webhook endpoint.', { param: 'enabled_events' })
}

/** Stripe allows so many endpoints in test mode (docs.stripe.com/webhooks). */
const mostEndpoints = 16

const enabledEvents = list(oneOf('*', ...eventTypes))
const create = {
  url: required(text),
  enabled_events: required(enabledEvents),
  api_version: text,
  connect: boolean,
  description: clearableText,
  metadata,
}

export const webhookEndpoints: Resource = {
  object: 'webhook_endpoint',
  start(world) {
    world.deliveries.signer('stripe', ({ body, endpoint: id }) => {
      const endpoint = id === undefined ? undefined : world.store.get<Endpoint>('webhook_endpoint', id)
      if (endpoint?.status !== 'enabled') return null
      return {
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signature(world, endpoint, body),
      }
    })
  },
  operations: [
    operation('POST /v1/webhook_endpoints', create, ({ world, params }) => {
      const { url, enabled_events, api_version } = params
      checkUrl(url)
      checkEvents(enabled_events)
      if (params.connect) throw notImplemented('endpoints for connected accounts', 'connect')
      if (api_version !== undefined && api_version !== apiVersion) {
        const message = `The sandbox renders events as of API version ${apiVersion} only, not ${api_version}.`
        throw invalid(message, { param: 'api_version' })
      }
      if (world.store.count('webhook_endpoint') >= mostEndpoints)
        throw invalid(`You have reached the maximum of ${mostEndpoints} test webhook endpoints.`)
      const endpoint = addEndpoint(world, {
        url,
        enabled_events,
        description: params.description ?? null,
        metadata: mergeMetadata({}, params.metadata),
        ...(api_version === undefined ? {} : { api_version }),
      })
      // The secret shows once, in the answer to its creation.
      return { ...present(world, endpoint), secret: endpoint.hidden.secret }
    }),
    operation('GET /v1/webhook_endpoints', paging, (call) =>
      page(call, call.world.store.all<Endpoint>('webhook_endpoint')),
    ),
    operation('GET /v1/webhook_endpoints/{id}', {}, ({ world, ids }) => present(world, find(world, ids.id))),
    operation(
      'POST /v1/webhook_endpoints/{id}',
      { url: text, enabled_events: enabledEvents, description: clearableText, disabled: boolean, metadata },
      ({ world, params, ids }) => {
        const before = find(world, ids.id)
        if (params.url !== undefined) checkUrl(params.url)
        if (params.enabled_events) checkEvents(params.enabled_events)
        const { disabled, metadata: given, ...rest } = params
        const status = disabled === undefined ? before.status : disabled ? 'disabled' : 'enabled'
        const after = { ...before, ...rest, status, metadata: mergeMetadata(before.metadata, given) }
        return present(world, world.store.put<Endpoint>('webhook_endpoint', after as Endpoint))
      },
    ),
    operation('DELETE /v1/webhook_endpoints/{id}', {}, ({ world, ids }) => {
      const { id, object } = find(world, ids.id)
      world.store.remove('webhook_endpoint', id)
      return { id, object, deleted: true }
    }),
  ],
}

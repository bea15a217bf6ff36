import { createHmac } from 'node:crypto'
import { realSeconds } from '../clock.ts'
import { randomId } from '../ids.ts'
import { invalid, missing } from './errors.ts'
import { page, paging } from './lists.ts'
import { boolean, clearableText, list, mergeMetadata, metadata, notYetAll, required, text } from './params.ts'
import { longId, operation, present, type Resource, type Stored, type World } from './world.ts'

export type Endpoint = Stored & {
  url: string
  enabled_events: string[]
  status: 'enabled' | 'disabled'
  description: string | null
  metadata: Record<string, string>
  /** `given`: named when the sandbox was started. */
  hidden: { secret: string; given: boolean }
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
  },
): Endpoint {
  const endpoint = {
    id: longId('we_'),
    object: 'webhook_endpoint',
    api_version: null,
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

/** `t=…,v1=…` over `t.body`, with wall-clock time. A secret of several parts, by comma, signs once with each. */
function signature(secrets: string[], body: string): string {
  const at = realSeconds()
  const signed = secrets.map(
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

export const webhookEndpoints: Resource = {
  object: 'webhook_endpoint',
  start(world) {
    world.deliveries.signer('stripe', ({ body, endpoint }) => {
      const secret = endpoint && world.store.get<Endpoint>('webhook_endpoint', endpoint)?.hidden.secret
      return {
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signature((secret || 'whsec_deleted').split(','), body),
      }
    })
  },
  operations: [
    operation(
      'POST /v1/webhook_endpoints',
      {
        url: required(text),
        enabled_events: required(list(text)),
        description: clearableText,
        metadata,
        ...notYetAll('api_version', 'connect'),
      },
      ({ world, params }) => {
        checkUrl(params.url)
        const endpoint = addEndpoint(world, {
          url: params.url,
          enabled_events: params.enabled_events,
          description: params.description ?? null,
          metadata: mergeMetadata({}, params.metadata),
        })
        // The secret shows once, in the answer to its creation.
        return { ...present(world, endpoint), secret: endpoint.hidden.secret }
      },
    ),
    operation('GET /v1/webhook_endpoints', paging, (call) =>
      page(call, call.world.store.all<Endpoint>('webhook_endpoint')),
    ),
    operation('GET /v1/webhook_endpoints/{id}', {}, ({ world, ids }) => present(world, find(world, ids.id))),
    operation(
      'POST /v1/webhook_endpoints/{id}',
      { url: text, enabled_events: list(text), description: clearableText, disabled: boolean, metadata },
      ({ world, params, ids }) => {
        const before = find(world, ids.id)
        if (params.url !== undefined) checkUrl(params.url)
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

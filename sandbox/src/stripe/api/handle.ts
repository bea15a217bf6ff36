import type { Reply, SandboxRequest } from '../../server.ts'
import { checkReady } from '../test-clocks/advance.ts'
import { testClockOf } from '../test-clocks/whose.ts'
import { apiVersion, type Operation, shortId, type World } from '../world.ts'
import { errorBody, invalid, StripeError } from './errors.ts'
import { expand } from './expand.ts'
import { parseForm, type Raw } from './form.ts'
import { keep, replayed } from './idempotency.ts'
import { checkAccount, checkKey, checkVersion } from './keys.ts'
import { list, readFields, text } from './params.ts'
import { createRateLimits, RateLimited } from './rate-limits.ts'
import { createRouter, type Found } from './route.ts'

const expandParam = list(text)

/** A body that is JSON, or whose `%` codes are broken, is no form. */
function checkForm(request: SandboxRequest): void {
  const type = request.headers['content-type'] ?? ''
  const body = request.body.toString()
  if (!(body !== '' && type.startsWith('application/json')) && !/%(?![0-9a-f]{2})/i.test(body)) return
  throw invalid(
    'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.',
  )
}

function readParams(request: SandboxRequest, operation: Operation): { values: unknown; paths: string[] } {
  checkForm(request)
  // What a GET or DELETE sends stands in its query; stripe-node sends nothing in their bodies.
  const raw: { [name: string]: Raw } = parseForm(request.query.toString())
  Object.assign(raw, parseForm(request.body.toString()))
  const { expand: expandRaw, ...rest } = raw
  const paths = expandRaw === undefined ? [] : expandParam.parse(expandRaw, 'expand')
  return { values: readFields(operation.params, rest), paths }
}

function refusal(world: World, error: unknown, id: string): Reply {
  const request = { id, account: world.account.id }
  if (!(error instanceof StripeError)) {
    world.store.rollback()
    console.error('sandbox: a Stripe operation failed:', error)
    const message = `The sandbox itself failed: ${error instanceof Error ? error.message : error}`
    return { status: 500, body: errorBody({ type: 'api_error', message }, request) }
  }
  if (!error.keep) world.store.rollback()
  const headers = error instanceof RateLimited ? { 'stripe-rate-limited-reason': error.reason } : {}
  return { status: error.status, headers, body: errorBody(error.fields, request) }
}

const keyOf = (request: SandboxRequest) =>
  (request.method === 'POST' ? request.headers['idempotency-key'] : undefined) || undefined

/** The headers of every answer, those that go with an idempotency key included. */
function headersOf(request: SandboxRequest, requestId: string): Record<string, string> {
  const key = keyOf(request)
  return {
    ...(key ? { 'idempotency-key': key, 'original-request': requestId, 'stripe-should-retry': 'false' } : {}),
    'content-type': 'application/json',
    'cache-control': 'no-cache, no-store',
    'request-id': requestId,
    'stripe-version': request.headers['stripe-version'] ?? apiVersion,
  }
}

/** The subscription that a request changed, and whether it set a quantity there. */
function changedSubscription(found: Found, values: unknown): { id: string; quantity: boolean } | undefined {
  const { operation, ids } = found
  if (operation.method !== 'POST' || operation.path !== '/v1/subscriptions/{id}' || !ids.id) return undefined
  const items = (values as { items?: { quantity?: number }[] }).items ?? []
  return { id: ids.id, quantity: items.some(({ quantity }) => quantity !== undefined) }
}

/** Answers requests to `/v1/…`. Synchronous: what a request does is one step that no other can see half-done. */
export function createHandler(world: World, operations: Operation[]): (request: SandboxRequest) => Reply {
  const route = createRouter(operations)
  const limits = createRateLimits(world)

  /** Runs one operation; either all that it put is kept, or nothing. */
  function run(request: SandboxRequest, found: Found, begun: () => void): string {
    const { values, paths } = readParams(request, found.operation)
    begun()
    const call = { world, params: values as never, ids: found.ids, path: request.path }
    const testClock = testClockOf(world, [found.ids, values])
    if (request.method !== 'GET' && !request.path.startsWith('/v1/test_helpers/'))
      checkReady(world, testClock)
    return world.clock.within(testClock, () => {
      const answer = found.operation.run(call)
      const changed = changedSubscription(found, values)
      if (changed) limits.checkSubscription(changed.id, changed.quantity)
      return `${JSON.stringify(expand(world, answer, paths), null, 2)}\n`
    })
  }

  return (request) => {
    // What others have put before is theirs: a refusal here must not take it back.
    world.store.commit()
    const requestId = shortId('req_')
    const key = keyOf(request)
    const headers = headersOf(request, requestId)
    const answer = (reply: Reply): Reply => ({ ...reply, headers: { ...headers, ...reply.headers } })
    let executing = false
    const done = (reply: Reply): Reply => {
      if (key && executing) keep(world, { key, request, requestId }, reply)
      return answer(reply)
    }
    try {
      checkKey(world, request)
      checkVersion(request)
      checkAccount(world, request)
      const found = route(request.method, request.path)
      limits.count()
      if (key && key.length > 255) throw invalid('Idempotency keys can be at most 255 characters long.')
      const before = key ? replayed(world, key, request) : undefined
      if (before) return answer(before)
      world.request = { id: requestId, idempotency_key: key ?? null }
      const body = run(request, found, () => {
        executing = true
      })
      return done({ status: 200, body })
    } catch (error) {
      return done(refusal(world, error, requestId))
    } finally {
      world.request = null
      world.store.commit()
    }
  }
}

/** Keeps an idempotency key in use until its request was answered, however slow a fault makes that. */
export function createClaims(world: World): (request: SandboxRequest) => Reply | (() => void) {
  const inFlight = new Set<string>()
  return (request) => {
    const key = keyOf(request)
    if (!key) return () => undefined
    if (!inFlight.has(key)) {
      inFlight.add(key)
      return () => void inFlight.delete(key)
    }
    const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`
    const id = shortId('req_')
    const fields = { type: 'idempotency_error' as const, code: 'idempotency_key_in_use', message }
    return {
      status: 409,
      headers: { ...headersOf(request, id), 'stripe-should-retry': 'true' },
      body: errorBody(fields, { id, account: world.account.id }),
    }
  }
}

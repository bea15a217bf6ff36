import { timingSafeEqual } from 'node:crypto'
import type { Reply, SandboxRequest } from '../server.ts'
import { errorBody, invalid, StripeError } from './errors.ts'
import { expand } from './expand.ts'
import { parseForm, type Raw } from './form.ts'
import { fingerprint, keep, replayed } from './idempotency.ts'
import { list, readFields, text } from './params.ts'
import { checkReady } from './test-clocks/advance.ts'
import { testClockOf } from './test-clocks/whose.ts'
import { apiVersion, type Operation, shortId, type World } from './world.ts'

type Found = { operation: Operation; ids: Record<string, string> }

/** The operation of a path, fixed segments before `{id}`. */
function createRouter(operations: Operation[]): (method: string, path: string) => Found | undefined {
  const byShape = new Map<string, { operation: Operation; parts: string[] }[]>()
  const variables = (operation: Operation) => operation.path.split('{').length
  for (const operation of [...operations].sort((a, b) => variables(a) - variables(b))) {
    const parts = operation.path.split('/')
    const shape = `${operation.method} ${parts.length}`
    byShape.set(shape, [...(byShape.get(shape) ?? []), { operation, parts }])
  }
  return (method, path) => {
    const given = path.split('/')
    for (const { operation, parts } of byShape.get(`${method} ${given.length}`) ?? []) {
      const ids: Record<string, string> = {}
      const fits = parts.every((part, position) => {
        const value = given[position] ?? ''
        if (!part.startsWith('{')) return part === value
        ids[part.slice(1, -1)] = decodeURIComponent(value)
        return value !== ''
      })
      if (fits) return { operation, ids }
    }
    return undefined
  }
}

function givenKey(header: string): string {
  const [scheme = '', value = ''] = header.split(' ')
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return ''
  return Buffer.from(value, 'base64').toString().replace(/:.*$/s, '')
}

function checkKey(world: World, request: SandboxRequest): void {
  const given = givenKey(request.headers.authorization ?? '')
  const refuse = (message: string) => new StripeError(401, { type: 'invalid_request_error', message })
  if (!given) {
    throw refuse(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    )
  }
  const own = Buffer.from(world.account.secretKey)
  const other = Buffer.from(given)
  if (own.length === other.length && timingSafeEqual(own, other)) return
  const shown =
    given.length > 12 ? `${given.slice(0, 8)}${'*'.repeat(given.length - 12)}${given.slice(-4)}` : '****'
  throw refuse(`Invalid API Key provided: ${shown}`)
}

const expandParam = list(text)

function readParams(request: SandboxRequest, operation: Operation): { values: unknown; paths: string[] } {
  // What a GET or DELETE sends stands in its query; stripe-node sends nothing in their bodies.
  const raw: { [name: string]: Raw } = parseForm(request.query.toString())
  Object.assign(raw, parseForm(request.body.toString()))
  const { expand: expandRaw, ...rest } = raw
  const paths = expandRaw === undefined ? [] : expandParam.parse(expandRaw, 'expand')
  return { values: readFields(operation.params, rest), paths }
}

const inFlight = new Set<string>()

/** Runs one operation; either all that it put is kept, or nothing. */
function run(world: World, request: SandboxRequest, found: Found, begun: () => void): string {
  const { values, paths } = readParams(request, found.operation)
  begun()
  const call = { world, params: values as never, ids: found.ids, path: request.path }
  const testClock = testClockOf(world, [found.ids, values])
  if (request.method !== 'GET' && !request.path.startsWith('/v1/test_helpers/')) checkReady(world, testClock)
  return world.clock.within(testClock, () =>
    JSON.stringify(expand(world, found.operation.run(call), paths), null, 2),
  )
}

function refusal(world: World, error: unknown, requestId: string): Reply {
  if (!(error instanceof StripeError)) {
    world.store.rollback()
    console.error('sandbox: a Stripe operation failed:', error)
    const message = `The sandbox itself failed: ${error instanceof Error ? error.message : error}`
    return { status: 500, body: errorBody({ type: 'api_error', message }, requestId) }
  }
  if (!error.keep) world.store.rollback()
  return { status: error.status, body: errorBody(error.fields, requestId) }
}

/** Answers one request to `/v1/…`. Synchronous: what a request does is one step that no other can see half-done. */
export function createHandler(world: World, operations: Operation[]): (request: SandboxRequest) => Reply {
  const route = createRouter(operations)
  return (request) => {
    // What others have put before is theirs: a refusal here must not take it back.
    world.store.commit()
    const requestId = shortId('req_')
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined
    const print = fingerprint(request.method, request.path, request.body.toString())
    const common = {
      'content-type': 'application/json',
      'cache-control': 'no-cache, no-store',
      'request-id': requestId,
      'stripe-version': request.headers['stripe-version'] ?? apiVersion,
    }
    const posted = key
      ? { 'idempotency-key': key, 'original-request': requestId, 'stripe-should-retry': 'false' }
      : {}
    const answer = (reply: Reply): Reply => ({
      ...reply,
      headers: { ...posted, ...reply.headers, ...common },
    })
    let executing = false
    try {
      checkKey(world, request)
      const asked = request.headers['stripe-version']
      if (asked !== undefined && asked !== apiVersion) {
        throw invalid(`The sandbox speaks API version ${apiVersion} only, not ${asked}.`)
      }
      const found = route(request.method, request.path)
      if (!found) {
        const message = `Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/. (Either there is no such path or the sandbox does not implement it.)`
        throw new StripeError(404, { type: 'invalid_request_error', message })
      }
      if (key && key.length > 255) throw invalid('Idempotency keys can be at most 255 characters long.')
      const before = key ? replayed(world, key, print) : undefined
      if (before) return answer(before)
      world.request = { id: requestId, idempotency_key: key ?? null }
      const body = run(world, request, found, () => {
        executing = true
      })
      const reply = { status: 200, body }
      if (key) keep(world, key, print, reply, requestId)
      return answer(reply)
    } catch (error) {
      const reply = refusal(world, error, requestId)
      if (key && executing) keep(world, key, print, reply, requestId)
      return answer(reply)
    } finally {
      world.request = null
      world.store.commit()
    }
  }
}

/** The idempotency key of a request that a fault slows down is in use until it was answered. */
export function claimKey(request: SandboxRequest): Reply | (() => void) {
  const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined
  if (!key) return () => undefined
  if (!inFlight.has(key)) {
    inFlight.add(key)
    return () => void inFlight.delete(key)
  }
  return keyInUse(key)
}

function keyInUse(key: string): Reply {
  const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`
  const requestId = shortId('req_')
  const headers = {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-should-retry': 'true',
  }
  const fields = { type: 'idempotency_error' as const, code: 'idempotency_key_in_use', message }
  return { status: 409, headers, body: errorBody(fields, requestId) }
}

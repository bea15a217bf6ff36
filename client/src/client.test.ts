import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { TollgateError } from './error.ts'

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
type Behaviour = (response: ServerResponse, request: IncomingMessage) => void

let server: Server | undefined

/** A real server that does the network's part as told: one behaviour per request, the last one repeated. */
const serve = async (...behaviours: Behaviour[]) => {
  const seen: Seen[] = []
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    behaviours[Math.min(seen.length, behaviours.length) - 1]?.(response, request)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { seen, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const answers =
  (status: number, body: unknown, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

const dropsTheLine: Behaviour = (_response, request) => request.socket.destroy()

const failureOf = async (call: Promise<unknown>): Promise<TollgateError> => {
  const outcome = await call.then(
    (value) => value,
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(TollgateError)
  return outcome as TollgateError
}

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
})

test('a server call carries the key, the account and an Idempotency-Key, and reads the answer', async () => {
  const { baseUrl, seen } = await serve(answers(200, { accepted: 1, duplicates: 0, late: 0 }))
  const client = createClient({ baseUrl: `${baseUrl}/`, apiKey: 'tg_key', account: 'ext:42' })
  const tracked = await client.usage.track({ id: 'call-1', meter: 'voice_minutes', quantity: 3 })
  expect(tracked).toEqual({ accepted: 1, duplicates: 0, late: 0 })
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/api/usage/track' })
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ id: 'call-1', meter: 'voice_minutes', quantity: 3 })
  expect(seen[0]?.headers).toMatchObject({
    authorization: 'Bearer tg_key',
    'tollgate-account': 'ext:42',
    'content-type': 'application/json',
  })
  expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
})

test('several events go as a batch, a token as bearer', async () => {
  const { baseUrl, seen } = await serve(answers(200, { accepted: 2, duplicates: 0, late: 0 }))
  const events = [
    { id: 'a', meter: 'email_count' },
    { id: 'b', meter: 'email_count' },
  ]
  await createClient({ baseUrl, token: 'jwt' }).usage.track(events)
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ events })
  expect(seen[0]?.headers.authorization).toBe('Bearer jwt')
})

test('a read has no Idempotency-Key; query values are encoded and absent ones left out', async () => {
  const { baseUrl, seen } = await serve(answers(200, { data: [], nextCursor: null }))
  await createClient({ baseUrl }).payments({ limit: 5, cursor: 'a&b' })
  await createClient({ baseUrl }).request({ method: 'GET', path: '/api/x', query: { cursor: undefined } })
  expect(seen.map((request) => request.url)).toEqual(['/api/billing/payments?limit=5&cursor=a%26b', '/api/x'])
  expect(seen[0]?.headers['idempotency-key']).toBeUndefined()
})

test('a dropped line, a 500 and a 429 are tried again under the same key until the answer comes', async () => {
  const busy = answers(
    429,
    { success: false, error: 'Slow down', code: 'rate_limited' },
    { 'retry-after': '0' },
  )
  const { baseUrl, seen } = await serve(
    dropsTheLine,
    answers(500, { success: false, error: 'x', code: 'internal' }),
    busy,
    answers(200, {
      url: 'https://checkout.stripe.com/x',
      sessionId: 'cs_1',
      expiresAt: '2026-01-01T00:00:00Z',
    }),
  )
  const checkout = await createClient({ baseUrl }).checkout({ plan: 'ai_secretary' })
  expect(checkout.sessionId).toBe('cs_1')
  expect(seen).toHaveLength(4)
  expect(new Set(seen.map((request) => request.headers['idempotency-key'])).size).toBe(1)
  expect(new Set(seen.map((request) => request.body)).size).toBe(1)
})

test('the second attempt waits for the first that is still being worked on', async () => {
  const busy = { success: false, error: 'Ask again in a moment.', code: 'idempotency_in_progress' }
  const { baseUrl, seen } = await serve(dropsTheLine, answers(409, busy), answers(200, { url: 'https://b' }))
  expect(await createClient({ baseUrl }).portal()).toEqual({ url: 'https://b' })
  expect(seen).toHaveLength(3)
})

test('two calls have two keys; a key of your own is used as it is', async () => {
  const { baseUrl, seen } = await serve(answers(200, { url: 'https://billing.stripe.com/x' }))
  const client = createClient({ baseUrl })
  await client.portal()
  await client.portal()
  await client.portal({}, { idempotencyKey: 'mine' })
  const keys = seen.map((request) => request.headers['idempotency-key'])
  expect(new Set(keys).size).toBe(3)
  expect(keys[2]).toBe('mine')
})

test('it gives up after four attempts with what the server said last', async () => {
  const down = { success: false, error: 'The database is away.', code: 'unavailable', requestId: 'req_9' }
  const { baseUrl, seen } = await serve(answers(503, down, { 'retry-after': '0' }))
  const error = await failureOf(createClient({ baseUrl }).plans())
  expect(error).toMatchObject({ status: 503, code: 'unavailable', requestId: 'req_9', message: down.error })
  expect(seen).toHaveLength(4)
})

test.each([400, 401, 402, 403, 404, 409, 422])('%i is not tried again', async (status) => {
  const { baseUrl, seen } = await serve(answers(status, { success: false, error: 'No.', code: 'refused' }))
  const error = await failureOf(createClient({ baseUrl }).checkout({ plan: 'x' }))
  expect(error).toMatchObject({ status, code: 'refused', message: 'No.', action: null })
  expect(seen).toHaveLength(1)
})

test('a refusal keeps its action and everything else that it says', async () => {
  const { baseUrl } = await serve(
    answers(402, {
      success: false,
      error: 'Add a payment method first.',
      code: 'payment_method_required',
      requestId: 'req_1',
      requiresPaymentMethod: true,
      action: { kind: 'add_payment_method', url: 'https://billing.stripe.com/p', text: 'Add a card' },
    }),
  )
  const error = await failureOf(createClient({ baseUrl }).checkout({ plan: 'x' }))
  expect(error.action).toEqual({
    kind: 'add_payment_method',
    url: 'https://billing.stripe.com/p',
    text: 'Add a card',
  })
  expect(error.details).toEqual({ requiresPaymentMethod: true })
})

test("a proxy's page is said not to be Tollgate's, with the request id of the header", async () => {
  const { baseUrl } = await serve((response) => {
    response.writeHead(404, { 'content-type': 'text/html', 'x-request-id': 'req_h' })
    response.end('<h1>nginx</h1>')
  })
  const error = await failureOf(createClient({ baseUrl }).plans())
  expect(error).toMatchObject({ status: 404, code: 'unexpected_answer', requestId: 'req_h' })
})

test('a success that is not JSON is an error, an empty one is nothing', async () => {
  const page: Behaviour = (response) => response.writeHead(200).end('<html>')
  const empty: Behaviour = (response) => response.writeHead(204).end()
  const { baseUrl } = await serve(page, empty)
  const client = createClient({ baseUrl })
  expect(await failureOf(client.plans())).toMatchObject({ status: 200, code: 'unexpected_answer' })
  expect(await client.request({ method: 'DELETE', path: '/api/x' })).toBeUndefined()
})

test('nobody listening ends as network_error with the cause kept', async () => {
  const { baseUrl } = await serve(dropsTheLine)
  const error = await failureOf(createClient({ baseUrl }).access())
  expect(error).toMatchObject({ status: 0, code: 'network_error', requestId: null })
  expect(error.cause).toBeDefined()
})

test('an abort stops a call that is under way, and the waiting between attempts', async () => {
  const silence = new AbortController()
  const { baseUrl, seen } = await serve(() => silence.abort(new Error('closed')))
  await expect(createClient({ baseUrl }).plans({ signal: silence.signal })).rejects.toThrow('closed')
  expect(seen).toHaveLength(1)

  const between = new AbortController()
  const waiting = await serve((response, request) => {
    answers(503, {}, { 'retry-after': '30' })(response, request)
    response.once('close', () => between.abort(new Error('left')))
  })
  await expect(createClient({ baseUrl: waiting.baseUrl }).plans({ signal: between.signal })).rejects.toThrow(
    'left',
  )
  expect(waiting.seen).toHaveLength(1)
})

test('an abort during the last attempt is an abort, not a failure of the network', async () => {
  const leaving = new AbortController()
  let attempts = 0
  const fetch = async () => {
    attempts += 1
    if (attempts < 4) return Response.json({}, { status: 429, headers: { 'retry-after': '0' } })
    leaving.abort(new Error('left'))
    throw leaving.signal.reason
  }
  const client = createClient({ baseUrl: 'https://billing.example', fetch })
  await expect(client.plans({ signal: leaving.signal })).rejects.toThrow('left')
})

test('an abort that comes with the answer stops before the waiting begins', async () => {
  const leaving = new AbortController()
  const fetch = async () => {
    leaving.abort(new Error('left'))
    return Response.json({}, { status: 503, headers: { 'retry-after': '30' } })
  }
  const client = createClient({ baseUrl: 'https://billing.example', fetch })
  await expect(client.plans({ signal: leaving.signal })).rejects.toThrow('left')
})

test('ids are encoded into the path', async () => {
  const { baseUrl, seen } = await serve(answers(200, {}))
  const client = createClient({ baseUrl })
  await client.accounts.get('ext:a/b')
  await client.accounts.putMember('acc_1', { userId: 'u 1', role: 'admin' })
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /api/accounts/ext%3Aa%2Fb',
    'PUT /api/accounts/acc_1/members/u%201',
  ])
  expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ role: 'admin' })
})

test('a fetch of your own is used', async () => {
  const client = createClient({
    baseUrl: 'https://billing.example',
    fetch: async (input) => Response.json({ plans: [{ slug: String(input) }] }),
  })
  expect((await client.plans()).plans[0]?.slug).toBe('https://billing.example/api/plans')
})

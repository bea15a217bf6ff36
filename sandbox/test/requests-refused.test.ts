import { afterAll, beforeAll, expect, test } from 'vitest'
import { raw } from './raw.ts'
import { clientOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

const ask = (on: string, given: { body?: string; headers?: Record<string, string> } = {}) =>
  raw(world.sandbox.url, on, given)

test('answers to POSTs with a key have Request-Id, Stripe-Version, Idempotency-Key, Original-Request, Stripe-Should-Retry and Cache-Control; GETs have not the three in the middle', async () => {
  const names = ['idempotency-key', 'original-request', 'stripe-should-retry']
  const posted = await ask('POST /v1/customers', { body: 'name=A', headers: { 'idempotency-key': 'k' } })
  const id = posted.headers.get('request-id')
  expect(names.map((name) => posted.headers.get(name))).toEqual(['k', id, 'false'])
  const got = await ask('GET /v1/customers', { headers: { 'idempotency-key': 'k' } })
  expect(names.map((name) => got.headers.get(name))).toEqual([null, null, null])
  for (const { headers } of [posted, got]) {
    expect(headers.get('request-id')).toMatch(/^req_\w{14}$/)
    expect(headers.get('stripe-version')).toBe('2026-10-28.endive')
    expect(headers.get('cache-control')).toBe('no-cache, no-store')
  }
})

test('errors carry code, doc_url, message, param, request_log_url and type, in this order', async () => {
  const { error, headers } = await ask('GET /v1/customers/cus_x')
  expect(Object.keys(error)).toEqual(['code', 'doc_url', 'message', 'param', 'request_log_url', 'type'])
  const account = await world.stripe.accounts.retrieveCurrent()
  expect(error).toMatchObject({
    doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
    request_log_url: `https://dashboard.stripe.com/${account.id}/test/workbench/logs?object=${headers.get('request-id')}`,
  })
})

test('card errors also carry decline_code, and the charge and payment intent that failed', async () => {
  const { customers, paymentMethods, paymentIntents } = world.stripe
  const customer = await customers.create({})
  const attach = paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id })
  await expect(attach).rejects.toMatchObject({ statusCode: 402, decline_code: 'generic_decline' })
  const card = await paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id })
  const pay = paymentIntents.create({
    amount: 1000,
    currency: 'usd',
    customer: customer.id,
    payment_method: card.id,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  })
  await expect(pay).rejects.toMatchObject({
    statusCode: 402,
    type: 'StripeCardError',
    code: 'card_declined',
    decline_code: 'generic_decline',
    charge: expect.stringMatching(/^ch_/),
    payment_intent: { object: 'payment_intent', status: 'requires_payment_method' },
  })
})

test('a body ends with a line, as Stripe’s do', async () => {
  expect((await ask('GET /v1/customers')).text).toMatch(/\}\n$/)
  expect((await ask('GET /v1/customers/cus_x')).text).toMatch(/\}\n$/)
})

test('without the right key nothing is answered', async () => {
  await expect(
    clientOf(world.sandbox.url, 'sk_test_wrong_key_of_some_length').customers.list(),
  ).rejects.toMatchObject({
    statusCode: 401,
    type: 'StripeAuthenticationError',
    message: 'Invalid API Key provided: sk_test_********************ngth',
  })
  const none = await ask('GET /v1/customers', { headers: { authorization: '' } })
  expect(none.status).toBe(401)
  expect(none.error.message).toMatch(/^You did not provide an API key\./)
  const basic = `Basic ${Buffer.from('sk_test_start:').toString('base64')}`
  expect((await ask('GET /v1/customers', { headers: { authorization: basic } })).status).toBe(200)
})

test.each([
  [
    'pk_test_publishable_key',
    'secret_key_required',
    /^This API call cannot be made with a publishable API key/,
  ],
  ['rk_test_restricted_key_1', undefined, /^Invalid API Key provided: rk_test_/],
  ['sk_live_somebody', undefined, /^Invalid API Key provided: sk_live_/],
])('the key %s is refused', async (key, code, message) => {
  const { status, error } = await ask('GET /v1/customers', { headers: { authorization: `Bearer ${key}` } })
  expect([status, error.code]).toEqual([401, code])
  expect(error.message).toMatch(message)
})

test.each([
  ['2026-10-28.endive', 200, undefined],
  ['2025-03-31.basil', 400, /speaks API version 2026-10-28\.endive only, not 2025-03-31\.basil/],
  ['latest', 400, /^Invalid Stripe API version: latest$/],
])('the version %s is answered %i', async (version, status, message) => {
  const answer = await ask('GET /v1/customers', { headers: { 'stripe-version': version } })
  expect(answer.status).toBe(status)
  if (message) expect(answer.error.message).toMatch(message)
})

test('Stripe-Account may only name the account itself', async () => {
  const account = await world.stripe.accounts.retrieveCurrent()
  const of = (id: string) => ask('GET /v1/customers', { headers: { 'stripe-account': id } })
  expect((await of(account.id)).status).toBe(200)
  const other = await of('acct_of_somebody')
  expect([other.status, other.error.code]).toEqual([403, 'account_invalid'])
})

test.each([
  ['PUT /v1/customers', 404, /^Unrecognized request URL \(PUT: \/v1\/customers\)/],
  ['GET /v1/customers/', 404, /^Unrecognized request URL/],
  ['GET /v1/nothing', 404, /^Unrecognized request URL \(GET: \/v1\/nothing\)/],
  ['GET /v1/customers/%zz', 404, /^No such customer: '%zz'$/],
])('%s is a %i', async (on, status, message) => {
  const answer = await ask(on)
  expect(answer.status).toBe(status)
  expect(answer.error.message).toMatch(message)
})

test.each([
  ['JSON', '{"name":"A"}', 'application/json'],
  ['a broken code', 'name=%zz', 'application/x-www-form-urlencoded'],
])('%s is no form', async (_what, body, type) => {
  const answer = await ask('POST /v1/customers', { body, headers: { 'content-type': type } })
  expect([answer.status, answer.error.type]).toEqual([400, 'invalid_request_error'])
  expect(answer.error.message).toContain('check that your POST content type is')
})

test.each([
  ['expand=customer', 'Invalid array'],
  ['expand[]=a.b.c.d.e', 'You cannot expand more than 4 levels of a property. Property: a.b.c.d.e'],
  ['expand[]=metadata', 'This property cannot be expanded (metadata).'],
  ['expand[]=email', 'This property cannot be expanded (email).'],
  ['expand[]=invoice_settings', 'This property cannot be expanded (invoice_settings).'],
])('%s of a customer is refused', async (query, message) => {
  const customer = await world.stripe.customers.create({ email: 'expand@example.com' })
  const { status, error } = await ask(`GET /v1/customers/${customer.id}?${query}`)
  expect([status, error.param, error.message]).toEqual([400, 'expand', message])
})

test('what is to be expanded in a list is named with data', async () => {
  await world.stripe.customers.create({})
  const { error } = await ask('GET /v1/customers?expand[]=test_clock')
  expect(error.message).toBe(
    "This property cannot be expanded (test_clock). You may want to try expanding 'data.test_clock' instead.",
  )
})

test('several unknown parameters are named together', async () => {
  const { error } = await ask('POST /v1/customers', { body: 'foo=1&bar[baz]=2&name=A' })
  expect([error.message, error.param, error.code]).toEqual([
    'Received unknown parameters: foo, bar',
    'foo',
    'parameter_unknown',
  ])
})

test.each([
  ['name[a]=b', 'name', 'Invalid string: {"a":"b"}'],
  ['address=x', 'address', 'Invalid object'],
  ['preferred_locales=x', 'preferred_locales', 'Invalid array'],
  ['balance=x', 'balance', 'Invalid integer: x'],
  ['metadata=x', 'metadata', 'Invalid object'],
])('%s is of the wrong type', async (body, param, message) => {
  const { status, error } = await ask('POST /v1/customers', { body })
  expect([status, error.param, error.message]).toEqual([400, param, message])
})

test('metadata has at most 50 keys, of at most 40 characters, with values of at most 500', async () => {
  const { stripe } = world
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))
  const customer = await stripe.customers.create({ metadata: keys(50) })
  await expect(stripe.customers.update(customer.id, { metadata: { more: 'v' } })).rejects.toMatchObject({
    statusCode: 400,
    param: 'metadata',
  })
  await stripe.customers.update(customer.id, { metadata: { k0: '', ['k'.repeat(40)]: 'v'.repeat(500) } })
  for (const metadata of [{ ['k'.repeat(41)]: 'v' }, { key: 'v'.repeat(501) }]) {
    await expect(stripe.customers.create({ metadata })).rejects.toMatchObject({
      statusCode: 400,
      param: `metadata[${Object.keys(metadata)[0]}]`,
    })
  }
})

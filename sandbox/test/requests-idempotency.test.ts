import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { raw } from './raw.ts'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

const create = (body: string, key: string, path = '/v1/customers') =>
  raw(world.sandbox.url, `POST ${path}`, { body, headers: { 'idempotency-key': key } })
const countOf = async (email: string) => (await world.stripe.customers.list({ email })).data.length

test('the same key and parameters give the first answer again, with Idempotent-Replayed and Original-Request', async () => {
  const { stripe } = world
  const first = await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'key-1' })
  const again = await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'key-1' })
  expect(again.id).toBe(first.id)
  expect(again.lastResponse.headers).toMatchObject({
    'idempotent-replayed': 'true',
    'idempotency-key': 'key-1',
    'original-request': first.lastResponse.requestId,
  })
  expect(again.lastResponse.requestId).not.toBe(first.lastResponse.requestId)
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
})

test('the order of the parameters does not matter', async () => {
  const first = await create('name=A&email=order@example.com', 'key-order')
  expect((await create('email=order@example.com&name=A', 'key-order')).id).toBe(first.id)
})

test('other parameters under the same key are an idempotency_error', async () => {
  await create('name=A', 'key-2')
  await expect(
    world.stripe.customers.create({ name: 'B' }, { idempotencyKey: 'key-2' }),
  ).rejects.toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError' })
})

test('the same key on another path is an idempotency_error that names both', async () => {
  await create('name=A', 'key-path')
  const { status, error } = await create('name=A', 'key-path', '/v1/products')
  expect([status, error.type]).toEqual([400, 'idempotency_error'])
  expect(error.message).toContain("('/v1/products' vs '/v1/customers')")
})

test('a key has at most 255 characters', async () => {
  expect((await create('name=A', 'k'.repeat(255))).status).toBe(200)
  expect((await create('name=A', 'k'.repeat(256))).status).toBe(400)
})

test('a 402 is kept under its key and replayed; after 24 h the key is new again', async () => {
  const { stripe, control, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const attempt = () =>
    stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }], payment_behavior: 'error_if_incomplete' },
      { idempotencyKey: 'key-402' },
    )
  await expect(attempt()).rejects.toMatchObject({ statusCode: 402 })
  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  await advance({ seconds: 24 * 3600 - 60 })
  await expect(attempt()).rejects.toMatchObject({
    statusCode: 402,
    headers: { 'idempotent-replayed': 'true' },
  })
  await advance({ seconds: 60 })
  expect((await attempt()).status).toBe('active')
})

test('a key in use is a 409 idempotency_key_in_use, to be tried again', async () => {
  const { control } = world
  await control('faults', { provider: 'stripe', path: '/v1/customers', delayMs: 400, times: 1 })
  const slow = create('email=slow@example.com', 'key-slow')
  const used = async () => (await control('faults')).faults as unknown as { played: number }[]
  while (!(await used()).some(({ played }) => played === 1));
  const meanwhile = await create('email=slow@example.com', 'key-slow')
  expect([meanwhile.status, meanwhile.error.code, meanwhile.error.type]).toEqual([
    409,
    'idempotency_key_in_use',
    'idempotency_error',
  ])
  expect(meanwhile.headers.get('stripe-should-retry')).toBe('true')
  expect((await create('email=other@example.com', 'key-quick')).status).toBe(200)
  const made = await slow
  await control('faults', undefined, 'DELETE')
  expect((await create('email=slow@example.com', 'key-slow')).id).toBe(made.id)
})

test('nothing is kept for parameters that were refused', async () => {
  expect((await create('nam=A', 'key-typo')).status).toBe(400)
  expect((await create('name=A', 'key-typo')).status).toBe(200)
})

test('the official SDK retries 409, 5xx and closed connections with the same key, so that nothing is done twice', async () => {
  const { sandbox, control } = world
  const { hostname, port } = new URL(sandbox.url)
  const retrying = new Stripe('sk_test_start', { host: hostname, port: Number(port), protocol: 'http' })
  for (const [email, fault] of [
    ['lost@example.com', { effect: 'answer-lost' }],
    ['closed@example.com', { effect: 'reset' }],
    ['down@example.com', { effect: 'status', status: 503 }],
  ] as const) {
    await control('faults', { provider: 'stripe', path: '/v1/customers', method: 'POST', times: 1, ...fault })
    const { lastResponse } = await retrying.customers.create({ email })
    expect(lastResponse.headers['idempotency-key']).toMatch(/^stripe-node-retry-/)
    expect(await countOf(email)).toBe(1)
  }
  await control('faults', undefined, 'DELETE')
})

test('the official SDK does not retry a 429, but one of lock_timeout', async () => {
  const { sandbox, control } = world
  const { hostname, port } = new URL(sandbox.url)
  const retrying = new Stripe('sk_test_start', { host: hostname, port: Number(port), protocol: 'http' })
  const fault = { provider: 'stripe', path: '/v1/customers', effect: 'status', status: 429, times: 1 }
  await control('faults', fault)
  await expect(retrying.customers.list()).rejects.toMatchObject({ statusCode: 429, code: 'rate_limit' })
  await control('faults', { ...fault, code: 'lock_timeout' })
  expect((await retrying.customers.list({ limit: 1 })).object).toBe('list')
  await control('faults', { ...fault, code: 'lock_timeout' })
  await expect(world.stripe.customers.list()).rejects.toMatchObject({
    statusCode: 429,
    code: 'lock_timeout',
  })
  await control('faults', undefined, 'DELETE')
})

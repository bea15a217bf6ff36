import { afterAll, beforeAll, expect, test } from 'vitest'
import { raw } from './raw.ts'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

const lastOf = async (type: string) => (await world.stripe.events.list({ type, limit: 1 })).data[0]

test('event.request names the request and its key, and has nulls for what time does', async () => {
  const { stripe, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const made = await stripe.subscriptions.create(
    { customer: customer.id, items: [{ price: price.id }] },
    { idempotencyKey: 'key-event' },
  )
  expect((await lastOf('customer.subscription.created'))?.request).toEqual({
    id: made.lastResponse.requestId,
    idempotency_key: 'key-event',
  })
  await advance({ months: 1 })
  expect((await lastOf('invoice.created'))?.request).toEqual({ id: null, idempotency_key: null })
})

test('previous_attributes of an update are the former values of what changed, and only those', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({ name: 'A', metadata: { a: '1', b: '2' } })
  const previousOf = async (changes: Parameters<typeof stripe.customers.update>[1]) => {
    await stripe.customers.update(id, changes)
    return (await lastOf('customer.updated'))?.data.previous_attributes
  }
  expect(await previousOf({ name: 'B', metadata: { b: '3', c: '4' } })).toEqual({
    name: 'A',
    metadata: { b: '2', c: null },
  })
  expect(await previousOf({ address: { city: 'Bonn' }, preferred_locales: ['de', 'en'] })).toEqual({
    address: null,
    preferred_locales: [],
  })
  expect(await previousOf({ address: { city: 'Ulm' }, preferred_locales: ['de'] })).toEqual({
    address: { city: 'Bonn' },
    preferred_locales: ['de', 'en'],
  })
  expect(await previousOf({ invoice_settings: { footer: 'F' } })).toEqual({
    invoice_settings: { footer: null },
  })
})

test('cancelling at the period’s end says what was before, as Stripe’s events do', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await stripe.subscriptions.update(id, { cancel_at_period_end: true })
  expect((await lastOf('customer.subscription.updated'))?.data.previous_attributes).toEqual({
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { reason: null },
  })
})

test('an event keeps the object as it was', async () => {
  const { stripe } = world
  const { id } = await stripe.products.create({ name: 'Then' })
  const event = await lastOf('product.created')
  await stripe.products.update(id, { name: 'Now' })
  expect((await stripe.events.retrieve(event?.id ?? '')).data.object).toMatchObject({ id, name: 'Then' })
})

test('events are listed newest first, by type, by the types of an object, by several, and by time', async () => {
  const { stripe, control, advance } = world
  await advance({ seconds: 60 })
  const gte = Number((await control('clock')).epochSeconds)
  const { id } = await stripe.customers.create({ name: 'A' })
  await stripe.customers.update(id, { name: 'B' })
  await advance({ seconds: 60 })
  await stripe.products.create({ name: 'P' })
  const typesOf = async (filter: Parameters<typeof stripe.events.list>[0]) =>
    (await stripe.events.list(filter)).data.map(({ type }) => type)
  expect(await typesOf({ created: { gte } })).toEqual([
    ...['product.created', 'customer.updated', 'customer.created'],
  ])
  expect(await typesOf({ type: 'customer.created', created: { gte } })).toEqual(['customer.created'])
  expect(await typesOf({ type: 'customer.*', created: { gte } })).toEqual([
    'customer.updated',
    'customer.created',
  ])
  expect(await typesOf({ types: ['product.created', 'customer.created'], created: { gte } })).toEqual([
    'product.created',
    'customer.created',
  ])
  const [newest] = (await stripe.events.list({ limit: 1 })).data
  expect(await typesOf({ created: { gte, lt: newest?.created ?? 0 } })).toEqual([
    'customer.updated',
    'customer.created',
  ])
  expect(await typesOf({ type: 'customer.eaten' })).toEqual([])
})

test('type and types do not go together, and there are at most 20 types', async () => {
  const list = (query: string) => raw(world.sandbox.url, `GET /v1/events?${query}`)
  const types = Array.from({ length: 21 }, () => 'types[]=product.created').join('&')
  for (const query of ['type=product.created&types[]=product.created', types])
    expect((await list(query)).error.param).toBe('types')
})

test('delivery_success tells events that every endpoint took from those that one did not', async () => {
  const { stripe, advance } = world
  const { id } = await stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/',
    enabled_events: ['product.created'],
  })
  await stripe.products.create({ name: 'Unheard' })
  await stripe.customers.create({})
  await advance({ seconds: 0 })
  const first = async (delivery_success: boolean) =>
    (await stripe.events.list({ delivery_success, limit: 1 })).data[0]?.type
  expect([await first(false), await first(true)]).toEqual(['product.created', 'customer.created'])
  await stripe.webhookEndpoints.del(id)
})

test('events can be asked for during 30 days', async () => {
  const { stripe, advance } = world
  await stripe.products.create({ name: 'Old' })
  const event = await lastOf('product.created')
  await advance({ seconds: 30 * 86_400 - 60 })
  expect((await stripe.events.retrieve(event?.id ?? '')).id).toBe(event?.id)
  await advance({ seconds: 60 })
  expect(await lastOf('product.created')).toBeUndefined()
  expect(await refusalOf(stripe.events.retrieve(event?.id ?? ''))).toMatchObject({ status: 404 })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function begin(options: Parameters<typeof start>[0] = {}): Promise<Started> {
  const world = await start(options)
  open.push(world)
  return world
}

/** A barrier that answers what the test says, and remembers when it was asked. */
async function startBarrier(answer: (now: string) => object) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const now = String(request.headers['sandbox-time'])
    asked.push(now)
    response.end(JSON.stringify(answer(now)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  open.push({ close })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

const types = (world: Started) => world.listener.types()

test('the clock flows from where it was set and moves forward only', async () => {
  const { control, advance } = await begin({ now: '2026-01-31T10:00:00Z' })
  expect(String((await control('clock')).now)).toMatch(/^2026-01-31T10:00:0/)
  expect(String((await advance({ months: 1 })).now)).toMatch(/^2026-02-28T10:00:0/)
  expect(String((await advance({ to: '2026-03-01T00:00:00Z' })).now)).toBe('2026-03-01T00:00:00.000Z')
  expect(await control('clock/advance', { to: '2026-02-01T00:00:00Z' })).toHaveProperty('error')
  expect(await control('clock/advance', { hours: 1 })).toMatchObject({
    error: { message: expect.stringContaining('hours') },
  })
})

test('time stops at what a barrier has due, and waits until it is idle', async () => {
  const { control, advance } = await begin()
  let busy = 3
  const due = '2026-02-01T12:00:00.000Z'
  const barrier = await startBarrier((now) =>
    now === due && busy-- > 0
      ? { idle: false, nextDueAt: null }
      : { idle: true, nextDueAt: now < due ? due : null },
  )
  await control('barriers', { urls: [barrier.url] }, 'PUT')
  const moved = await advance({ to: '2026-02-02T00:00:00Z' })
  expect(moved).not.toHaveProperty('problems')
  expect(barrier.asked.filter((at) => at === due).length).toBeGreaterThanOrEqual(4)
  expect(barrier.asked.at(-1)).toBe('2026-02-02T00:00:00.000Z')
})

test('a barrier that is not there is said, not waited for', async () => {
  const { control, advance } = await begin()
  await control('barriers', { urls: ['http://127.0.0.1:9/'] }, 'PUT')
  const moved = await advance({ days: 1 })
  expect(moved.problems).toEqual([expect.stringContaining('http://127.0.0.1:9/')])
})

test('held webhooks are released reversed and twice', async () => {
  const world = await begin()
  await world.control('deliveries/hold', {})
  for (const name of ['a', 'b', 'c']) await world.stripe.products.create({ name })
  await world.advance({ seconds: 1 })
  expect(types(world)).toEqual([])
  expect((await world.control('deliveries/release', { order: 'reverse', duplicates: true })).released).toBe(6)
  await world.advance({ seconds: 1 })
  const names = world.listener.events.map(({ data }) => (data.object as { name: string }).name)
  expect(names).toEqual(['c', 'c', 'b', 'b', 'a', 'a'])
})

test('the same seed shuffles the same way; held ones can be dropped, sent ones repeated', async () => {
  const world = await begin()
  const names = Array.from({ length: 8 }, (_, n) => `p${n}`)
  const shuffled = async () => {
    await world.control('deliveries/hold', {})
    for (const name of names) await world.stripe.products.create({ name })
    const from = world.listener.events.length
    await world.control('deliveries/release', { order: 'shuffle', seed: 7 })
    await world.advance({ seconds: 1 })
    return world.listener.events.slice(from).map(({ data }) => (data.object as { name: string }).name)
  }
  const first = await shuffled()
  expect(first).not.toEqual(names)
  expect([...first].sort()).toEqual(names)
  expect(await shuffled()).toEqual(first)
  await world.control('deliveries/hold', {})
  await world.stripe.products.create({ name: 'lost' })
  expect((await world.control('deliveries/drop', {})).dropped).toBe(1)
  await world.control('deliveries/release', {})
  const [latest] = (await world.control('deliveries')).deliveries as unknown as {
    id: string
    state: string
  }[]
  expect(latest?.state).toBe('dropped')
  await world.control(`deliveries/${latest?.id}/replay`, {})
  await world.advance({ seconds: 1 })
  expect(world.listener.events.at(-1)?.data.object).toMatchObject({ name: 'lost' })
})

test('a webhook is tried three times over hours of the moved clock', async () => {
  const world = await begin()
  world.listener.answers.push(500, 500, 500)
  await world.stripe.products.create({ name: 'a' })
  expect((await world.advance({ seconds: 1 })).deliveries).toEqual({ succeeded: 0, failed: 0, pending: 1 })
  await world.advance({ seconds: 3600 })
  expect(types(world)).toHaveLength(2)
  expect((await world.advance({ days: 2 })).deliveries).toEqual({ succeeded: 0, failed: 1, pending: 0 })
  expect(types(world)).toHaveLength(3)
  expect((await world.direct.events.list()).data[0]?.pending_webhooks).toBe(1)
})

test('faults: a status, a lost answer whose work is done, a reset that did nothing', async () => {
  const { stripe, control } = await begin({ deaf: true })
  const fault = (more: object) =>
    control('faults', { provider: 'stripe', method: 'POST', path: '/v1/*', times: 1, ...more })
  await fault({ effect: 'status', status: 429 })
  await expect(stripe.customers.create({ name: 'a' })).rejects.toMatchObject({
    statusCode: 429,
    code: 'rate_limit',
  })
  // The SDK tries a closed connection once more by itself, so it takes two.
  await fault({ effect: 'reset', times: 2 })
  await expect(stripe.customers.create({ name: 'b' })).rejects.toMatchObject({
    type: 'StripeConnectionError',
  })
  await fault({ effect: 'answer-lost' })
  const found = await stripe.customers.create({ name: 'c' })
  expect(found.lastResponse.headers['idempotent-replayed']).toBe('true')
  expect((await stripe.customers.list()).data.map(({ name }) => name)).toEqual(['c'])
  expect(await control('faults', { provider: 'paypal', effect: 'reset' })).toHaveProperty('error')
})

test('a snapshot brings everything back, a reset takes everything but the keys and listeners', async () => {
  const world = await begin()
  const { stripe, control, advance } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000)
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const snapshot = await control('snapshot')
  await stripe.subscriptions.cancel(made.id)
  await control('snapshot', snapshot, 'PUT')
  expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('active')
  await advance({ months: 1 })
  expect((await stripe.invoices.list({ subscription: made.id })).data).toHaveLength(2)
  await control('reset', {})
  expect((await stripe.customers.list()).data).toEqual([])
  expect(String((await control('clock')).now)).toMatch(/^2026-01-31T10:00:/)
  await stripe.products.create({ name: 'after' })
  await advance({ seconds: 1 })
  expect(types(world).at(-1)).toBe('product.created')
})

test('info, outbox and unknown paths', async () => {
  const { control, sandbox } = await begin()
  expect(await control('info')).toEqual({
    version: '0.1.0',
    smtpUrl: sandbox.smtpUrl,
    stripeApiVersion: '2026-10-28.endive',
  })
  expect(await control('outbox?to=nobody@example.com')).toEqual({ mails: [], sms: [] })
  expect(await control('nothing')).toHaveProperty('error')
  const allowed = await fetch(`${sandbox.url}/_sandbox/clock`)
  expect(allowed.headers.get('access-control-allow-origin')).toBe('*')
})

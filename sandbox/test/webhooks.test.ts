import Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHook } from './hook.ts'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
let hook: Awaited<ReturnType<typeof startHook>>
beforeEach(async () => {
  world = await start({ deaf: true })
  hook = await startHook()
})
afterEach(async () => {
  await world.close()
  await hook.close()
})

const endpointFor = (enabled_events: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = ['*']) =>
  world.stripe.webhookEndpoints.create({ url: hook.url, enabled_events })
const delivered = () => world.advance({ seconds: 0 })
const hours = (count: number) => world.advance({ seconds: count * 3600 })

test('Stripe-Signature is t and v1 = HMAC-SHA256(secret, t.body), which the official SDK takes', async () => {
  const { secret = '' } = await endpointFor()
  await world.stripe.products.create({ name: 'Signed' })
  await delivered()
  const [{ body, signature } = { body: '', signature: '' }] = hook.heard
  expect(signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
  expect(Stripe.webhooks.constructEvent(body, signature, secret).type).toBe('product.created')
  expect(() => Stripe.webhooks.constructEvent(`${body} `, signature, secret)).toThrow()
  expect(() => Stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow()
})

test('while a secret rolls there are several v1, and either secret is taken', async () => {
  const { id, secret: former = '' } = await endpointFor()
  const { secret } = await world.control(`webhook_endpoints/${id}/roll`, { expiresInSeconds: 86_400 })
  const takenBy = async () => {
    hook.heard.length = 0
    await world.stripe.products.create({ name: 'Rolled' })
    await delivered()
    const [{ body, signature } = { body: '', signature: '' }] = hook.heard
    return [former, String(secret)].filter((one) => {
      try {
        return Stripe.webhooks.constructEvent(body, signature, one)
      } catch {
        // Not signed with this one, which is what is asked.
        return false
      }
    })
  }
  expect(await takenBy()).toEqual([former, secret])
  await world.advance({ days: 1 })
  expect(await takenBy()).toEqual([secret])
})

test('a webhook that fails is sent three times over a few hours, the same event with a fresh t', async () => {
  await endpointFor(['product.created'])
  hook.answers.push(500, 404, 301)
  await world.stripe.products.create({ name: 'Deaf' })
  await delivered()
  expect(hook.heard).toHaveLength(1)
  // Signatures are made by the wall's seconds, so that they differ once one has gone by.
  const second = Math.floor(Date.now() / 1000)
  while (Math.floor(Date.now() / 1000) === second) await delivered()
  await hours(1)
  expect(hook.heard).toHaveLength(2)
  await hours(1)
  expect(hook.heard).toHaveLength(2)
  await hours(1)
  expect(hook.heard).toHaveLength(3)
  await world.advance({ days: 7 })
  expect(hook.heard).toHaveLength(3)
  expect(new Set(hook.heard.map(({ body }) => body)).size).toBe(1)
  expect(hook.heard[1]?.signature).not.toBe(hook.heard[0]?.signature)
})

test('the pauses between the tries are a setting', async () => {
  await endpointFor(['product.created'])
  await world.control('settings', { webhook_retry_pauses: [10, 20, 40] }, 'PUT')
  hook.answers.push(500, 500, 500, 500)
  await world.stripe.products.create({ name: 'Deaf' })
  for (const [seconds, times] of [
    [0, 1],
    [10, 2],
    [19, 2],
    [1, 3],
    [40, 4],
    [86_400, 4],
  ] as const) {
    await world.advance({ seconds })
    expect(hook.heard).toHaveLength(times)
  }
})

test.each([
  ['disabled', (id: string) => world.stripe.webhookEndpoints.update(id, { disabled: true })],
  ['deleted', (id: string) => world.stripe.webhookEndpoints.del(id)],
])('a %s endpoint gets no more tries', async (_how, stop) => {
  const { id } = await endpointFor(['product.created'])
  hook.answers.push(500)
  await world.stripe.products.create({ name: 'Deaf' })
  await delivered()
  await stop(id)
  await world.advance({ days: 1 })
  await world.stripe.products.create({ name: 'Later' })
  await world.advance({ days: 1 })
  expect(hook.heard).toHaveLength(1)
  const { deliveries } = await world.control('deliveries')
  expect((deliveries as unknown as { state: string }[]).map(({ state }) => state)).toEqual(['dropped'])
})

test('an endpoint that is enabled again hears what comes from then on', async () => {
  const { id } = await endpointFor(['product.created'])
  const set = (disabled: boolean) => world.stripe.webhookEndpoints.update(id, { disabled })
  expect((await set(true)).status).toBe('disabled')
  await world.stripe.products.create({ name: 'Missed' })
  expect((await set(false)).status).toBe('enabled')
  await world.stripe.products.create({ name: 'Heard' })
  await delivered()
  expect(hook.heard.map(({ event }) => (event.data.object as Stripe.Product).name)).toEqual(['Heard'])
})

test('an endpoint hears the events that it names, or all by *', async () => {
  await endpointFor(['customer.updated', 'product.created'])
  const all = await startHook()
  await world.stripe.webhookEndpoints.create({ url: all.url, enabled_events: ['*'] })
  const { id } = await world.stripe.customers.create({})
  await world.stripe.customers.update(id, { name: 'N' })
  await world.stripe.products.create({ name: 'P' })
  await delivered()
  await all.close()
  expect(hook.types()).toEqual(['customer.updated', 'product.created'])
  expect(all.types()).toEqual(['customer.created', 'customer.updated', 'product.created'])
})

test('pending_webhooks counts the endpoints that have not taken the event yet, and falls as they do', async () => {
  const other = await startHook()
  await endpointFor(['product.created'])
  await world.stripe.webhookEndpoints.create({ url: other.url, enabled_events: ['product.created'] })
  other.answers.push(500)
  await world.stripe.products.create({ name: 'P' })
  const pending = async () => {
    const [event] = (await world.stripe.events.list({ type: 'product.created' })).data
    return event?.pending_webhooks
  }
  await delivered()
  expect([hook.heard[0]?.event.pending_webhooks, await pending()]).toEqual([2, 1])
  // Heard twice by the same endpoint, it still waits for the other.
  const { deliveries } = await world.control('deliveries')
  const done = (deliveries as unknown as { id: string; state: string }[]).find(
    ({ state }) => state === 'succeeded',
  )
  await world.control(`deliveries/${done?.id}/replay`, {})
  await delivered()
  expect([hook.heard.length, await pending()]).toEqual([2, 1])
  await hours(1)
  expect(await pending()).toBe(0)
  await other.close()
})

test('webhooks can be held, reordered and doubled, for order is not guaranteed and duplicates happen', async () => {
  await endpointFor(['product.created'])
  await world.control('deliveries/hold', {})
  for (const name of ['A', 'B', 'C']) await world.stripe.products.create({ name })
  await delivered()
  expect(hook.heard).toEqual([])
  await world.control('deliveries/release', { order: 'reverse', duplicates: true })
  await delivered()
  expect(hook.heard.map(({ event }) => (event.data.object as Stripe.Product).name)).toEqual([
    ...['C', 'C', 'B', 'B', 'A', 'A'],
  ])
})

test('on renewal come customer.subscription.updated, invoice.created, an hour later invoice.finalized, and invoice.paid', async () => {
  const { stripe, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const { current_period_end: end } = await stripe.subscriptions
    .create({ customer: customer.id, items: [{ price: price.id }] })
    .then(({ items }) => items.data[0] ?? { current_period_end: 0 })
  await endpointFor()
  await advance({ to: new Date((end - 60) * 1000).toISOString() })
  hook.heard.length = 0
  await advance({ seconds: 60 })
  const atTheTurn = hook.types()
  expect(atTheTurn.indexOf('customer.subscription.updated')).toBe(0)
  expect(atTheTurn).toContain('invoice.created')
  expect(atTheTurn).not.toContain('invoice.finalized')
  hook.heard.length = 0
  await advance({ seconds: 3600 })
  const types = hook.types()
  expect(types.indexOf('invoice.finalized')).toBeGreaterThan(-1)
  expect(types.indexOf('invoice.paid')).toBeGreaterThan(types.indexOf('invoice.finalized'))
})

test('the renewal’s customer.subscription.updated says the former items and latest invoice, and nothing else', async () => {
  const { stripe, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await endpointFor(['customer.subscription.updated'])
  await advance({ months: 1 })
  expect(hook.heard).toHaveLength(1)
  const { previous_attributes: previous } = hook.heard[0]?.event.data ?? {}
  expect(previous).toEqual({
    items: { data: JSON.parse(JSON.stringify(made.items.data)) },
    latest_invoice: made.latest_invoice,
  })
})

test('a webhook that is heard again does not begin the hour of a draft anew', async () => {
  const { stripe, advance, control } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await endpointFor(['invoice.created', 'invoice.finalized'])
  await advance({ months: 1 })
  const { deliveries } = await control('deliveries')
  const [first] = deliveries as unknown as { id: string; type: string }[]
  expect(first?.type).toBe('invoice.created')
  await advance({ seconds: 1800 })
  await control(`deliveries/${first?.id}/replay`, {})
  await advance({ seconds: 1800 })
  expect(hook.types()).toEqual(['invoice.created', 'invoice.created', 'invoice.finalized'])
})

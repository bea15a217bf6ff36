import { afterEach, beforeEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ deaf: true })
})
afterEach(() => world.close())

const limitedBy = async (calls: Promise<unknown>[]) => {
  const reasons = (await Promise.allSettled(calls)).map((call) =>
    call.status === 'fulfilled' ? 'answered' : call.reason,
  )
  return reasons.filter((reason) => reason !== 'answered')
}
const set = (settings: Record<string, boolean>) => world.control('settings', settings, 'PUT')

test('as a test needs it, nothing is limited', async () => {
  const { stripe } = world
  expect(await limitedBy(Array.from({ length: 120 }, () => stripe.customers.list()))).toEqual([])
})

test('when asked, more than 25 requests a second are 429 rate_limit, and the reason stands in a header', async () => {
  const { stripe } = world
  await set({ rate_limits: true })
  const refused = await limitedBy(Array.from({ length: 120 }, () => stripe.customers.list()))
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]).toMatchObject({
    statusCode: 429,
    type: 'StripeRateLimitError',
    code: 'rate_limit',
    headers: { 'stripe-rate-limited-reason': 'global-rate' },
  })
})

async function subscribed() {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const { id, items } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  const item = items.data[0]?.id ?? ''
  return {
    id,
    setQuantity: (quantity: number, proration_behavior: 'none' | 'always_invoice') =>
      stripe.subscriptions.update(id, { items: [{ id: item, quantity }], proration_behavior }),
  }
}

async function times(count: number, call: (n: number) => Promise<unknown>) {
  for (let n = 0; n < count; n++) await call(n)
}

test('a subscription gets at most 10 new invoices a minute', async () => {
  await set({ subscription_limits: true })
  const { setQuantity } = await subscribed()
  await times(9, (n) => setQuantity(n + 2, 'always_invoice'))
  await expect(setQuantity(20, 'always_invoice')).rejects.toMatchObject({
    statusCode: 429,
    headers: { 'stripe-rate-limited-reason': 'resource-specific' },
  })
  await world.advance({ seconds: 61 })
  expect((await setQuantity(20, 'always_invoice')).items.data[0]?.quantity).toBe(20)
})

test('and at most 20 a day', async () => {
  const { setQuantity } = await subscribed()
  await times(19, (n) => setQuantity(n + 2, 'always_invoice'))
  await world.advance({ seconds: 3600 })
  await set({ subscription_limits: true })
  await expect(setQuantity(40, 'always_invoice')).rejects.toMatchObject({ statusCode: 429 })
  await world.advance({ days: 1 })
  expect((await setQuantity(40, 'always_invoice')).items.data[0]?.quantity).toBe(40)
})

test('and at most 200 changes of quantity an hour', async () => {
  await set({ subscription_limits: true })
  const { setQuantity } = await subscribed()
  await times(200, (n) => setQuantity(n + 2, 'none'))
  await expect(setQuantity(7, 'none')).rejects.toMatchObject({ statusCode: 429, code: 'rate_limit' })
  await world.advance({ seconds: 3601 })
  expect((await setQuantity(7, 'none')).items.data[0]?.quantity).toBe(7)
})

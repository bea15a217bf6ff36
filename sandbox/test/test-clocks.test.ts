import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-06-15T12:00:00Z' })
})
afterAll(() => world.close())

const at = (instant: string) => Date.parse(instant) / 1000

/** Waits until an advance has ended, as a user of Stripe's does: by asking. */
async function ready(stripe: Stripe, id: string): Promise<Stripe.TestHelpers.TestClock> {
  for (;;) {
    const testClock = await stripe.testHelpers.testClocks.retrieve(id)
    if (testClock.status !== 'advancing') return testClock
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function customerOn(stripe: Stripe, testClock: string) {
  return stripe.customers.create({
    test_clock: testClock,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
}

test('a customer on a test clock lives in its time, and the others in the sandbox’s', async () => {
  const { stripe, listener } = world
  const testClock = await stripe.testHelpers.testClocks.create({ frozen_time: at('2030-01-31T09:00:00Z') })
  expect(testClock).toMatchObject({ status: 'ready', name: null, status_details: {} })
  expect(testClock.deletes_after - testClock.created).toBe(7 * 86_400)
  const customer = await customerOn(stripe, testClock.id)
  expect([customer.created, customer.test_clock]).toEqual([at('2030-01-31T09:00:00Z'), testClock.id])
  const price = await monthlyPrice(stripe, 4000)
  expect(price.created).toBeLessThan(at('2026-06-16T00:00:00Z'))
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  expect([made.status, made.test_clock]).toEqual(['active', testClock.id])
  expect(made.items.data[0]?.current_period_end).toBe(at('2030-02-28T09:00:00Z'))

  const target = at('2030-03-31T08:59:00Z')
  const advancing = await stripe.testHelpers.testClocks.advance(testClock.id, { frozen_time: target })
  expect(advancing).toMatchObject({
    frozen_time: testClock.frozen_time,
    status: 'advancing',
    status_details: { advancing: { target_frozen_time: target } },
  })
  expect(await ready(stripe, testClock.id)).toMatchObject({ frozen_time: target, status: 'ready' })
  const invoices = await stripe.invoices.list({ customer: customer.id })
  expect(invoices.data.map(({ created, status, test_clock: on }) => [created, status, on])).toEqual([
    [at('2030-02-28T09:00:00Z'), 'paid', testClock.id],
    [at('2030-01-31T09:00:00Z'), 'paid', testClock.id],
  ])
  // Its webhooks were answered at once, so the renewal was final one hour of its own time later.
  expect(invoices.data[0]?.status_transitions.finalized_at).toBe(at('2030-02-28T10:00:00Z'))
  expect((await stripe.subscriptions.retrieve(made.id)).items.data[0]?.current_period_end).toBe(
    at('2030-03-31T09:00:00Z'),
  )
  const { now } = await world.control('clock')
  expect(String(now)).toMatch(/^2026-06-15T12:0/)
  expect(listener.types().filter((type) => type.startsWith('test_helpers'))).toEqual([
    'test_helpers.test_clock.created',
    'test_helpers.test_clock.advancing',
    'test_helpers.test_clock.ready',
  ])
})

test('moving the sandbox’s own clock leaves test clocks where they stand, until they are deleted after seven days', async () => {
  const { stripe } = world
  const testClock = await stripe.testHelpers.testClocks.create({
    frozen_time: at('2028-01-01T00:00:00Z'),
    name: 'n',
  })
  const customer = await customerOn(stripe, testClock.id)
  const price = await monthlyPrice(stripe, 100)
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await world.advance({ days: 6 })
  expect((await stripe.testHelpers.testClocks.retrieve(testClock.id)).frozen_time).toBe(
    at('2028-01-01T00:00:00Z'),
  )
  await world.advance({ days: 2 })
  expect(await refusalOf(stripe.testHelpers.testClocks.retrieve(testClock.id))).toMatchObject({
    status: 404,
    code: 'resource_missing',
  })
  expect((await stripe.customers.retrieve(customer.id)).deleted).toBe(true)
  expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('canceled')
})

test('a test clock only moves forward, and at most two intervals of its shortest subscription', async () => {
  const { stripe } = world
  const { testClocks } = stripe.testHelpers
  const start = at('2027-03-01T00:00:00Z')
  const testClock = await testClocks.create({ frozen_time: start })
  const refused = { status: 400, param: 'frozen_time' }
  expect(await refusalOf(testClocks.advance(testClock.id, { frozen_time: start }))).toMatchObject(refused)
  const threeYears = at('2030-03-01T00:00:00Z')
  expect(await refusalOf(testClocks.advance(testClock.id, { frozen_time: threeYears }))).toMatchObject(
    refused,
  )
  const customer = await customerOn(stripe, testClock.id)
  const price = await monthlyPrice(stripe, 100)
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const tooFar = testClocks.advance(testClock.id, { frozen_time: at('2027-05-01T00:00:01Z') })
  expect(await refusalOf(tooFar)).toMatchObject(refused)
  await testClocks.advance(testClock.id, { frozen_time: at('2027-05-01T00:00:00Z') })
  expect(await refusalOf(testClocks.advance(testClock.id, { frozen_time: threeYears }))).toMatchObject({
    status: 400,
  })
  expect(await refusalOf(stripe.customers.update(customer.id, { name: 'meanwhile' }))).toMatchObject({
    status: 400,
  })
  expect((await ready(stripe, testClock.id)).status).toBe('ready')

  await world.control('settings', { test_clock_limits: false }, 'PUT')
  await testClocks.advance(testClock.id, { frozen_time: threeYears })
  expect((await ready(stripe, testClock.id)).frozen_time).toBe(threeYears)
  await world.control('settings', { test_clock_limits: null }, 'PUT')
  const renewals = await stripe.invoices.list({ customer: customer.id, limit: 100 })
  expect(renewals.data).toHaveLength(37)
})

test('a test clock holds three customers, each of three subscriptions, and shows them only when asked', async () => {
  const { stripe } = world
  const testClock = await stripe.testHelpers.testClocks.create({ frozen_time: at('2027-01-01T00:00:00Z') })
  const on = [
    await customerOn(stripe, testClock.id),
    await customerOn(stripe, testClock.id),
    await customerOn(stripe, testClock.id),
  ]
  expect(await refusalOf(customerOn(stripe, testClock.id))).toMatchObject({
    status: 400,
    param: 'test_clock',
  })
  const [first] = on
  for (const cents of [100, 200, 300]) {
    const price = await monthlyPrice(stripe, cents)
    await stripe.subscriptions.create({ customer: first?.id ?? '', items: [{ price: price.id }] })
  }
  const price = await monthlyPrice(stripe, 400)
  const fourth = stripe.subscriptions.create({ customer: first?.id ?? '', items: [{ price: price.id }] })
  expect(await refusalOf(fourth)).toMatchObject({ status: 400, param: 'customer' })

  const listed = await stripe.customers.list({ test_clock: testClock.id })
  expect(listed.data.map(({ id }) => id)).toEqual(on.map(({ id }) => id).reverse())
  const others = await stripe.customers.list({ limit: 100 })
  expect(others.data.every(({ test_clock: its }) => its === null)).toBe(true)
  expect((await stripe.subscriptions.list({ test_clock: testClock.id })).data).toHaveLength(3)
  expect((await stripe.subscriptions.list({ customer: first?.id ?? '' })).data).toHaveLength(3)
  const unasked = await stripe.subscriptions.list({ limit: 100, status: 'all' })
  expect(unasked.data.every(({ test_clock: its }) => its === null)).toBe(true)
  const shown = await stripe.subscriptions.list({ test_clock: testClock.id, expand: ['data.test_clock'] })
  expect(shown.data[0]?.test_clock).toMatchObject({ object: 'test_helpers.test_clock' })
})

test('an existing customer may be put on a test clock while nothing was billed, and never taken off', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({ name: 'Old' })
  const testClock = await stripe.testHelpers.testClocks.create({
    frozen_time: at('2027-01-01T00:00:00Z'),
    customer: customer.id,
  })
  const onIt = await stripe.customers.retrieve(customer.id)
  expect(onIt).toMatchObject({ test_clock: testClock.id })
  const again = stripe.testHelpers.testClocks.create({ frozen_time: 1, customer: customer.id })
  expect(await refusalOf(again)).toMatchObject({ status: 400, param: 'customer' })
  expect((await stripe.testHelpers.testClocks.list({ limit: 1 })).data.map(({ id }) => id)).toEqual([
    testClock.id,
  ])
  expect(await stripe.testHelpers.testClocks.del(testClock.id)).toMatchObject({ deleted: true })
  expect((await stripe.customers.retrieve(customer.id)).deleted).toBe(true)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { chargeOf, pay, refused } from './pay.ts'
import { type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-03-01T00:00:00Z' })
})
afterAll(() => world.close())

const hold = (amount = 6500) => pay(world.stripe, 'pm_card_visa', { amount, capture_method: 'manual' })

test('a payment captured by hand holds the amount for a week and moves no money', async () => {
  const { stripe } = world
  let id = ''
  const types = await typesDuring(world, async () => {
    const held = await hold()
    id = held.id
    expect([held.status, held.amount_capturable, held.amount_received]).toEqual(['requires_capture', 6500, 0])
    const charge = await chargeOf(stripe, held)
    expect(charge).toMatchObject({
      amount_captured: 0,
      balance_transaction: null,
      captured: false,
      paid: true,
      status: 'succeeded',
    })
    expect(charge.payment_method_details?.card?.capture_before).toBe(charge.created + 7 * 86_400)
  })
  expect(types).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.amount_capturable_updated',
  ])
  const captured = await typesDuring(world, async () => {
    const done = await stripe.paymentIntents.capture(id)
    expect([done.status, done.amount_capturable, done.amount_received]).toEqual(['succeeded', 0, 6500])
    expect((await chargeOf(stripe, done)).balance_transaction).toMatch(/^txn_/)
  })
  expect(captured).toEqual(['charge.captured', 'payment_intent.succeeded'])
})

test('a part is captured, the rest is released without a refund, and only the part can be given back', async () => {
  const { stripe } = world
  const held = await hold()
  const done = await stripe.paymentIntents.capture(held.id, {
    amount_to_capture: 5000,
    metadata: { a: 'b' },
  })
  expect([done.amount_received, done.metadata]).toEqual([5000, { a: 'b' }])
  const charge = await stripe.charges.retrieve(String(held.latest_charge), {
    expand: ['balance_transaction'],
  })
  expect([charge.amount_captured, charge.amount_refunded, charge.refunded]).toEqual([5000, 0, false])
  expect(charge.balance_transaction).toMatchObject({ amount: 5000 })
  expect(await refused(stripe.refunds.create({ charge: charge.id, amount: 5001 }))).toMatchObject({
    param: 'amount',
  })
  await stripe.refunds.create({ charge: charge.id })
  expect(await chargeOf(stripe, held)).toMatchObject({ amount_refunded: 5000, refunded: true })
})

test('no more is captured than is held, and nothing that is not', async () => {
  const { stripe } = world
  const held = await hold(2500)
  const capture = (amount: number) =>
    refused(stripe.paymentIntents.capture(held.id, { amount_to_capture: amount }))
  expect(await capture(9999)).toMatchObject({ status: 400, code: 'amount_too_large' })
  expect(await capture(0)).toMatchObject({ code: 'parameter_invalid_integer', param: 'amount' })
  expect(await capture(-100)).toMatchObject({ param: 'amount_to_capture' })
  expect((await stripe.paymentIntents.retrieve(held.id)).status).toBe('requires_capture')
  const paid = await pay(stripe, 'pm_card_visa')
  const open = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
  for (const { id } of [paid, open])
    expect(await refused(stripe.paymentIntents.capture(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
})

test('a held amount that is cancelled is released', async () => {
  const { stripe } = world
  const held = await hold()
  const canceled = await stripe.paymentIntents.cancel(held.id)
  expect([canceled.status, canceled.cancellation_reason, canceled.amount_capturable]).toEqual([
    'canceled',
    null,
    0,
  ])
  expect(await chargeOf(stripe, held)).toMatchObject({ amount_refunded: 6500, captured: false })
})

test('what nobody captures within seven days is cancelled by itself', async () => {
  const { stripe, advance } = world
  const held = await hold()
  await advance({ seconds: 7 * 86_400 - 60 })
  expect((await stripe.paymentIntents.retrieve(held.id)).status).toBe('requires_capture')
  const types = await typesDuring(world, () => advance({ seconds: 60 }))
  expect(types).toContain('charge.expired')
  const after = await stripe.paymentIntents.retrieve(held.id)
  expect([after.status, after.cancellation_reason]).toEqual(['canceled', 'automatic'])
})

test('a charge takes words, a customer and a report of fraud after it was made', async () => {
  const { stripe } = world
  const paid = await pay(stripe, 'pm_card_visa')
  const types = await typesDuring(world, async () => {
    const charge = await stripe.charges.update(String(paid.latest_charge), {
      description: 'later',
      fraud_details: { user_report: 'safe' },
      metadata: { c: 'd' },
    })
    expect(charge).toMatchObject({
      description: 'later',
      fraud_details: { user_report: 'safe' },
      metadata: { c: 'd' },
    })
  })
  expect(types).toEqual(['charge.updated'])
  expect(
    await refused(stripe.charges.update(String(paid.latest_charge), { customer: 'cus_nope' })),
  ).toMatchObject({ status: 400, code: 'resource_missing', param: 'customer' })
})

test('a held amount of a customer on a test clock is released in that clock’s time', async () => {
  const { stripe } = world
  const frozen = Date.parse('2031-05-01T00:00:00Z') / 1000
  const { id } = await stripe.testHelpers.testClocks.create({ frozen_time: frozen })
  const customer = await stripe.customers.create({ test_clock: id })
  const held = await pay(stripe, 'pm_card_visa', { customer: customer.id, capture_method: 'manual' })
  expect((await chargeOf(stripe, held)).payment_method_details?.card?.capture_before).toBe(
    frozen + 7 * 86_400,
  )
  await stripe.testHelpers.testClocks.advance(id, { frozen_time: frozen + 8 * 86_400 })
  await expect.poll(async () => (await stripe.testHelpers.testClocks.retrieve(id)).status).toBe('ready')
  expect(await stripe.paymentIntents.retrieve(held.id)).toMatchObject({
    canceled_at: frozen + 7 * 86_400,
    status: 'canceled',
  })
})

import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chargeOf, pay, refused } from './pay.ts'
import { type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const refund = (intent: Stripe.PaymentIntent, more: Stripe.RefundCreateParams = {}) =>
  world.stripe.refunds.create({ charge: String(intent.latest_charge), ...more })

test('a refund gives back a part and then the rest, counted on the charge', async () => {
  const { stripe } = world
  const intent = await pay(stripe, 'pm_card_visa', { amount: 5000, description: 'a widget' })
  const types = await typesDuring(world, async () => {
    const first = await refund(intent, { amount: 1500, reason: 'duplicate', metadata: { p: '9' } })
    expect(first).toMatchObject({
      amount: 1500,
      metadata: { p: '9' },
      payment_intent: intent.id,
      payment_method: intent.payment_method,
      reason: 'duplicate',
      status: 'succeeded',
    })
    expect(await stripe.balanceTransactions.retrieve(String(first.balance_transaction))).toMatchObject({
      amount: -1500,
      description: 'REFUND FOR CHARGE (a widget)',
      fee: 0,
      source: first.id,
      type: 'refund',
    })
  })
  expect(types).toEqual(['charge.updated', 'refund.created', 'charge.refunded'])
  expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 1500, refunded: false })
  expect((await stripe.refunds.create({ payment_intent: intent.id })).amount).toBe(3500)
  expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 5000, refunded: true })
  expect(await refused(refund(intent, { amount: 1 }))).toMatchObject({ code: 'charge_already_refunded' })
  const list = await stripe.refunds.list({ payment_intent: intent.id })
  expect(list.data.map(({ amount }) => amount)).toEqual([3500, 1500])
})

test('no more is given back than is left', async () => {
  const intent = await pay(world.stripe, 'pm_card_visa', { amount: 8000 })
  await refund(intent, { amount: 5000 })
  const error = await refused(refund(intent, { amount: 4000 }))
  expect([error.status, error.code, error.param, error.message]).toEqual([
    400,
    undefined,
    'amount',
    'Refund amount ($40.00) is greater than unrefunded amount on charge ($30.00)',
  ])
  for (const amount of [0, -5])
    expect(await refused(refund(intent, { amount }))).toMatchObject({ code: 'parameter_invalid_integer' })
})

test('what was not paid, or is only held, is not refunded', async () => {
  const { stripe } = world
  const declined = await refused(pay(stripe, 'pm_card_chargeCustomerFail'))
  expect(await refused(stripe.refunds.create({ charge: String(declined.charge) }))).toMatchObject({
    status: 400,
    message: `This PaymentIntent (${declined.payment_intent?.id}) does not have a successful charge to refund.`,
  })
  const held = await pay(stripe, 'pm_card_visa', { capture_method: 'manual' })
  expect((await refused(refund(held))).message).toContain('You must cancel the PaymentIntent')
  expect(await refused(stripe.refunds.create({ amount: 100 }))).toMatchObject({ status: 400 })
  expect(await refused(stripe.refunds.create({ charge: 'ch_nope' }))).toMatchObject({
    status: 404,
    code: 'resource_missing',
    param: 'id',
  })
})

test('a refund of 4000000000007726 is pending first and succeeds later', async () => {
  const { stripe, advance } = world
  const intent = await pay(stripe, 'pm_card_pendingRefund', { amount: 2400 })
  let made: Stripe.Refund | undefined
  const begun = await typesDuring(world, async () => {
    made = await refund(intent)
  })
  expect([made?.status, made?.pending_reason, made?.balance_transaction]).toEqual([
    'pending',
    'processing',
    null,
  ])
  expect(begun).toEqual(['charge.updated', 'refund.created'])
  expect((await chargeOf(stripe, intent)).amount_refunded).toBe(0)
  expect(await refused(refund(intent, { amount: 1 }))).toMatchObject({ param: 'amount' })
  const ended = await typesDuring(world, () => advance({ seconds: 60 }))
  expect(ended).toEqual(['refund.updated', 'charge.refund.updated', 'charge.refunded'])
  const after = await stripe.refunds.retrieve(String(made?.id))
  expect([after.status, after.pending_reason]).toEqual(['succeeded', undefined])
  expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 2400, refunded: true })
})

test('a refund of 4000000000005126 succeeds first and fails later, and the money is back on the account', async () => {
  const { stripe, advance } = world
  const intent = await pay(stripe, 'pm_card_refundFail', { amount: 3100 })
  const made = await refund(intent, { amount: 1100 })
  expect(made.status).toBe('succeeded')
  expect((await chargeOf(stripe, intent)).amount_refunded).toBe(1100)
  const types = await typesDuring(world, () => advance({ seconds: 60 }))
  expect(types).toEqual(['refund.failed', 'refund.updated', 'charge.refund.updated'])
  const after = await stripe.refunds.retrieve(made.id, { expand: ['failure_balance_transaction'] })
  expect(after).toMatchObject({
    failure_balance_transaction: { amount: 1100, type: 'refund_failure' },
    failure_reason: 'expired_or_canceled_card',
    status: 'failed',
  })
  expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0, refunded: false })
})

test('a pending refund can be cancelled for half an hour, any other not at all', async () => {
  const { stripe, advance, control } = world
  const done = await refund(await pay(stripe, 'pm_card_visa'))
  expect(await refused(stripe.refunds.cancel(done.id))).toMatchObject({
    status: 400,
    message: 'Canceling this refund is unsupported.',
  })
  const intent = await pay(stripe, 'pm_card_pendingRefund')
  const pending = await refund(intent)
  expect((await stripe.refunds.cancel(pending.id)).status).toBe('canceled')
  await advance({ seconds: 120 })
  expect((await stripe.refunds.retrieve(pending.id)).status).toBe('canceled')
  await control('settings', { async_refund_seconds: 7200 }, 'PUT')
  const late = await refund(intent)
  await advance({ seconds: 1801 })
  expect(await refused(stripe.refunds.cancel(late.id))).toMatchObject({ status: 400 })
  await control('settings', { async_refund_seconds: null }, 'PUT')
})

test('a refund’s metadata can be changed, and that is told', async () => {
  const made = await refund(await pay(world.stripe, 'pm_card_visa'))
  const types = await typesDuring(world, async () => {
    const { metadata } = await world.stripe.refunds.update(made.id, { metadata: { k: 'v' } })
    expect(metadata).toEqual({ k: 'v' })
  })
  expect(types).toEqual(['refund.updated', 'charge.refund.updated'])
})

import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lowered } from './scheduled.ts'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-10T12:00:00Z' })
})
afterEach(() => world.close())

test('an unimplemented path answers an error that names the path', async () => {
  const { sandbox } = world
  const response = await fetch(`${sandbox.url}/v1/issuing/cards`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_start' },
  })
  const { error } = (await response.json()) as { error: { type: string; message: string } }
  expect([response.status, error.type]).toEqual([404, 'invalid_request_error'])
  expect(error.message).toContain('Unrecognized request URL (POST: /v1/issuing/cards)')
})

test('an unimplemented parameter answers an error that names it, at any depth, and nothing is done', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const calls: [string, Promise<unknown>][] = [
    [
      'transfer_data',
      stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: price.id }],
        transfer_data: { destination: 'acct_1' },
      }),
    ],
    [
      'phases[0][transfer_data]',
      stripe.subscriptionSchedules.create({
        customer: customer.id,
        start_date: 'now',
        phases: [{ items: [{ price: price.id }], transfer_data: { destination: 'acct_1' } }],
      }),
    ],
  ]
  for (const [param, call] of calls) {
    expect(await refusalOf(call)).toMatchObject({ status: 400, param })
    await expect(call).rejects.toThrow(`The sandbox does not implement the parameter ${param}.`)
  }
  expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([])
})

test('a parameter that Stripe does not know is refused, never ignored', async () => {
  const { stripe } = world
  const call = stripe.customers.create({ emial: 'ann@example.com' } as Stripe.CustomerCreateParams)
  expect(await refusalOf(call)).toEqual({ status: 400, code: 'parameter_unknown', param: 'emial' })
})

test('no final invoice is made at a cancellation with the period', async () => {
  const { stripe, advance, listener } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    cancel_at_period_end: true,
  })
  await advance({ to: '2026-03-20T00:00:00Z' })
  const over = await stripe.subscriptions.retrieve(subscription.id)
  expect([over.status, over.ended_at]).toEqual(['canceled', subscription.cancel_at])
  expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(1)
  expect(listener.types().filter((type) => type === 'invoice.created')).toHaveLength(1)
})

test('a 402 is replayed under its idempotency key, though the card is a good one by now', async () => {
  const { stripe, control } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const subscribe = () =>
    stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }], payment_behavior: 'error_if_incomplete' },
      { idempotencyKey: 'subscribe-once' },
    )
  expect(await refusalOf(subscribe())).toMatchObject({ status: 402, code: 'card_declined' })
  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  expect(await refusalOf(subscribe())).toMatchObject({ status: 402, code: 'card_declined' })
  expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([])
})

test('there is no second chance after 24 hours: the key is new again, and the call is done once more', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const charge = () =>
    stripe.paymentIntents.create(
      {
        customer: customer.id,
        amount: 500,
        currency: 'usd',
        payment_method: String(customer.invoice_settings.default_payment_method),
        confirm: true,
        off_session: true,
      },
      { idempotencyKey: 'charge-once' },
    )
  const first = await charge()
  expect((await charge()).id).toBe(first.id)
  await advance({ seconds: 24 * 3600 - 60 })
  expect((await charge()).id).toBe(first.id)
  await advance({ seconds: 120 })
  expect((await charge()).id).not.toBe(first.id)
  expect((await stripe.charges.list({ customer: customer.id })).data).toHaveLength(2)
})

test('cancel_at_period_end is refused while a schedule manages the subscription', async () => {
  const { stripe } = world
  const { subscription, schedule } = await lowered(world)
  const call = stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  expect((await refusalOf(call)).status).toBe(400)
  await expect(call).rejects.toThrow(`is managed by the subscription schedule \`${schedule.id}\``)
  const same = await stripe.subscriptions.retrieve(subscription.id)
  expect([same.cancel_at_period_end, same.cancel_at]).toEqual([false, null])
})

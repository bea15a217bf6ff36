import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start } from './start.ts'
import { amounts, day, latestOf, seconds, subscribe, written } from './subscribed.ts'

let world: Started
let price: Stripe.Price
beforeEach(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z', deaf: true })
  price = await monthlyPrice(world.stripe, 3000)
})
afterEach(() => world.close())

const half = () => world.advance({ to: '2026-04-16T00:00:00Z' })
const pendingOf = async (customer: string) =>
  (await world.stripe.invoiceItems.list({ customer, pending: true })).data.map(({ amount }) => amount)
const invoicesOf = async (subscription: string) =>
  (await world.stripe.invoices.list({ subscription })).data.length

describe('cancelling now', () => {
  test('makes no final invoice, and takes pending prorations back', async () => {
    const { stripe } = world
    const { subscription, item, customer } = await subscribe(world, price)
    await half()
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, quantity: 2 }] })
    await stripe.invoiceItems.create({ customer: customer.id, amount: 90, currency: 'usd' })
    await stripe.subscriptions.cancel(subscription.id)
    expect([await pendingOf(customer.id), await invoicesOf(subscription.id)]).toEqual([[90], 1])
  })

  test('with prorate leaves a credit that waits', async () => {
    const { stripe } = world
    const { subscription, customer } = await subscribe(world, price)
    await half()
    await stripe.subscriptions.cancel(subscription.id, { prorate: true })
    expect([await pendingOf(customer.id), await invoicesOf(subscription.id)]).toEqual([[-1500], 1])
  })

  test('with invoice_now bills what is pending; a credit goes to the balance, not to the card', async () => {
    const { stripe } = world
    const { subscription, item, customer } = await subscribe(world, price)
    await half()
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, quantity: 2 }] })
    const ended = await stripe.subscriptions.cancel(subscription.id, { invoice_now: true, prorate: true })
    expect([ended.status, (await latestOf(stripe, subscription.id)).status]).toEqual(['canceled', 'draft'])
    await world.advance({ days: 1 })
    const last = await latestOf(stripe, subscription.id)
    expect([last.total, last.status]).toEqual([-1500, 'paid'])
    const { balance } = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer
    const refunds = await stripe.refunds.list()
    expect([balance, refunds.data, await pendingOf(customer.id)]).toEqual([-1500, [], []])
  })

  test('with invoice_now may finalise the last invoice at once, where the account is set so', async () => {
    const { stripe, control } = world
    await control('settings', { final_invoice_waits: false }, 'PUT')
    const { subscription } = await subscribe(world, price)
    await half()
    await stripe.subscriptions.cancel(subscription.id, { invoice_now: true, prorate: true })
    expect((await latestOf(stripe, subscription.id)).status).toBe('paid')
  })

  test('with invoice_now and nothing pending makes no invoice', async () => {
    const { subscription } = await subscribe(world, price)
    await world.stripe.subscriptions.cancel(subscription.id, { invoice_now: true })
    expect(await invoicesOf(subscription.id)).toBe(1)
  })

  test('keeps why: a comment, a reason, and an option of our own', async () => {
    const { stripe } = world
    const option = await stripe.billing.feedbackOptions.create({ description: 'Moved abroad' })
    const { subscription } = await subscribe(world, price)
    const details = { comment: 'Bye', feedback: 'unused' as const, feedback_option: option.id }
    const ended = await stripe.subscriptions.cancel(subscription.id, { cancellation_details: details })
    expect(ended.cancellation_details).toEqual({ ...details, reason: 'cancellation_requested' })
    const other = await subscribe(world, price)
    const refused = stripe.subscriptions.update(other.subscription.id, {
      cancellation_details: { feedback_option: 'bfo_unknown' },
    })
    expect(await refusalOf(refused)).toMatchObject({
      status: 400,
      code: 'resource_missing',
      param: 'cancellation_details[feedback_option]',
    })
  })
})

describe('cancelling later', () => {
  test('at the earliest or latest end of the items, fixed at once', async () => {
    const { stripe } = world
    const yearly = await monthlyPrice(stripe, 12_000, 'Extra', 'year')
    const mixed = { items: [{ price: price.id }, { price: yearly.id }] }
    const first = await subscribe(world, price, { ...mixed, cancel_at: 'min_period_end' })
    expect([day(first.subscription.cancel_at), first.subscription.cancel_at_period_end]).toEqual([
      '2026-05-01',
      false,
    ])
    const { subscription } = await subscribe(world, price, mixed)
    const last = await stripe.subscriptions.update(subscription.id, { cancel_at: 'max_period_end' })
    expect(day(last.cancel_at)).toBe('2027-04-01')
  })

  test('within the period gives credit for the rest of it, unless prorations are off', async () => {
    const { stripe } = world
    const at = seconds('2026-04-16T00:00:00Z')
    const { subscription, customer } = await subscribe(world, price)
    await stripe.subscriptions.update(subscription.id, { cancel_at: at })
    expect(await pendingOf(customer.id)).toEqual([-1500])
    const other = await subscribe(world, price)
    await stripe.subscriptions.update(other.subscription.id, { cancel_at: at, proration_behavior: 'none' })
    expect(await pendingOf(other.customer.id)).toEqual([])
    await half()
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  })

  test('within a period to come bills a part of that period', async () => {
    const { stripe, advance } = world
    const { subscription } = await subscribe(world, price)
    await stripe.subscriptions.update(subscription.id, { cancel_at: seconds('2026-05-16T12:00:00Z') })
    await advance({ to: '2026-05-01T00:00:00Z' })
    const renewal = await latestOf(stripe, subscription.id)
    expect([amounts(renewal), written(renewal.lines.data[0]?.period.end)]).toEqual([
      [1500],
      '2026-05-16T12:00:00',
    ])
    await advance({ to: '2026-05-16T12:00:00Z' })
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  })

  test('is a 400 while a schedule manages the subscription', async () => {
    const { stripe } = world
    const { subscription } = await subscribe(world, price)
    await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
    for (const given of [{ cancel_at_period_end: true }, { cancel_at: seconds('2026-06-01T00:00:00Z') }])
      expect(await refusalOf(stripe.subscriptions.update(subscription.id, given))).toMatchObject({
        status: 400,
      })
  })
})

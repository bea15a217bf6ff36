import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { day } from './meter.ts'
import { actsOn, boundsOf, decimal, opening, type Stage, shown, startStage } from './metered.ts'
import { monthlyPrice } from './start.ts'

const stage = {} as Stage
beforeEach(async () => {
  Object.assign(stage, await startStage())
})
afterEach(() => stage.world.close())

const { latest, meteredPrice, report, subscribe } = actsOn(stage)

type Line = Stripe.InvoiceLineItem

test('a metered price that is removed is billed for what was used, unless proration is off', async () => {
  const { stripe } = stage.world
  const seats = await monthlyPrice(stripe, 1000)
  const pending = async (proration_behavior: 'create_prorations' | 'none', eventName: string) => {
    const { price } = await meteredPrice(eventName, { unit_amount_decimal: decimal('100') })
    const made = await subscribe([{ price: seats.id }, { price: price.id }])
    await report(eventName, '6')
    const item = made.items.data.find((one) => one.price.id === price.id)
    await stripe.subscriptions.update(made.id, {
      items: [{ id: item?.id ?? '', deleted: true }],
      proration_behavior,
    })
    const { data } = await stripe.invoiceItems.list({ customer: stage.customer.id, pending: true })
    await stripe.subscriptions.cancel(made.id)
    return data.map(({ amount, description }) => [amount, description])
  }
  expect(await pending('none', 'dropped')).toEqual([])
  expect(await pending('create_prorations', 'removed')).toEqual([
    [600, '6 call × Use of removed (at $1.00 / month)'],
  ])
})

test('after a change of price in the middle the new one counts from the change on', async () => {
  const { stripe } = stage.world
  const { price, meter, product } = await meteredPrice('change', { unit_amount_decimal: decimal('100') })
  const dearer = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 200,
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
  })
  const made = await subscribe([{ price: price.id }])
  await report('change', '4')
  await stage.world.advance({ days: 10 })
  await report('change', '1')
  await stripe.subscriptions.update(made.id, {
    items: [{ id: made.items.data[0]?.id ?? '', price: dearer.id }],
  })
  await report('change', '2')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  const { lines, total } = await latest(made.id)
  expect(lines.data.map(shown)).toEqual([
    ['5 call × Use of change (at $1.00 / month)', 500, 5],
    ['2 call × Use of change (at $2.00 / month)', 400, 2],
  ])
  const [before, after] = lines.data as [Line, Line]
  const [start, end] = boundsOf(made)
  expect([before.period.start, after.period.end]).toEqual([start, end])
  expect(before.period.end).toBe(after.period.start)
  expect(before.period.end).toBeGreaterThanOrEqual(start + 10 * day)
  expect(total).toBe(900)
})

test('a subscription that ends with its period is billed for its use then, one that used nothing is not', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('last', { unit_amount_decimal: decimal('100') })
  const used = await subscribe([{ price: price.id }], { cancel_at_period_end: true })
  await report('last', '7')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await stripe.subscriptions.retrieve(used.id)).status).toBe('canceled')
  const last = await latest(used.id)
  expect([last.status, last.amount_paid, last.billing_reason]).toEqual(['paid', 700, 'subscription_cycle'])
  const idle = await subscribe([{ price: price.id }], { cancel_at_period_end: true })
  await stage.world.advance({ months: 2 })
  expect((await stripe.subscriptions.retrieve(idle.id)).latest_invoice).toBeNull()
})

test('a subscription that is cancelled at once bills its use only where it is asked to', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('now', { unit_amount_decimal: decimal('100') })
  const asked = await subscribe([{ price: price.id }])
  await report('now', '3')
  await stripe.subscriptions.cancel(asked.id, { invoice_now: true })
  expect((await latest(asked.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
  const silent = await subscribe([{ price: price.id }])
  await stage.world.advance({ days: 1 })
  await report('now', '5')
  expect((await stripe.subscriptions.cancel(silent.id)).latest_invoice).toBeNull()
})

test('a new anchor bills what was used before it at once, and counts from there', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('anchor', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await stage.world.advance({ days: 10 })
  await report('anchor', '7')
  await stripe.subscriptions.update(made.id, { billing_cycle_anchor: { type: 'now' } })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([700])
  await report('anchor', '3')
  await stage.world.advance({ months: 1 })
  await stage.world.advance({ days: 1 })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
})

test('a preview of an end, now or with the period, shows what was used', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('ends', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await report('ends', '5')
  const preview = async (subscription_details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
    (await stripe.invoices.createPreview({ subscription: made.id, subscription_details })).total
  expect(await preview({ cancel_now: true })).toBe(500)
  expect(await preview({ cancel_at_period_end: true })).toBe(500)
})

test('a paid Checkout of metered use alone leaves an active subscription without an invoice', async () => {
  const { stripe, control } = stage.world
  const { price } = await meteredPrice('checkout', { unit_amount_decimal: decimal('100') })
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: stage.customer.id,
    line_items: [{ price: price.id }],
    success_url: 'https://example.com/ok',
  })
  await control(`checkout/${session.id}/pay`, { card: '4242424242424242' })
  const done = await stripe.checkout.sessions.retrieve(session.id)
  expect([done.status, done.payment_status, done.amount_total, done.invoice]).toEqual([
    'complete',
    'no_payment_required',
    0,
    null,
  ])
  await report('checkout', '2')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await latest(String(done.subscription))).amount_paid).toBe(200)
})

test('use is reported and billed in the time of the customer’s test clock', async () => {
  const { stripe } = stage.world
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Date.UTC(2025, 5, 1) / 1000 })
  stage.customer = await stripe.customers.create({
    test_clock: clock.id,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const { price } = await meteredPrice('clock', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  expect((await report('clock', '4')).timestamp).toBe(clock.frozen_time)
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: Date.UTC(2025, 6, 2) / 1000 })
  await stage.world.advance({ seconds: 0 })
  const paid = await latest(made.id)
  expect([paid.status, paid.total]).toEqual(['paid', 400])
})

test('a trial of use that ends early makes no empty invoice', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('early', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }], { trial_period_days: 10 })
  await report('early', '5')
  await stage.world.advance({ days: 2 })
  const ended = await stripe.subscriptions.update(made.id, { trial_end: 'now' })
  expect([ended.status, ended.latest_invoice]).toEqual(['active', null])
  expect((await stripe.invoices.list({ customer: stage.customer.id })).data).toEqual([])
})

test('use from before a subscription was made is billed with its first period where it is backdated', async () => {
  const { price } = await meteredPrice('backdated', { unit_amount_decimal: decimal('100') })
  await report('backdated', '5')
  await stage.world.advance({ days: 2 })
  const made = await subscribe([{ price: price.id }], { backdate_start_date: opening })
  await report('backdated', '2')
  await stage.world.advance({ months: 1 })
  await stage.world.advance({ days: 1 })
  await report('backdated', '4')
  const [line] = (await latest(made.id)).lines.data
  expect([line?.amount, line?.period.start]).toEqual([700, opening])
  await stage.world.advance({ months: 1 })
  await stage.world.advance({ days: 1 })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([400])
})

test('between use and seats an item is billed for each in its time', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('kinds', { unit_amount_decimal: decimal('100') })
  const seats = await monthlyPrice(stripe, 2800)
  const made = await subscribe([{ price: price.id }])
  const item = made.items.data[0]?.id ?? ''
  const change = (to: string) =>
    stripe.subscriptions.update(made.id, {
      items: [{ id: item, price: to }],
      proration_behavior: 'always_invoice',
    })
  await report('kinds', '5')
  await stage.world.advance({ days: 14 })
  await change(seats.id)
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([500, 1400])
  await stage.world.advance({ days: 7 })
  await change(price.id)
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([-700])
  await report('kinds', '2')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([200])
})

test('a schedule that changes the price of use bills what the phase before used', async () => {
  const { stripe } = stage.world
  const { price, meter, product } = await meteredPrice('phases', { unit_amount_decimal: decimal('100') })
  const dearer = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 200,
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
  })
  const duration = { interval: 'month' as const, interval_count: 1 }
  const schedule = await stripe.subscriptionSchedules.create({
    customer: stage.customer.id,
    start_date: 'now',
    phases: [
      { items: [{ price: price.id }], duration },
      { items: [{ price: dearer.id }], duration },
    ],
  })
  await report('phases', '5')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  const id = String(schedule.subscription)
  expect((await latest(id)).lines.data.map(({ amount }) => amount)).toEqual([500])
  await report('phases', '3')
  await stage.world.advance({ to: '2026-03-31T12:00:00Z' })
  expect((await latest(id)).lines.data.map(({ amount }) => amount)).toEqual([600])
})

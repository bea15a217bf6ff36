import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeMeter } from './meter.ts'
import { monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'
import { amounts, day, decliningCard, latestOf, subscribe, written } from './subscribed.ts'

let world: Started
let price: Stripe.Price
let subscription: Stripe.Subscription
let item: Stripe.SubscriptionItem
let customer: Stripe.Customer
beforeEach(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
  const made = await subscribe(world, price)
  subscription = made.subscription
  item = made.item
  customer = made.customer
})
afterEach(() => world.close())

/** A pause that gives nothing back, so that a resumption has something to charge. */
const stop = () =>
  world.stripe.subscriptions.pause(subscription.id, { bill_for: { unused_time_from: { type: 'none' } } })
const half = () => world.advance({ to: '2026-04-16T00:00:00Z' })
const pendingOf = async (id: string) =>
  (await world.stripe.invoiceItems.list({ customer: id, pending: true })).data.map(({ amount }) => amount)
const invoicesOf = async (id: string) => (await world.stripe.invoices.list({ subscription: id })).data

describe('pausing', () => {
  test('stops the periods and the invoices, and credits unused time', async () => {
    const { stripe, advance } = world
    await half()
    const types = await typesDuring(world, async () => {
      const paused = await stripe.subscriptions.pause(subscription.id)
      expect([paused.status, paused.status_details?.paused.subscription.type]).toEqual([
        'paused',
        'pause_requested',
      ])
    })
    expect(types).toEqual([
      'invoiceitem.created',
      'customer.subscription.updated',
      'customer.subscription.paused',
    ])
    expect(await pendingOf(customer.id)).toEqual([-1500])
    await advance({ days: 90 })
    const still = await stripe.subscriptions.retrieve(subscription.id)
    expect([still.status, day(still.items.data[0]?.current_period_end)]).toEqual([
      'paused',
      day(item.current_period_end),
    ])
    expect(await invoicesOf(subscription.id)).toHaveLength(1)
  })

  test.each([
    ['none', []],
    ['item_current_period_start', [-3000]],
    ['now', [-1500]],
  ] as const)('unused time from %s', async (type, expected) => {
    await half()
    await world.stripe.subscriptions.pause(subscription.id, { bill_for: { unused_time_from: { type } } })
    expect(await pendingOf(customer.id)).toEqual(expected)
  })

  test('the credit can be invoiced at once, onto the balance', async () => {
    const { stripe } = world
    await half()
    const paused = await stripe.subscriptions.pause(subscription.id, { invoicing_behavior: 'invoice' })
    const invoice = await latestOf(stripe, paused.id)
    expect([paused.status, invoice.total, invoice.status]).toEqual(['paused', -1500, 'paid'])
    const { balance } = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer
    expect([balance, await pendingOf(customer.id)]).toEqual([-1500, []])
  })

  test('is refused where it is paused already, sent, or in classic billing', async () => {
    const { stripe } = world
    await stripe.subscriptions.pause(subscription.id)
    expect(await refusalOf(stripe.subscriptions.pause(subscription.id))).toMatchObject({ status: 400 })
    const sent = await subscribe(world, price, { collection_method: 'send_invoice', days_until_due: 7 })
    expect(await refusalOf(stripe.subscriptions.pause(sent.subscription.id))).toMatchObject({ status: 400 })
    const classic = await subscribe(world, price, { billing_mode: { type: 'classic' } })
    const refused = stripe.subscriptions.pause(classic.subscription.id)
    expect(await refusalOf(refused)).toMatchObject({ status: 400 })
    const flexible = await stripe.subscriptions.migrate(classic.subscription.id, {
      billing_mode: { type: 'flexible' },
    })
    expect(flexible.billing_mode.type).toBe('flexible')
    expect((await stripe.subscriptions.pause(flexible.id)).status).toBe('paused')
  })

  test.each([
    ['now', [500]],
    ['none', []],
  ] as const)('bills what was used through %s', async (type, expected) => {
    const { stripe } = world
    const meter = await makeMeter(world, 'calls')
    const calls = await stripe.prices.create({
      product: String(price.product),
      currency: 'usd',
      unit_amount: 5,
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
    })
    const metered = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: calls.id }] })
    await half()
    await stripe.billing.meterEvents.create({
      event_name: 'calls',
      payload: { stripe_customer_id: customer.id, value: '100' },
    })
    await world.advance({ days: 1 })
    await stripe.subscriptions.pause(metered.id, { bill_for: { outstanding_usage_through: { type } } })
    expect(await pendingOf(customer.id)).toEqual(expected)
  })

  test('can be had while a payment is overdue, where the sandbox is set so', async () => {
    const { stripe, control, advance } = world
    await control(`customers/${customer.id}/card`, { card: decliningCard })
    await advance({ days: 31 })
    expect(await refusalOf(stripe.subscriptions.pause(subscription.id))).toMatchObject({ status: 400 })
    await control('settings', { pausable: 'active_or_past_due' }, 'PUT')
    expect((await stripe.subscriptions.pause(subscription.id)).status).toBe('paused')
  })

  test('does not put off an end that was asked for', async () => {
    const { stripe, advance } = world
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
    await stripe.subscriptions.pause(subscription.id)
    await advance({ days: 31 })
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  })

  test('items of a paused subscription can be changed; nothing is prorated', async () => {
    const { stripe } = world
    await stop()
    const after = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 4 }],
      proration_behavior: 'always_invoice',
    })
    expect([
      after.status,
      after.items.data[0]?.quantity,
      day(after.items.data[0]?.current_period_end),
    ]).toEqual(['paused', 4, day(item.current_period_end)])
    expect([await pendingOf(customer.id), (await invoicesOf(subscription.id)).length]).toEqual([[], 1])
    const resumed = await stripe.subscriptions.resume(subscription.id, {
      payment_behavior: 'resume_on_payment_success',
    })
    expect(amounts(await latestOf(stripe, resumed.id))).toEqual([12_000])
  })
})

describe('pause_collection keeps the status and goes on invoicing', () => {
  test.each([
    ['keep_as_draft', 'draft'],
    ['mark_uncollectible', 'uncollectible'],
    ['void', 'void'],
  ] as const)('%s', async (behavior, status) => {
    const { stripe, advance } = world
    const after = await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior } })
    expect([after.status, after.pause_collection]).toEqual(['active', { behavior, resumes_at: null }])
    const types = await typesDuring(world, () => advance({ days: 32 }))
    const invoice = await latestOf(stripe, subscription.id)
    expect([invoice.billing_reason, invoice.status, invoice.auto_advance, invoice.attempted]).toEqual([
      'subscription_cycle',
      status,
      false,
      false,
    ])
    const reason = invoice.status_details?.uncollectible?.reason
    expect(reason).toBe(status === 'uncollectible' ? 'subscription_paused' : undefined)
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active')
    expect(types.filter((type) => type === 'invoice.upcoming')).toEqual([])
  })

  test('until it resumes by itself or by an empty value', async () => {
    const { stripe, advance } = world
    const at = item.current_period_end - 86_400
    await stripe.subscriptions.update(subscription.id, {
      pause_collection: { behavior: 'void', resumes_at: at },
    })
    const types = await typesDuring(world, () => advance({ to: `${written(at)}Z` }))
    expect([types, (await stripe.subscriptions.retrieve(subscription.id)).pause_collection]).toEqual([
      ['customer.subscription.updated'],
      null,
    ])
    await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'keep_as_draft' } })
    const cleared = await stripe.subscriptions.update(subscription.id, { pause_collection: '' })
    expect(cleared.pause_collection).toBeNull()
    await advance({ days: 2 })
    expect((await latestOf(stripe, subscription.id)).status).toBe('paid')
    const past = stripe.subscriptions.update(subscription.id, {
      pause_collection: { behavior: 'void', resumes_at: 1 },
    })
    expect(await refusalOf(past)).toMatchObject({ status: 400, param: 'pause_collection[resumes_at]' })
  })
})

test('a trial that ends without a card can pause the subscription, which says why and can be resumed', async () => {
  const { stripe, advance } = world
  const lonely = await stripe.customers.create({ email: 'bea@example.com' })
  const trial = await stripe.subscriptions.create({
    customer: lonely.id,
    items: [{ price: price.id }],
    trial_period_days: 3,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  })
  await advance({ days: 4 })
  const paused = await stripe.subscriptions.retrieve(trial.id)
  expect([paused.status, paused.status_details?.paused.subscription.type]).toEqual([
    'paused',
    'trial_end_without_payment_method',
  ])
  expect(day(paused.status_details?.paused.transitioned_at)).toBe(day(trial.trial_end))
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: lonely.id })
  await stripe.customers.update(lonely.id, { invoice_settings: { default_payment_method: method.id } })
  const resumed = await stripe.subscriptions.resume(trial.id, {
    payment_behavior: 'resume_on_payment_success',
  })
  expect([resumed.status, amounts(await latestOf(stripe, trial.id))]).toEqual(['active', [3000]])
})

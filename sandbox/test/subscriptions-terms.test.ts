import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start } from './start.ts'
import { amounts, day, latestOf, seconds, subscribe } from './subscribed.ts'

let world: Started
let price: Stripe.Price
let setup: Stripe.Price
beforeEach(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z', deaf: true })
  price = await monthlyPrice(world.stripe, 3000)
  const product = await world.stripe.products.create({ name: 'Setup' })
  setup = await world.stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 700 })
})
afterEach(() => world.close())

const half = () => world.advance({ to: '2026-04-16T00:00:00Z' })
const pendingOf = async (customer: string) =>
  (await world.stripe.invoiceItems.list({ customer, pending: true })).data.map(({ amount }) => amount)
const invoicesOf = async (subscription: string) =>
  (await world.stripe.invoices.list({ subscription })).data.length

const ownEnd = () => seconds('2026-04-20T00:00:00Z')

describe('one-time charges beside the items', () => {
  test('stand first on the first invoice, over the period of the items', async () => {
    const tenth = await world.stripe.coupons.create({ percent_off: 10, duration: 'once' })
    const { subscription, item } = await subscribe(world, price, {
      add_invoice_items: [
        { price: setup.id, quantity: 2, metadata: { kind: 'setup' }, discounts: [{ coupon: tenth.id }] },
        {
          price_data: { currency: 'usd', product: String(setup.product), unit_amount: -100 },
          period: { start: { type: 'now' }, end: { type: 'timestamp', timestamp: ownEnd() } },
        },
      ],
    })
    const invoice = await latestOf(world.stripe, subscription.id)
    expect(invoice.total).toBe(1400 - 140 - 100 + 3000)
    const { data } = invoice.lines
    expect(data.map(({ amount, description }) => [amount, description])).toEqual([
      [1400, 'Setup'],
      [-100, 'Setup'],
      [3000, '1 × Basic (at $30.00 / month)'],
    ])
    const [first, second] = data
    expect([first?.metadata, first?.period.end, first?.parent?.type]).toEqual([
      { kind: 'setup' },
      item.current_period_end,
      'invoice_item_details',
    ])
    expect([first?.parent?.invoice_item_details?.subscription, second?.period.end]).toEqual([
      subscription.id,
      ownEnd(),
    ])
  })

  test('on an update wait for the next invoice, also with always_invoice', async () => {
    const { stripe } = world
    const { subscription, customer } = await subscribe(world, price)
    await stripe.subscriptions.update(subscription.id, {
      add_invoice_items: [{ price: setup.id }],
      proration_behavior: 'always_invoice',
    })
    expect([await pendingOf(customer.id), await invoicesOf(subscription.id)]).toEqual([[700], 1])
    await world.advance({ months: 1 })
    expect(amounts(await latestOf(stripe, subscription.id))).toEqual([700, 3000])
  })

  test('are taken along by an invoice that the update makes anyway', async () => {
    const { stripe } = world
    const { subscription, item } = await subscribe(world, price)
    await half()
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 2 }],
      add_invoice_items: [{ price: setup.id }],
      proration_behavior: 'always_invoice',
    })
    expect(amounts(await latestOf(stripe, subscription.id))).toEqual([-1500, 3000, 700])
  })

  test('take one-time prices only', async () => {
    const refused = subscribe(world, price, { add_invoice_items: [{ price: price.id }] })
    expect(await refusalOf(refused)).toMatchObject({ status: 400, param: 'add_invoice_items[0][price]' })
  })
})

/** The middle of the first period, which a charge of its own may end in. */
describe('a subscription whose invoices are sent', () => {
  test('is active at once, its invoices due later; unpaid by then it is past_due', async () => {
    const { stripe, advance } = world
    const customer = await stripe.customers.create({ email: 'ann@example.com' })
    const made = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      collection_method: 'send_invoice',
      days_until_due: 10,
      invoice_settings: {
        description: 'Thank you',
        footer: 'Ltd',
        custom_fields: [{ name: 'PO', value: '7' }],
      },
    })
    expect([made.status, made.days_until_due, made.invoice_settings.footer]).toEqual(['active', 10, 'Ltd'])
    const draft = await latestOf(stripe, made.id)
    expect([draft.status, draft.collection_method, draft.description]).toEqual([
      'draft',
      'send_invoice',
      'Thank you',
    ])
    await advance({ days: 1 })
    const open = await latestOf(stripe, made.id)
    expect([open.status, open.attempted, day(open.due_date)]).toEqual(['open', false, '2026-04-11'])
    await advance({ days: 11 })
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('past_due')
    await stripe.invoices.pay(open.id, { paid_out_of_band: true })
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('active')
  })

  test.each<[string, Partial<Stripe.SubscriptionCreateParams>]>([
    ['needs days', { collection_method: 'send_invoice' }],
    ['and only it takes them', { days_until_due: 3 }],
  ])('%s', async (_, given) => {
    expect(await refusalOf(subscribe(world, price, given))).toMatchObject({
      status: 400,
      param: 'days_until_due',
    })
  })

  test('can be charged automatically from now on', async () => {
    const { stripe } = world
    const { subscription } = await subscribe(world, price, {
      collection_method: 'send_invoice',
      days_until_due: 10,
    })
    const after = await stripe.subscriptions.update(subscription.id, {
      collection_method: 'charge_automatically',
    })
    expect([after.collection_method, after.days_until_due]).toEqual(['charge_automatically', null])
    await world.advance({ days: 31 })
    expect((await latestOf(stripe, subscription.id)).status).toBe('paid')
  })
})

test('pending items are billed at an interval of their own', async () => {
  const { stripe, advance } = world
  const { subscription, customer } = await subscribe(world, price, {
    pending_invoice_item_interval: { interval: 'week' },
  })
  expect([
    subscription.pending_invoice_item_interval,
    day(subscription.next_pending_invoice_item_invoice),
  ]).toEqual([{ interval: 'week', interval_count: 1 }, '2026-04-08'])
  await stripe.invoiceItems.create({ customer: customer.id, amount: 900, currency: 'usd' })
  await advance({ days: 7 })
  expect((await latestOf(stripe, subscription.id)).status).toBe('draft')
  await advance({ days: 1 })
  const invoice = await latestOf(stripe, subscription.id)
  expect([invoice.billing_reason, invoice.amount_paid]).toEqual([
    'automatic_pending_invoice_item_invoice',
    900,
  ])
  const later = await stripe.subscriptions.retrieve(subscription.id)
  expect(day(later.next_pending_invoice_item_invoice)).toBe('2026-04-15')
  const off = await stripe.subscriptions.update(subscription.id, { pending_invoice_item_interval: '' })
  expect([off.pending_invoice_item_interval, off.next_pending_invoice_item_invoice]).toEqual([null, null])
})

test('tax rates stand on the subscription or on its items, and their tax on the invoice', async () => {
  const { stripe } = world
  const rate = await stripe.taxRates.create({ display_name: 'VAT', percentage: 10, inclusive: false })
  const none = await stripe.taxRates.create({ display_name: 'None', percentage: 0, inclusive: false })
  const { subscription, item } = await subscribe(world, price, { default_tax_rates: [rate.id] })
  expect(subscription.default_tax_rates?.map(({ id }) => id)).toEqual([rate.id])
  expect((await latestOf(stripe, subscription.id)).total).toBe(3300)
  const after = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, tax_rates: [none.id] }],
  })
  expect(after.items.data[0]?.tax_rates?.map(({ id }) => id)).toEqual([none.id])
  await world.advance({ months: 1 })
  expect((await latestOf(stripe, subscription.id)).total).toBe(3000)
  const cleared = await stripe.subscriptions.update(subscription.id, { default_tax_rates: '' })
  expect(cleared.default_tax_rates).toEqual([])
  const refused = subscribe(world, price, { default_tax_rates: ['txr_unknown'] })
  expect(await refusalOf(refused)).toMatchObject({ status: 400, param: 'default_tax_rates[0]' })
})

test('an item can have discounts of its own, taken before those of the subscription', async () => {
  const { stripe } = world
  const [tenth, halved] = [
    await stripe.coupons.create({ percent_off: 10, duration: 'forever' }),
    await stripe.coupons.create({ percent_off: 50, duration: 'forever' }),
  ]
  const { subscription, item } = await subscribe(world, price, {
    items: [{ price: price.id, discounts: [{ coupon: halved.id }] }],
    discounts: [{ coupon: tenth.id }],
  })
  expect([item.discounts.length, (await latestOf(stripe, subscription.id)).total]).toEqual([1, 1350])
  const [kept] = item.discounts
  const same = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, discounts: [{ discount: String(kept) }] }],
  })
  expect(same.items.data[0]?.discounts).toEqual(item.discounts)
  await stripe.subscriptionItems.update(item.id, { discounts: '' })
  const bare = await stripe.subscriptionItems.retrieve(item.id)
  expect(bare.discounts).toEqual([])
  await world.advance({ months: 1 })
  expect((await latestOf(stripe, subscription.id)).total).toBe(2700)
})

test('changing the price of an item sets its quantity to one, unless one is given', async () => {
  const { stripe } = world
  const other = await monthlyPrice(stripe, 5000, 'Pro')
  const { subscription, item } = await subscribe(world, price, { items: [{ price: price.id, quantity: 3 }] })
  const update = (items: Stripe.SubscriptionUpdateParams.Item[]) =>
    stripe.subscriptions.update(subscription.id, { items, proration_behavior: 'none' })
  expect((await update([{ id: item.id, metadata: { a: 'b' } }])).items.data[0]?.quantity).toBe(3)
  expect((await update([{ id: item.id, price: other.id, quantity: 2 }])).items.data[0]?.quantity).toBe(2)
  expect((await update([{ id: item.id, plan: price.id }])).items.data[0]).toMatchObject({
    price: { id: price.id },
    quantity: 1,
  })
})

test('the card that pays becomes the subscription’s own where that was asked for', async () => {
  const { stripe } = world
  const keeping = { payment_settings: { save_default_payment_method: 'on_subscription' as const } }
  const { subscription, customer } = await subscribe(world, price, keeping)
  const { invoice_settings: settings } = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer
  const kept = await stripe.subscriptions.retrieve(subscription.id)
  expect(kept.default_payment_method).toBe(settings.default_payment_method)
  const plain = await subscribe(world, price)
  expect((await stripe.subscriptions.retrieve(plain.subscription.id)).default_payment_method).toBeNull()
})

test('lists are filtered by how and when subscriptions bill', async () => {
  const { stripe } = world
  const charged = await subscribe(world, price)
  const sent = await subscribe(world, price, { collection_method: 'send_invoice', days_until_due: 5 })
  const taxed = await subscribe(world, price, { automatic_tax: { enabled: true } })
  const ids = async (filter: Stripe.SubscriptionListParams) =>
    (await stripe.subscriptions.list(filter)).data.map(({ id }) => id)
  expect(await ids({ collection_method: 'send_invoice' })).toEqual([sent.subscription.id])
  expect(await ids({ automatic_tax: { enabled: true } })).toEqual([taxed.subscription.id])
  expect(await ids({ plan: price.id, current_period_end: { gt: charged.item.current_period_end } })).toEqual(
    [],
  )
  expect(await ids({ current_period_start: charged.item.current_period_start })).toHaveLength(3)
})

test('what the sandbox does not implement is refused by its name', async () => {
  const refused = subscribe(world, price, { billing_thresholds: { amount_gte: 100 } })
  expect(await refusalOf(refused)).toMatchObject({ status: 400, param: 'billing_thresholds' })
})

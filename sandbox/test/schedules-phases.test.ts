import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { at, lowered, periodOf, twoPrices } from './scheduled.ts'
import { monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterEach(() => world.close())

test('the phase that begins at a period’s end is billed whole by that renewal, without proration', async () => {
  const { stripe, advance } = world
  const { subscription, small, schedule } = await lowered(world)
  expect(schedule.phases.map((phase) => at(phase.end_date))).toEqual(['2026-02-28T10:00', '2026-04-30T10:00'])
  await advance({ to: '2026-02-28T09:59:00Z' })
  const types = await typesDuring(world, () => advance({ to: '2026-02-28T10:00:01Z' }))
  expect(types).toEqual(['subscription_schedule.updated', 'customer.subscription.updated', 'invoice.created'])
  const after = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] })
  expect(after.items.data.map((item) => [item.price.id, item.quantity, item.metadata])).toEqual([
    [small.id, 3, {}],
  ])
  expect(periodOf(after)).toEqual([['2026-02-28T10:00', '2026-03-31T10:00']])
  const invoice = after.latest_invoice as Stripe.Invoice
  expect([invoice.billing_reason, invoice.amount_due, invoice.lines.data.length]).toEqual([
    'subscription_cycle',
    3000,
    1,
  ])
  const now = await stripe.subscriptionSchedules.retrieve(schedule.id)
  expect(now.current_phase?.start_date).toBe(schedule.phases[1]?.start_date)
})

test('an item added meanwhile is gone at the next phase unless the phase lists it', async () => {
  const { stripe, advance } = world
  const { subscription, small } = await lowered(world)
  const extra = await monthlyPrice(stripe, 500, 'Number')
  await stripe.subscriptionItems.create({ subscription: subscription.id, price: extra.id })
  await advance({ to: '2026-02-28T12:00:00Z' })
  const after = await stripe.subscriptions.retrieve(subscription.id)
  expect(after.items.data.map((item) => item.price.id)).toEqual([small.id])
})

test('a phase brings its discount, payment method, description, metadata and additions, and takes them away', async () => {
  const { stripe, advance } = world
  const { big, customer } = await twoPrices(world)
  const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' })
  const setup = await stripe.products.create({ name: 'Setup' })
  const once = await stripe.prices.create({ product: setup.id, currency: 'usd', unit_amount: 700 })
  const other = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id })
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    default_settings: { description: 'Usual' },
    phases: [
      {
        items: [{ price: big.id }],
        discounts: [{ coupon: coupon.id }],
        default_payment_method: other.id,
        description: 'First',
        metadata: { half: 'yes', kept: '1' },
        add_invoice_items: [{ price: once.id, quantity: 2 }],
      },
      {
        items: [{ price: big.id }],
        metadata: { half: '' },
        add_invoice_items: [
          {
            price: once.id,
            period: { start: { type: 'phase_start' }, end: { type: 'phase_end' } },
          },
        ],
      },
    ],
  })
  const id = String(schedule.subscription)
  const first = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })
  expect([first.default_payment_method, first.description, first.metadata, first.discounts.length]).toEqual([
    other.id,
    'First',
    { half: 'yes', kept: '1' },
    1,
  ])
  expect((first.latest_invoice as Stripe.Invoice).total).toBe((3000 + 1400) / 2)
  await advance({ to: '2026-02-28T12:00:00Z' })
  const second = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })
  expect([second.default_payment_method, second.description, second.metadata, second.discounts]).toEqual([
    null,
    'Usual',
    { kept: '1' },
    [],
  ])
  const bill = second.latest_invoice as Stripe.Invoice
  expect([bill.amount_paid, bill.lines.data.length]).toEqual([3700, 2])
  const added = bill.lines.data.find(({ amount }) => amount === 700)
  expect([at(added?.period.start), at(added?.period.end)]).toEqual(['2026-02-28T10:00', '2026-03-31T10:00'])
})

test('a phase that is a trial is free, and the next one is billed from its end', async () => {
  const { stripe, advance } = world
  const { big, small, customer } = await twoPrices(world)
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [
      { items: [{ price: small.id }], trial: true, duration: { interval: 'day', interval_count: 10 } },
      { items: [{ price: big.id }] },
    ],
  })
  expect(schedule.phases.map((phase) => [at(phase.end_date), at(phase.trial_end)])).toEqual([
    ['2026-02-10T10:00', '2026-02-10T10:00'],
    ['2026-03-10T10:00', null],
  ])
  const trial = await stripe.subscriptions.retrieve(String(schedule.subscription))
  expect([trial.status, at(trial.trial_end)]).toEqual(['trialing', '2026-02-10T10:00'])
  await advance({ to: '2026-02-10T12:00:00Z' })
  const after = await stripe.subscriptions.retrieve(trial.id, { expand: ['latest_invoice'] })
  expect([after.status, ...periodOf(after)]).toEqual(['active', ['2026-02-10T10:00', '2026-03-10T10:00']])
  expect((after.latest_invoice as Stripe.Invoice).amount_paid).toBe(3000)
})

test('billing_cycle_anchor=phase_start bills a phase from its own start', async () => {
  const { stripe, advance } = world
  const { big, small, customer } = await twoPrices(world)
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [
      { items: [{ price: small.id }], end_date: Date.parse('2026-02-14T10:00:00Z') / 1000 },
      { items: [{ price: big.id }], billing_cycle_anchor: 'phase_start', proration_behavior: 'none' },
    ],
  })
  expect(at(schedule.phases[1]?.end_date)).toBe('2026-03-14T10:00')
  await advance({ to: '2026-02-14T10:01:00Z' })
  const after = await stripe.subscriptions.retrieve(String(schedule.subscription), {
    expand: ['latest_invoice'],
  })
  expect([at(after.billing_cycle_anchor), ...periodOf(after)]).toEqual([
    '2026-02-14T10:00',
    ['2026-02-14T10:00', '2026-03-14T10:00'],
  ])
  expect((after.latest_invoice as Stripe.Invoice).total).toBe(3000)
})

test('a phase of another interval at a period’s end anchors billing there', async () => {
  const { stripe, advance } = world
  const { small, customer } = await twoPrices(world)
  const yearly = await monthlyPrice(stripe, 10_000, 'Yearly', 'year')
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [{ items: [{ price: small.id }] }, { items: [{ price: yearly.id }] }],
  })
  await advance({ to: '2026-02-28T12:00:00Z' })
  const after = await stripe.subscriptions.retrieve(String(schedule.subscription), {
    expand: ['latest_invoice'],
  })
  expect(periodOf(after)).toEqual([['2026-02-28T10:00', '2027-02-28T10:00']])
  expect((after.latest_invoice as Stripe.Invoice).amount_paid).toBe(10_000)
})

test('a schedule that began before now bills the time since', async () => {
  const { stripe } = world
  const { small, customer } = await twoPrices(world)
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: Date.parse('2026-01-26T10:00:00Z') / 1000,
    phases: [{ items: [{ price: small.id }], duration: { interval: 'month', interval_count: 3 } }],
  })
  const begun = await stripe.subscriptions.retrieve(String(schedule.subscription), {
    expand: ['latest_invoice'],
  })
  expect([at(begun.start_date), begun.status]).toEqual(['2026-01-26T10:00', 'active'])
  expect((begun.latest_invoice as Stripe.Invoice).total).toBeGreaterThan(1000)
})

test('an item of a phase brings its own discount and tax rate, which end with the phase', async () => {
  const { stripe, advance } = world
  const { big, small, customer } = await twoPrices(world)
  const coupon = await stripe.coupons.create({ amount_off: 300, currency: 'usd', duration: 'forever' })
  const rate = await stripe.taxRates.create({ display_name: 'VAT', percentage: 10, inclusive: false })
  const items = (discounts: { coupon: string }[]) => [
    { price: small.id, discounts, tax_rates: discounts.length ? [rate.id] : [] },
    { price: big.id },
  ]
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [
      { items: items([{ coupon: coupon.id }]), duration: { interval: 'month', interval_count: 2 } },
      { items: items([]) },
    ],
  })
  expect(schedule.phases[0]?.items[0]).toMatchObject({
    discounts: [{ coupon: coupon.id, discount: null, promotion_code: null }],
    tax_rates: [{ id: rate.id, percentage: 10 }],
  })
  const totals = async () =>
    (await stripe.invoices.list({ customer: customer.id })).data.reverse().map(({ total }) => total)
  expect(await totals()).toEqual([770 + 3000])
  await advance({ to: '2026-02-28T12:00:00Z' })
  const [kept] = (await stripe.subscriptions.retrieve(String(schedule.subscription))).items.data
  expect(kept?.discounts).toHaveLength(1)
  await advance({ to: '2026-03-31T12:00:00Z' })
  expect(await totals()).toEqual([3770, 3770, 4000])
  const unknown = stripe.subscriptionSchedules.update(schedule.id, {
    phases: [
      {
        start_date: schedule.phases[1]?.start_date ?? 0,
        items: [{ price: big.id, discounts: [{ coupon: 'none' }] }],
      },
    ],
  })
  expect(await refusalOf(unknown)).toMatchObject({
    code: 'resource_missing',
    param: 'phases[0][items][0][discounts][0][coupon]',
  })
})

test('a phase that takes away the item whose period is over leaves the others in theirs, which turn as ever', async () => {
  const { stripe, advance } = world
  const { big, customer } = await twoPrices(world)
  const weekly = await stripe.prices.create({
    product: big.product as string,
    currency: 'usd',
    unit_amount: 100,
    recurring: { interval: 'week' },
  })
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: big.id }, { price: weekly.id }],
  })
  const { id } = await stripe.subscriptionSchedules.create({ from_subscription: made.id })
  await stripe.subscriptionSchedules.update(id, {
    phases: [
      {
        items: [{ price: big.id }, { price: weekly.id }],
        start_date: made.start_date,
        end_date: made.items.data[1]?.current_period_end ?? 0,
      },
      { items: [{ price: big.id }], duration: { interval: 'month', interval_count: 3 } },
    ],
  })
  const types = await typesDuring(world, () => advance({ to: '2026-02-07T10:00:01Z' }))
  expect(types).toEqual(['subscription_schedule.updated', 'customer.subscription.updated'])
  await advance({ to: '2026-04-01T00:00:00Z' })
  expect(periodOf(await stripe.subscriptions.retrieve(made.id))).toEqual([
    ['2026-03-31T10:00', '2026-04-30T10:00'],
  ])
})

test('a phase that begins while a longer period still runs credits that one and bills its own from its beginning', async () => {
  const { stripe, advance } = world
  const { big, small, customer } = await twoPrices(world)
  const every = (interval: 'week' | 'year', amount: number) =>
    stripe.prices.create({
      product: big.product as string,
      currency: 'usd',
      unit_amount: amount,
      recurring: { interval },
    })
  const [year, weekly] = [await every('year', 36_500), await every('week', 100)]
  const items = [{ price: year.id }, { price: weekly.id }]
  const made = await stripe.subscriptions.create({ customer: customer.id, items })
  const { id } = await stripe.subscriptionSchedules.create({ from_subscription: made.id })
  const turn = made.items.data[1]?.current_period_end ?? 0
  await stripe.subscriptionSchedules.update(id, {
    phases: [
      { items, start_date: made.start_date, end_date: turn },
      { items: [{ price: small.id }], duration: { interval: 'month', interval_count: 2 } },
    ],
  })
  await advance({ to: '2026-02-07T10:00:01Z' })
  const after = await stripe.subscriptions.retrieve(made.id, { expand: ['latest_invoice'] })
  expect(periodOf(after)).toEqual([['2026-02-07T10:00', '2026-03-07T10:00']])
  const { lines } = after.latest_invoice as Stripe.Invoice
  // A week of the year's 365 days is over: 358 dollars of 365 are given back.
  expect(lines.data.map(({ amount }) => amount)).toEqual([-35_800, 1000])
})

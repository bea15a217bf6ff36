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

test('the upcoming invoice is that of the next phase', async () => {
  const { stripe, listener, advance } = world
  const { subscription } = await lowered(world)
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id })
  expect([preview.amount_due, preview.lines.data.length]).toEqual([3000, 1])
  expect((await stripe.subscriptions.retrieve(subscription.id)).items.data[0]?.price.unit_amount).toBe(3000)
  await advance({ to: '2026-02-22T00:00:00Z' })
  const upcoming = listener.events.find(({ type }) => type === 'invoice.upcoming')
  expect(upcoming?.data.object).toMatchObject({ amount_due: 3000 })
})

test('a preview shows what a schedule would bill first, and what changing its phases brings', async () => {
  const { stripe } = world
  const { big, small, customer } = await twoPrices(world)
  const start_date = Date.parse('2026-03-10T00:00:00Z') / 1000
  const first = await stripe.invoices.createPreview({
    customer: customer.id,
    schedule_details: { phases: [{ start_date, items: [{ price: big.id, quantity: 2 }] }] },
  })
  expect([
    first.amount_due,
    at(first.lines.data[0]?.period.start),
    at(first.lines.data[0]?.period.end),
  ]).toEqual([6000, '2026-03-10T00:00', '2026-04-10T00:00'])
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [{ items: [{ price: small.id }] }],
  })
  const phases = [
    { start_date: schedule.phases[0]?.start_date ?? 0, items: [{ price: small.id }] },
    { items: [{ price: big.id }] },
  ]
  const changed = await stripe.invoices.createPreview({ schedule: schedule.id, schedule_details: { phases } })
  expect(changed.lines.data.map(({ amount }) => amount)).toEqual([3000])
  const as = await stripe.invoices.createPreview({ schedule: schedule.id })
  expect(as.lines.data.map(({ amount }) => amount)).toEqual([1000])
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).phases).toHaveLength(1)
  expect((await stripe.subscriptionSchedules.list({ customer: customer.id })).data).toHaveLength(1)
  const both = stripe.invoices.createPreview({ schedule: schedule.id, subscription: 'sub_1' })
  expect(await refusalOf(both)).toMatchObject({ status: 400, param: 'schedule' })
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

test('a direct change of the items splits the current phase, unless the settings say otherwise', async () => {
  const { stripe, advance, control } = world
  const { subscription, big, schedule } = await lowered(world)
  await advance({ days: 5 })
  await stripe.subscriptions.update(subscription.id, {
    items: [{ id: subscription.items.data[0]?.id ?? '', quantity: 2 }],
  })
  const split = await stripe.subscriptionSchedules.retrieve(schedule.id)
  expect(split.phases.map((phase) => [at(phase.start_date), phase.items[0]?.quantity])).toEqual([
    ['2026-01-31T10:00', 1],
    ['2026-02-05T10:00', 2],
    ['2026-02-28T10:00', 3],
  ])
  expect(split.phases[1]?.items[0]?.price).toBe(big.id)
  expect(at(split.current_phase?.start_date)).toBe('2026-02-05T10:00')
  await control('settings', { schedule_follows_changes: false }, 'PUT')
  await stripe.subscriptions.update(subscription.id, {
    items: [{ id: subscription.items.data[0]?.id ?? '', quantity: 4 }],
  })
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).phases).toHaveLength(3)
})

test('a change of the current phase is prorated as the request says', async () => {
  const { stripe, advance } = world
  const { subscription, schedule, big, small } = await lowered(world)
  await advance({ days: 14 })
  const [current, next] = schedule.phases
  const phases = (quantity: number): Stripe.SubscriptionScheduleUpdateParams.Phase[] => [
    {
      items: [{ price: big.id, quantity }],
      start_date: current?.start_date ?? 0,
      end_date: current?.end_date ?? 0,
    },
    { items: [{ price: small.id, quantity: 3 }], end_date: next?.end_date ?? 0 },
  ]
  const types = await typesDuring(world, () =>
    stripe.subscriptionSchedules.update(schedule.id, { phases: phases(2) }),
  )
  expect(types).toEqual([
    'subscription_schedule.updated',
    'invoiceitem.created',
    'invoiceitem.created',
    'customer.subscription.updated',
  ])
  const pending = await stripe.invoiceItems.list({ customer: String(subscription.customer), pending: true })
  expect(pending.data.map(({ amount }) => amount).sort((a, b) => a - b)).toEqual([-1500, 3000])
  await stripe.subscriptionSchedules.update(schedule.id, {
    phases: phases(3),
    proration_behavior: 'always_invoice',
  })
  const [latest] = (await stripe.invoices.list({ subscription: subscription.id })).data
  expect([latest?.billing_reason, latest?.status, latest?.total]).toEqual([
    'subscription_update',
    'paid',
    3000,
  ])
  await stripe.subscriptionSchedules.update(schedule.id, { phases: phases(1), proration_behavior: 'none' })
  expect(
    (await stripe.invoiceItems.list({ customer: String(subscription.customer), pending: true })).data,
  ).toHaveLength(0)
  expect((await stripe.subscriptions.retrieve(subscription.id)).items.data[0]?.quantity).toBe(1)
})

test('the current phase can end at once, and the next begins', async () => {
  const { stripe, advance } = world
  const { subscription, schedule, big, small } = await lowered(world)
  await advance({ days: 14 })
  const updated = await stripe.subscriptionSchedules.update(schedule.id, {
    phases: [
      { items: [{ price: big.id }], start_date: schedule.phases[0]?.start_date ?? 0, end_date: 'now' },
      {
        items: [{ price: small.id }],
        proration_behavior: 'none',
        duration: { interval: 'month', interval_count: 1 },
      },
    ],
  })
  expect(updated.phases.map((phase) => at(phase.start_date))).toEqual([
    '2026-01-31T10:00',
    '2026-02-14T10:00',
  ])
  expect(updated.current_phase?.start_date).toBe(updated.phases[1]?.start_date)
  const after = await stripe.subscriptions.retrieve(subscription.id)
  expect([after.items.data[0]?.price.id, ...periodOf(after)]).toEqual([
    small.id,
    ['2026-01-31T10:00', '2026-02-28T10:00'],
  ])
})

test('phases that do not fit are refused', async () => {
  const { stripe } = world
  const { schedule, big, small, customer } = await lowered(world)
  const items = [{ price: big.id }]
  const update = (phases: Stripe.SubscriptionScheduleUpdateParams.Phase[]) =>
    refusalOf(stripe.subscriptionSchedules.update(schedule.id, { phases }))
  expect(await update([{ items }])).toMatchObject({ status: 400, param: 'phases' })
  expect(await update([{ items, start_date: 1_000_000_000 }])).toMatchObject({ status: 400 })
  const start_date = schedule.phases[0]?.start_date ?? 0
  expect(await update([{ items, start_date, end_date: start_date - 5 }])).toMatchObject({
    param: 'phases[0][end_date]',
  })
  expect(
    await update([{ items, start_date, end_date: start_date + 9e6, duration: { interval: 'month' } }]),
  ).toMatchObject({ param: 'phases[0][duration]' })
  const create = (params: Stripe.SubscriptionScheduleCreateParams) =>
    refusalOf(stripe.subscriptionSchedules.create(params))
  expect(await create({ customer: customer.id, start_date: 'now' })).toMatchObject({ param: 'phases' })
  expect(await create({ customer: customer.id, phases: [{ items }] })).toMatchObject({ param: 'start_date' })
  expect(await create({ from_subscription: 'sub_1', phases: [{ items }] })).toMatchObject({
    param: 'from_subscription',
  })
  expect(
    await create({ customer: customer.id, start_date: 'now', phases: [{ items: [{ price: 'price_1' }] }] }),
  ).toMatchObject({ status: 400, code: 'resource_missing', param: 'phases[0][items][0][price]' })
  expect(
    await create({
      customer: customer.id,
      start_date: 'now',
      phases: [{ items: [{ price: small.id }], on_behalf_of: 'acct_1' }],
    }),
  ).toMatchObject({ status: 400, param: 'phases[0][on_behalf_of]' })
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
      { items: [{ price: big.id }], metadata: { half: '' } },
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
  expect((second.latest_invoice as Stripe.Invoice).amount_paid).toBe(3000)
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

test('what a schedule refers to can be expanded', async () => {
  const { stripe } = world
  const { customer, schedule } = await lowered(world)
  const expanded = await stripe.subscriptionSchedules.retrieve(schedule.id, {
    expand: ['customer', 'subscription', 'phases.items.price'],
  })
  expect((expanded.customer as Stripe.Customer).email).toBe(customer.email)
  expect((expanded.subscription as Stripe.Subscription).schedule).toBe(schedule.id)
  expect(expanded.phases.map(({ items }) => (items[0]?.price as Stripe.Price).unit_amount)).toEqual([
    3000, 1000,
  ])
})

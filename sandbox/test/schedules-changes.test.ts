import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { at, lowered, periodOf, twoPrices } from './scheduled.ts'
import { refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterEach(() => world.close())

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
  const more = await stripe.invoices.createPreview({
    schedule: schedule.id,
    schedule_details: {
      phases: [
        { start_date: schedule.phases[0]?.start_date ?? 0, items: [{ price: small.id, quantity: 3 }] },
      ],
      proration_behavior: 'always_invoice',
    },
  })
  expect([more.status, more.number, more.attempted, more.amount_due]).toEqual(['draft', null, false, 2000])
  const as = await stripe.invoices.createPreview({ schedule: schedule.id })
  expect(as.lines.data.map(({ amount }) => amount)).toEqual([1000])
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).phases).toHaveLength(1)
  expect((await stripe.subscriptionSchedules.list({ customer: customer.id })).data).toHaveLength(1)
  const both = stripe.invoices.createPreview({ schedule: schedule.id, subscription: 'sub_1' })
  expect(await refusalOf(both)).toMatchObject({ status: 400, param: 'schedule' })
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

test('the current phase cannot be made to have ended before now', async () => {
  const { stripe, advance } = world
  const { schedule, big } = await lowered(world)
  await advance({ days: 14 })
  const start_date = schedule.phases[0]?.start_date ?? 0
  const update = stripe.subscriptionSchedules.update(schedule.id, {
    phases: [{ items: [{ price: big.id }], start_date, end_date: start_date + 86_400 }],
  })
  expect(await refusalOf(update)).toMatchObject({ status: 400, param: 'phases[0][end_date]' })
  await expect(update).rejects.toThrow(
    'You can only adjust the end date to a future date for the current phase.',
  )
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
  const now = (phases: Stripe.SubscriptionScheduleCreateParams.Phase[]) =>
    create({ customer: customer.id, start_date: 'now', phases })
  expect(await now(Array(11).fill({ items }))).toMatchObject({ status: 400, param: 'phases' })
  expect(await now([{ items, end_date: start_date + 9e6, trial_end: start_date + 10e6 }])).toMatchObject({
    param: 'phases[0][trial_end]',
  })
  expect(await now([{ items, trial: true, billing_cycle_anchor: 'phase_start' }])).toMatchObject({
    param: 'phases[0][billing_cycle_anchor]',
  })
  expect(
    await update([
      { items, start_date, end_date: start_date + 9e6 },
      { items, start_date: start_date + 10e6 },
    ]),
  ).toMatchObject({ param: 'phases[1][start_date]' })
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

test('what a schedule refers to can be expanded', async () => {
  const { stripe } = world
  const { customer, schedule } = await lowered(world)
  const expanded = await stripe.subscriptionSchedules.retrieve(schedule.id, {
    expand: ['customer', 'subscription', 'phases.items.price'],
  })
  expect((expanded.customer as Stripe.Customer).email).toBe(customer.email)
  expect((expanded.subscription as Stripe.Subscription).schedule).toBe(schedule.id)
  const prices = expanded.phases.flatMap(({ items }) => items.map(({ price }) => price as Stripe.Price))
  expect(prices.map(({ unit_amount }) => unit_amount)).toEqual([3000, 1000])
})

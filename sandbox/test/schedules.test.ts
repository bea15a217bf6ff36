import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { at, lowered, twoPrices } from './scheduled.ts'
import { refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterEach(() => world.close())

test('a schedule that starts now makes an active subscription whose first invoice stays a draft for an hour', async () => {
  const { stripe, advance } = world
  const { big, small, customer } = await twoPrices(world)
  let schedule: Stripe.SubscriptionSchedule | undefined
  const types = await typesDuring(world, async () => {
    schedule = await stripe.subscriptionSchedules.create({
      customer: customer.id,
      start_date: 'now',
      metadata: { deal: '7' },
      phases: [
        { items: [{ price: big.id, quantity: 2 }], duration: { interval: 'month', interval_count: 2 } },
        { items: [{ price: small.id }], metadata: { plan: 'basic' } },
      ],
    })
  })
  expect(types).toEqual(['customer.subscription.created', 'invoice.created', 'subscription_schedule.created'])
  expect(schedule).toMatchObject({ status: 'active', end_behavior: 'release', metadata: { deal: '7' } })
  expect(schedule?.phases.map((phase) => [at(phase.start_date), at(phase.end_date)])).toEqual([
    ['2026-01-31T10:00', '2026-03-31T10:00'],
    ['2026-03-31T10:00', '2026-04-30T10:00'],
  ])
  expect(schedule?.current_phase).toEqual({
    start_date: schedule?.phases[0]?.start_date,
    end_date: schedule?.phases[0]?.end_date,
  })
  const subscription = await stripe.subscriptions.retrieve(String(schedule?.subscription), {
    expand: ['latest_invoice'],
  })
  const invoice = subscription.latest_invoice as Stripe.Invoice
  expect([subscription.status, subscription.schedule, invoice.status, invoice.amount_due]).toEqual([
    'active',
    schedule?.id,
    'draft',
    6000,
  ])
  await advance({ seconds: 3700 })
  expect((await stripe.invoices.retrieve(invoice.id ?? '')).status).toBe('paid')
})

test('a schedule that starts later makes its subscription then', async () => {
  const { stripe, advance } = world
  const { small, customer } = await twoPrices(world)
  const start = Date.parse('2026-02-10T00:00:00Z') / 1000
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: start,
    phases: [{ items: [{ price: small.id }], metadata: { a: '1' } }],
  })
  expect([schedule.status, schedule.subscription, schedule.current_phase]).toEqual([
    'not_started',
    null,
    null,
  ])
  const waiting = await stripe.subscriptionSchedules.list({ customer: customer.id, scheduled: true })
  expect(waiting.data.map(({ id }) => id)).toEqual([schedule.id])
  const types = await typesDuring(world, () => advance({ to: '2026-02-10T00:00:00Z' }))
  expect(types).toEqual(['customer.subscription.created', 'invoice.created', 'subscription_schedule.updated'])
  const begun = await stripe.subscriptionSchedules.retrieve(schedule.id, { expand: ['subscription'] })
  const subscription = begun.subscription as Stripe.Subscription
  expect([begun.status, at(subscription.start_date), subscription.metadata]).toEqual([
    'active',
    '2026-02-10T00:00',
    { a: '1' },
  ])
  expect(
    (await stripe.subscriptionSchedules.list({ customer: customer.id, scheduled: true })).data,
  ).toHaveLength(0)
})

test('a schedule is made from a subscription, which says so', async () => {
  const { stripe, listener, advance } = world
  const { subscription, made } = await lowered(world)
  expect(made).toMatchObject({ status: 'active', subscription: subscription.id, end_behavior: 'release' })
  expect(made.phases).toHaveLength(1)
  expect(made.phases[0]).toMatchObject({ currency: 'usd', proration_behavior: 'create_prorations' })
  expect([at(made.phases[0]?.start_date), at(made.phases[0]?.end_date)]).toEqual([
    '2026-01-31T10:00',
    '2026-02-28T10:00',
  ])
  expect((await stripe.subscriptions.retrieve(subscription.id)).schedule).toBe(made.id)
  await advance({ seconds: 0 })
  const told = listener.events.filter(({ type }) => type === 'customer.subscription.updated')
  expect(told.map(({ data }) => data.previous_attributes)).toContainEqual({ schedule: null })
})

test('one schedule at a time may manage a subscription', async () => {
  const { stripe } = world
  const { subscription, made } = await lowered(world)
  const again = stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  expect(await refusalOf(again)).toMatchObject({ status: 400, param: 'from_subscription' })
  await expect(again).rejects.toThrow(
    `You cannot migrate a subscription that is already attached to a schedule: \`${made.id}\`.`,
  )
})

test('schedules are listed by what became of them and when', async () => {
  const { stripe, advance } = world
  const { schedule, customer } = await lowered(world)
  await advance({ days: 1 })
  await stripe.subscriptionSchedules.release(schedule.id)
  const later = Date.parse('2026-06-01') / 1000
  const waiting = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: later,
    phases: [{ items: [{ price: schedule.phases[1]?.items[0]?.price as string }] }],
  })
  const ids = async (params: Stripe.SubscriptionScheduleListParams) =>
    (await stripe.subscriptionSchedules.list(params)).data.map(({ id }) => id)
  expect(await ids({})).toEqual([waiting.id, schedule.id])
  expect(await ids({ released_at: { gte: schedule.created } })).toEqual([schedule.id])
  expect(await ids({ released_at: { lt: schedule.created } })).toEqual([])
  await stripe.subscriptionSchedules.cancel(waiting.id)
  expect(await ids({ canceled_at: { gt: schedule.created } })).toEqual([waiting.id])
  expect(await ids({ completed_at: { gt: 0 } })).toEqual([])
  expect(await refusalOf(ids({ canceled_at: { gt: 0 }, scheduled: true }))).toMatchObject({
    param: 'canceled_at',
  })
})

test('a schedule that has not started is cancelled with its customer', async () => {
  const { stripe } = world
  const { small, customer } = await twoPrices(world)
  const waiting = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: Date.parse('2026-06-01') / 1000,
    phases: [{ items: [{ price: small.id }] }],
  })
  await stripe.customers.del(customer.id)
  expect((await stripe.subscriptionSchedules.retrieve(waiting.id)).status).toBe('canceled')
})

test('on a test clock a schedule moves with that clock', async () => {
  const { stripe, advance } = world
  const { small, big } = await twoPrices(world)
  const frozen_time = Date.parse('2030-05-15T00:00:00Z') / 1000
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time })
  const customer = await stripe.customers.create({ test_clock: clock.id, payment_method: 'pm_card_visa' })
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    default_settings: {
      default_payment_method: (await stripe.customers.listPaymentMethods(customer.id)).data[0]?.id ?? '',
    },
    phases: [{ items: [{ price: small.id }] }, { items: [{ price: big.id }] }],
  })
  expect([schedule.test_clock, at(schedule.phases[1]?.start_date)]).toEqual([clock.id, '2030-06-15T00:00'])
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: frozen_time + 31.5 * 86_400 })
  await advance({ seconds: 0 })
  const moved = await stripe.subscriptionSchedules.retrieve(schedule.id)
  expect(at(moved.current_phase?.start_date)).toBe('2030-06-15T00:00')
  const paid = (await stripe.invoices.list({ customer: customer.id })).data.map((one) => one.amount_paid)
  expect(paid).toEqual([3000, 1000])
})

test('a schedule goes on after the sandbox was stopped', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'schedules-'))
  const first = await start({ now: '2026-01-31T10:00:00Z', dataDir })
  const { schedule, subscription, small } = await lowered(first)
  await first.close()
  const second = await start({ dataDir })
  try {
    await second.advance({ to: '2026-02-28T12:00:00Z' })
    const after = await second.stripe.subscriptions.retrieve(subscription.id)
    expect([after.schedule, after.items.data[0]?.price.id]).toEqual([schedule.id, small.id])
  } finally {
    await second.close()
    await rm(dataDir, { recursive: true })
  }
})

test('a paused subscription enters its phases too, and nothing is billed', async () => {
  const { stripe, advance } = world
  const { small, big } = await twoPrices(world)
  const customer = await stripe.customers.create()
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: small.id }],
    trial_period_days: 10,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  })
  const made = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  const [trial] = made.phases
  await stripe.subscriptionSchedules.update(made.id, {
    phases: [
      {
        items: [{ price: small.id }],
        start_date: trial?.start_date ?? 0,
        end_date: trial?.end_date ?? 0,
        trial: true,
      },
      { items: [{ price: small.id }] },
      { items: [{ price: big.id }], description: 'Third' },
    ],
  })
  await advance({ to: '2026-03-01T00:00:00Z' })
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('paused')
  const types = await typesDuring(world, () => advance({ to: '2026-03-12T00:00:00Z' }))
  expect(types).toEqual(['subscription_schedule.updated', 'customer.subscription.updated'])
  const third = await stripe.subscriptions.retrieve(subscription.id)
  expect([third.status, third.items.data[0]?.price.id, third.description]).toEqual([
    'paused',
    big.id,
    'Third',
  ])
  expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(1)
})

test('default settings hold in every phase that says nothing else, from the moment they change', async () => {
  const { stripe, advance } = world
  const { subscription, schedule } = await lowered(world)
  const now = () => stripe.subscriptions.retrieve(subscription.id)
  await stripe.subscriptionSchedules.update(schedule.id, { default_settings: { description: 'Usual' } })
  expect((await now()).description).toBe('Usual')
  await advance({ to: '2026-03-01T00:00:00Z' })
  expect((await now()).description).toBe('Usual')
})

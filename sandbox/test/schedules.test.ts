import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterEach(() => world.close())

const at = (seconds: number | null | undefined) =>
  seconds == null ? null : new Date(seconds * 1000).toISOString().slice(0, 16)

const periodOf = (subscription: Stripe.Subscription) =>
  subscription.items.data.map((item) => [at(item.current_period_start), at(item.current_period_end)])

async function twoPrices() {
  const { stripe } = world
  const big = await monthlyPrice(stripe, 3000, 'Pro')
  const small = await monthlyPrice(stripe, 1000, 'Basic')
  const customer = await customerWithCard(stripe)
  return { big, small, customer }
}

test('a schedule that starts now makes an active subscription whose first invoice stays a draft for an hour', async () => {
  const { stripe, advance } = world
  const { big, small, customer } = await twoPrices()
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
  const { small, customer } = await twoPrices()
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

/** A subscription of the big plan under a schedule that lowers it at the period's end. */
async function lowered(more: Stripe.SubscriptionScheduleUpdateParams = {}) {
  const { stripe } = world
  const { big, small, customer } = await twoPrices()
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: big.id, metadata: { kind: 'plan' } }],
  })
  const made = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  const phase = made.phases[0] as Stripe.SubscriptionSchedule.Phase
  const schedule = await stripe.subscriptionSchedules.update(made.id, {
    phases: [
      { items: [{ price: big.id }], start_date: phase.start_date, end_date: phase.end_date },
      { items: [{ price: small.id, quantity: 3 }], duration: { interval: 'month', interval_count: 2 } },
    ],
    ...more,
  })
  return { big, small, customer, subscription, made, schedule }
}

test('a schedule is made from a subscription, which says so', async () => {
  const { stripe, listener, advance } = world
  const { subscription, made } = await lowered()
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
  const { subscription, made } = await lowered()
  const again = stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  expect(await refusalOf(again)).toMatchObject({ status: 400, param: 'from_subscription' })
  await expect(again).rejects.toThrow(
    `You cannot migrate a subscription that is already attached to a schedule: \`${made.id}\`.`,
  )
})

test('the phase that begins at a period’s end is billed whole by that renewal, without proration', async () => {
  const { stripe, advance } = world
  const { subscription, small, schedule } = await lowered()
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
  const { subscription } = await lowered()
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id })
  expect([preview.amount_due, preview.lines.data.length]).toEqual([3000, 1])
  expect((await stripe.subscriptions.retrieve(subscription.id)).items.data[0]?.price.unit_amount).toBe(3000)
  await advance({ to: '2026-02-22T00:00:00Z' })
  const upcoming = listener.events.find(({ type }) => type === 'invoice.upcoming')
  expect((upcoming?.data.object as Stripe.Invoice).amount_due).toBe(3000)
})

test('a schedule warns seven days before it ends, then lets its subscription go on', async () => {
  const { stripe, listener, advance } = world
  const { subscription, schedule } = await lowered()
  await advance({ to: '2026-04-22T00:00:00Z' })
  expect(listener.types()).not.toContain('subscription_schedule.expiring')
  await advance({ to: '2026-04-24T00:00:00Z' })
  expect(listener.types()).toContain('subscription_schedule.expiring')
  const types = await typesDuring(world, () => advance({ to: '2026-04-30T10:00:01Z' }))
  expect(types).toEqual([
    'subscription_schedule.updated',
    'subscription_schedule.released',
    'customer.subscription.updated',
    'invoice.created',
  ])
  const over = await stripe.subscriptionSchedules.retrieve(schedule.id)
  expect([over.status, over.released_subscription, over.subscription, over.current_phase]).toEqual([
    'released',
    subscription.id,
    null,
    null,
  ])
  expect(at(over.released_at)).toBe('2026-04-30T10:00')
  const free = await stripe.subscriptions.retrieve(subscription.id)
  expect([free.status, free.schedule, free.items.data[0]?.quantity]).toEqual(['active', null, 3])
  await advance({ to: '2026-05-31T12:00:00Z' })
  expect((await stripe.invoices.list({ subscription: subscription.id })).data[0]?.amount_paid).toBe(3000)
})

test('with end_behavior=cancel the subscription ends with the last phase, and no invoice follows', async () => {
  const { stripe, advance } = world
  const { subscription, schedule } = await lowered({ end_behavior: 'cancel' })
  expect((await stripe.subscriptions.retrieve(subscription.id)).cancel_at).toBe(null)
  await advance({ to: '2026-03-01T00:00:00Z' })
  expect(at((await stripe.subscriptions.retrieve(subscription.id)).cancel_at)).toBe('2026-04-30T10:00')
  await advance({ to: '2026-04-30T09:00:00Z' })
  const before = (await stripe.invoices.list({ subscription: subscription.id })).data.length
  const types = await typesDuring(world, () => advance({ to: '2026-05-02T00:00:00Z' }))
  expect(types).toEqual(['customer.subscription.deleted', 'subscription_schedule.completed'])
  expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(before)
  const over = await stripe.subscriptionSchedules.retrieve(schedule.id)
  expect([over.status, at(over.completed_at), over.subscription]).toEqual([
    'completed',
    '2026-04-30T10:00',
    subscription.id,
  ])
})

test('an item added meanwhile is gone at the next phase unless the phase lists it', async () => {
  const { stripe, advance } = world
  const { subscription, small } = await lowered()
  const extra = await monthlyPrice(stripe, 500, 'Number')
  await stripe.subscriptionItems.create({ subscription: subscription.id, price: extra.id })
  await advance({ to: '2026-02-28T12:00:00Z' })
  const after = await stripe.subscriptions.retrieve(subscription.id)
  expect(after.items.data.map((item) => item.price.id)).toEqual([small.id])
})

test('a direct change of the items splits the current phase, unless the settings say otherwise', async () => {
  const { stripe, advance, control } = world
  const { subscription, big, schedule } = await lowered()
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

test('what ends the subscription is refused while a schedule manages it', async () => {
  const { stripe } = world
  const { subscription, schedule } = await lowered()
  const asked: Stripe.SubscriptionUpdateParams[] = [
    { cancel_at_period_end: true },
    { cancel_at_period_end: false },
    { cancel_at: Date.parse('2026-06-01') / 1000 },
  ]
  for (const params of asked) {
    const call = stripe.subscriptions.update(subscription.id, params)
    expect((await refusalOf(call)).status).toBe(400)
    await expect(call).rejects.toThrow(
      `The subscription is managed by the subscription schedule \`${schedule.id}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
    )
  }
  await stripe.subscriptionSchedules.release(schedule.id)
  expect(
    (await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })).cancel_at_period_end,
  ).toBe(true)
})

test('releasing leaves the subscription as it is, and can be done once', async () => {
  const { stripe } = world
  const { schedule } = await lowered()
  const types = await typesDuring(world, () => stripe.subscriptionSchedules.release(schedule.id))
  expect(types).toEqual([
    'subscription_schedule.updated',
    'customer.subscription.updated',
    'subscription_schedule.released',
  ])
  const cancel = stripe.subscriptionSchedules.cancel(schedule.id)
  await expect(cancel).rejects.toThrow(
    'You cannot cancel a subscription schedule that is currently in the `released` status. It must be in `not_started, active` status to be canceled.',
  )
  expect((await refusalOf(stripe.subscriptionSchedules.update(schedule.id, { metadata: {} }))).status).toBe(
    400,
  )
  expect((await refusalOf(stripe.subscriptionSchedules.release(schedule.id))).status).toBe(400)
})

test('cancelling a schedule cancels its subscription with what is left of the period given back', async () => {
  const { stripe, advance } = world
  const { subscription, schedule } = await lowered()
  await advance({ days: 14 })
  const types = await typesDuring(world, () => stripe.subscriptionSchedules.cancel(schedule.id))
  expect(types).toEqual([
    'invoiceitem.created',
    'invoice.created',
    'invoice.updated',
    'customer.subscription.deleted',
    'subscription_schedule.canceled',
  ])
  const [last] = (await stripe.invoices.list({ subscription: subscription.id })).data
  expect([last?.status, last?.total]).toEqual(['draft', -1500])
  const over = await stripe.subscriptionSchedules.retrieve(schedule.id)
  expect([over.status, at(over.canceled_at), over.current_phase]).toEqual([
    'canceled',
    '2026-02-14T10:00',
    null,
  ])
})

test('cancelling the subscription cancels its schedule', async () => {
  const { stripe } = world
  const { subscription, schedule } = await lowered()
  const types = await typesDuring(world, () => stripe.subscriptions.cancel(subscription.id))
  expect(types).toEqual(['customer.subscription.deleted', 'subscription_schedule.canceled'])
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('canceled')
})

import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { at, lowered, twoPrices } from './scheduled.ts'
import { refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterEach(() => world.close())

test('a schedule warns seven days before it ends, then lets its subscription go on', async () => {
  const { stripe, listener, advance } = world
  const { subscription, schedule } = await lowered(world)
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
  const { subscription, schedule } = await lowered(world, { end_behavior: 'cancel' })
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

test('what ends the subscription is refused while a schedule manages it', async () => {
  const { stripe } = world
  const { subscription, schedule } = await lowered(world)
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
  const { schedule } = await lowered(world)
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
  const { subscription, schedule } = await lowered(world)
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
  const { subscription, schedule } = await lowered(world)
  const types = await typesDuring(world, () => stripe.subscriptions.cancel(subscription.id))
  expect(types).toEqual(['customer.subscription.deleted', 'subscription_schedule.canceled'])
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('canceled')
})

test('a schedule is aborted when its subscription ends for want of payment', async () => {
  const { stripe, control, advance, listener } = world
  const { subscription, schedule, customer } = await lowered(world)
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await advance({ to: '2026-03-15T12:00:00Z' })
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  expect(
    listener
      .types()
      .filter((type) => type.startsWith('subscription_schedule.'))
      .at(-1),
  ).toBe('subscription_schedule.aborted')
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('canceled')
})

test('release keeps the end that a schedule has set, if asked to', async () => {
  const { stripe } = world
  const { big, customer } = await twoPrices(world)
  const make = () =>
    stripe.subscriptionSchedules.create({
      customer: customer.id,
      start_date: 'now',
      end_behavior: 'cancel',
      phases: [{ items: [{ price: big.id }] }],
    })
  const cancelAt = async (schedule: Stripe.SubscriptionSchedule) =>
    at((await stripe.subscriptions.retrieve(String(schedule.released_subscription))).cancel_at)
  const kept = await stripe.subscriptionSchedules.release((await make()).id, { preserve_cancel_date: true })
  expect(await cancelAt(kept)).toBe('2026-02-28T10:00')
  expect(await cancelAt(await stripe.subscriptionSchedules.release((await make()).id))).toBe(null)
})

test('a schedule of a subscription that is to end keeps that end', async () => {
  const { stripe, advance } = world
  const { big, customer } = await twoPrices(world)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: big.id }],
    cancel_at_period_end: true,
  })
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  expect(schedule.end_behavior).toBe('cancel')
  await advance({ to: '2026-03-10T00:00:00Z' })
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('completed')
})

test('a first invoice that a schedule makes is retried as a renewal’s is, and its subscription overdue', async () => {
  const { stripe, advance, control } = world
  const { big, customer } = await twoPrices(world)
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [{ items: [{ price: big.id }], duration: { interval: 'month', interval_count: 6 } }],
  })
  await advance({ days: 2 })
  const overdue = await stripe.subscriptions.retrieve(String(schedule.subscription), {
    expand: ['latest_invoice'],
  })
  expect([overdue.status, (overdue.latest_invoice as Stripe.Invoice).attempt_count]).toEqual(['past_due', 2])
  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  await advance({ days: 2 })
  expect((await stripe.subscriptions.retrieve(overdue.id)).status).toBe('active')
})

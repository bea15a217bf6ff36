import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from '../start.ts'
import { day, invoicesOf, itemsOf, linesOf, until } from './timeline.ts'

let world: Started
let pro: Stripe.Price
let basic: Stripe.Price
let subscription: Stripe.Subscription
let schedule: Stripe.SubscriptionSchedule
beforeAll(async () => {
  world = await start({ now: '2026-03-05T08:00:00Z' })
  const { stripe } = world
  pro = await monthlyPrice(stripe, 4900, 'Pro')
  basic = await monthlyPrice(stripe, 1900, 'Basic')
  const customer = await customerWithCard(stripe)
  subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: pro.id }] })
})
afterAll(() => world.close())

const now = () => world.stripe.subscriptions.retrieve(subscription.id)

test('in the middle of March somebody asks for less from April on: nothing changes yet', async () => {
  const { stripe } = world
  await until(world, '2026-03-20T08:00:00Z')
  const made = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  const [phase] = made.phases
  schedule = await stripe.subscriptionSchedules.update(made.id, {
    phases: [
      { items: [{ price: pro.id }], start_date: phase?.start_date ?? 0, end_date: phase?.end_date ?? 0 },
      { items: [{ price: basic.id }], duration: { interval: 'month', interval_count: 1 } },
    ],
  })
  expect(schedule.phases.map((one) => [day(one.start_date), day(one.end_date)])).toEqual([
    ['2026-03-05', '2026-04-05'],
    ['2026-04-05', '2026-05-05'],
  ])
  expect([(await now()).schedule, itemsOf(await now())]).toEqual([
    schedule.id,
    [[4900, '2026-03-05', '2026-04-05']],
  ])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([['subscription_create', 'paid', 4900, 4900]])
})

test('until then the subscription’s end is the schedule’s matter', async () => {
  const { stripe } = world
  const cancel = stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  expect((await refusalOf(cancel)).status).toBe(400)
})

test('what is announced a week ahead is already the lower price', async () => {
  const { listener } = world
  expect(await until(world, '2026-03-29T09:00:00Z')).toEqual(['invoice.upcoming'])
  const upcoming = listener.events.findLast(({ type }) => type === 'invoice.upcoming')
  expect(upcoming?.data.object).toMatchObject({ amount_due: 1900 })
})

test('the renewal of April bills the lower price whole, without proration', async () => {
  const { stripe, listener } = world
  expect(await until(world, '2026-04-05T08:00:01Z')).toEqual([
    'subscription_schedule.updated',
    'subscription.updated',
    'invoice.created',
  ])
  const told = listener.events.findLast(({ type }) => type === 'customer.subscription.updated')
  const before = told?.data.previous_attributes as { items: { data: { price: { unit_amount: number } }[] } }
  expect(before.items.data.map(({ price }) => price.unit_amount)).toEqual([4900])
  expect(itemsOf(await now())).toEqual([[1900, '2026-04-05', '2026-05-05']])
  const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data
  expect(invoice && linesOf(invoice)).toEqual([[1900, '2026-04-05', '2026-05-05', false]])
  expect(await until(world, '2026-04-05T09:01:00Z')).toEqual(['invoice.finalized', 'invoice.paid'])
})

test('the schedule warns a week before it ends, and then leaves the subscription to itself', async () => {
  const { stripe } = world
  expect(await until(world, '2026-04-29T00:00:00Z')).toEqual([
    'subscription_schedule.expiring',
    'invoice.upcoming',
  ])
  expect(await until(world, '2026-05-05T09:01:00Z')).toEqual([
    'subscription_schedule.updated',
    'subscription_schedule.released',
    'subscription.updated',
    'invoice.created',
    'invoice.finalized',
    'invoice.paid',
  ])
  const after = await now()
  expect([after.status, after.schedule, itemsOf(after)]).toEqual([
    'active',
    null,
    [[1900, '2026-05-05', '2026-06-05']],
  ])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 4900, 4900],
    ['subscription_cycle', 'paid', 1900, 1900],
    ['subscription_cycle', 'paid', 1900, 1900],
  ])
})

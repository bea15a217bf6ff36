import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { monthlyPrice, type Started, start } from '../start.ts'
import { invoicesOf, itemsOf, until, written } from './timeline.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-03-01T09:00:00Z' })
})
afterEach(() => world.close())

type Missing = 'cancel' | 'create_invoice' | 'pause'

/** Fourteen days of trial for somebody who leaves no card. */
async function trial(missing: Missing) {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 2000)
  const customer = await stripe.customers.create({ email: 'ann@example.com' })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 14,
    trial_settings: { end_behavior: { missing_payment_method: missing } },
  })
  expect([subscription.status, written(subscription.trial_end), itemsOf(subscription)]).toEqual([
    'trialing',
    '2026-03-15 09:00',
    [[2000, '2026-03-01', '2026-03-15']],
  ])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([['subscription_create', 'paid', 0, 0]])
  expect(await until(world, '2026-03-12T08:59:00Z')).toEqual(['invoice.upcoming'])
  expect(await until(world, '2026-03-12T09:00:01Z')).toEqual(['subscription.trial_will_end'])
  return { customer, subscription }
}

const now = (subscription: Stripe.Subscription) => world.stripe.subscriptions.retrieve(subscription.id)

test('create_invoice: an invoice is made that nobody pays, and after its retries the subscription ends', async () => {
  const { stripe } = world
  const { subscription } = await trial('create_invoice')

  expect(await until(world, '2026-03-15T09:00:01Z')).toEqual(['subscription.updated', 'invoice.created'])
  expect([(await now(subscription)).status, itemsOf(await now(subscription))]).toEqual([
    'active',
    [[2000, '2026-03-15', '2026-04-15']],
  ])

  expect(await until(world, '2026-03-15T10:01:00Z')).toEqual([
    'invoice.finalized',
    'invoice.payment_failed',
    'subscription.updated',
  ])
  expect((await now(subscription)).status).toBe('past_due')
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 0, 0],
    ['subscription_cycle', 'open', 2000, 0],
  ])

  await until(world, '2026-03-29T11:00:00Z')
  expect((await now(subscription)).status).toBe('canceled')
  expect((await invoicesOf(stripe, subscription.id)).at(-1)).toEqual(['subscription_cycle', 'open', 2000, 0])
})

test('create_invoice: a card that is left in time pays the open invoice', async () => {
  const { stripe, control } = world
  const { subscription, customer } = await trial('create_invoice')
  await until(world, '2026-03-16T00:00:00Z')
  expect((await now(subscription)).status).toBe('past_due')

  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  const [open] = (await stripe.invoices.list({ subscription: subscription.id, status: 'open' })).data
  await stripe.invoices.pay(open?.id ?? '')
  expect((await now(subscription)).status).toBe('active')
  expect((await invoicesOf(stripe, subscription.id)).at(-1)).toEqual([
    'subscription_cycle',
    'paid',
    2000,
    2000,
  ])
})

test('pause: the subscription is paused, and no invoice is made until it is resumed', async () => {
  const { stripe } = world
  const { subscription } = await trial('pause')

  expect(await until(world, '2026-03-15T09:00:01Z')).toEqual(['subscription.updated', 'subscription.paused'])
  expect((await now(subscription)).status).toBe('paused')

  expect(await until(world, '2026-06-15T10:01:00Z')).toEqual([])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([['subscription_create', 'paid', 0, 0]])
})

test('cancel: the subscription ends with its trial, without another invoice', async () => {
  const { stripe } = world
  const { subscription } = await trial('cancel')

  expect(await until(world, '2026-03-15T09:00:01Z')).toEqual(['subscription.deleted'])
  const after = await now(subscription)
  expect([after.status, written(after.ended_at)]).toEqual(['canceled', '2026-03-15 09:00'])

  expect(await until(world, '2026-05-01T00:00:00Z')).toEqual([])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([['subscription_create', 'paid', 0, 0]])
})

import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from '../start.ts'
import { invoicesOf, itemsOf, linesOf, until, written } from './timeline.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-10T12:00:00Z' })
})
afterEach(() => world.close())

async function monthly() {
  const { stripe } = world
  const month = await monthlyPrice(stripe, 2500, 'Pro')
  const year = await stripe.prices.create({
    product: String(month.product),
    currency: 'usd',
    unit_amount: 25_000,
    recurring: { interval: 'year' },
  })
  const customer = await customerWithCard(stripe)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: month.id }],
  })
  return { year, subscription, item: subscription.items.data[0]?.id ?? '' }
}

test('a change to a year in the middle of a month keeps the anchor and bills the rest of that year', async () => {
  const { stripe } = world
  const { year, subscription, item } = await monthly()
  await until(world, '2026-01-25T12:00:00Z')

  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item, price: year.id }],
    proration_behavior: 'always_invoice',
    expand: ['latest_invoice'],
  })
  expect([changed.status, written(changed.billing_cycle_anchor), itemsOf(changed)]).toEqual([
    'active',
    '2026-01-10 12:00',
    [[25_000, '2026-01-10', '2027-01-10']],
  ])
  const invoice = changed.latest_invoice as Stripe.Invoice
  expect(linesOf(invoice)).toEqual([
    [-1290, '2026-01-25', '2026-02-10', true],
    [23_973, '2026-01-25', '2027-01-10', true],
  ])
  expect([invoice.billing_reason, invoice.status, invoice.amount_paid]).toEqual([
    'subscription_update',
    'paid',
    22_683,
  ])
  expect([written(invoice.period_start), written(invoice.period_end)]).toEqual([
    '2026-01-10 12:00',
    '2026-01-25 12:00',
  ])

  expect(await until(world, '2027-01-01T00:00:00Z')).toEqual([])
  expect(await until(world, '2027-01-10T13:01:00Z')).toEqual([
    'invoice.upcoming',
    'subscription.updated',
    'invoice.created',
    'invoice.finalized',
    'invoice.paid',
  ])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 2500, 2500],
    ['subscription_update', 'paid', 22_683, 22_683],
    ['subscription_cycle', 'paid', 25_000, 25_000],
  ])
  expect(itemsOf(await stripe.subscriptions.retrieve(subscription.id))).toEqual([
    [25_000, '2027-01-10', '2028-01-10'],
  ])
})

test('with the anchor set to now the year begins at once, and is billed whole', async () => {
  const { stripe } = world
  const { year, subscription, item } = await monthly()
  await until(world, '2026-01-25T12:00:00Z')

  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item, price: year.id }],
    proration_behavior: 'always_invoice',
    billing_cycle_anchor: { type: 'now' },
    expand: ['latest_invoice'],
  })
  expect([written(changed.billing_cycle_anchor), itemsOf(changed)]).toEqual([
    '2026-01-25 12:00',
    [[25_000, '2026-01-25', '2027-01-25']],
  ])
  expect(linesOf(changed.latest_invoice as Stripe.Invoice)).toEqual([
    [-1290, '2026-01-25', '2026-02-10', true],
    [25_000, '2026-01-25', '2027-01-25', false],
  ])

  expect(await until(world, '2027-01-11T00:00:00Z')).toEqual([])
  await until(world, '2027-01-25T13:01:00Z')
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 2500, 2500],
    ['subscription_update', 'paid', 23_710, 23_710],
    ['subscription_cycle', 'paid', 25_000, 25_000],
  ])
})

import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from '../start.ts'
import { day, invoicesOf, until, written } from './timeline.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-01-10T12:00:00Z' })
})
afterEach(() => world.close())

/** A subscription that was paid once and whose customer's card fails from then on. */
async function failing(after: 'cancel' | 'past_due' | 'unpaid') {
  const { stripe, control } = world
  await control('settings', { after_last_retry: after }, 'PUT')
  const price = await monthlyPrice(stripe, 2500)
  const customer = await customerWithCard(stripe)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  return { customer, subscription }
}

const now = (subscription: Stripe.Subscription) => world.stripe.subscriptions.retrieve(subscription.id)
const latest = async (subscription: Stripe.Subscription) => {
  const { latest_invoice } = await world.stripe.subscriptions.retrieve(subscription.id, {
    expand: ['latest_invoice'],
  })
  return latest_invoice as Stripe.Invoice
}

/** Plays the renewal of 10 February, its first failure and seven retries; the eighth is due on 24 February at 13:00. */
async function sevenRetries(subscription: Stripe.Subscription) {
  expect(await until(world, '2026-02-10T12:00:01Z')).toEqual([
    'invoice.upcoming',
    'subscription.updated',
    'invoice.created',
  ])
  expect([(await now(subscription)).status, (await latest(subscription)).status]).toEqual(['active', 'draft'])

  expect(await until(world, '2026-02-10T13:00:30Z')).toEqual([
    'invoice.finalized',
    'invoice.payment_failed',
    'subscription.updated',
  ])
  const tries = [[(await latest(subscription)).attempt_count, (await now(subscription)).status]]
  for (const date of ['11', '13', '15', '17', '18', '20', '22']) {
    expect(written((await latest(subscription)).next_payment_attempt)).toMatch(`2026-02-${date} 13:00`)
    expect(await until(world, `2026-02-${date}T13:01:00Z`)).toEqual(['invoice.payment_failed'])
    tries.push([(await latest(subscription)).attempt_count, (await now(subscription)).status])
  }
  expect(tries).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((count) => [count, 'past_due']))
  expect(written((await latest(subscription)).next_payment_attempt)).toMatch('2026-02-24 13:00')
}

test('cancel: after the eighth retry the subscription ends, and its invoice stays open, uncollected', async () => {
  const { stripe } = world
  const { subscription } = await failing('cancel')
  await sevenRetries(subscription)

  expect(await until(world, '2026-02-24T13:01:00Z')).toEqual([
    'invoice.payment_failed',
    'subscription.deleted',
  ])
  const over = await now(subscription)
  expect([over.status, day(over.ended_at), over.cancellation_details?.reason]).toEqual([
    'canceled',
    '2026-02-24',
    'payment_failed',
  ])
  const invoice = await latest(subscription)
  expect([invoice.status, invoice.attempt_count, invoice.next_payment_attempt, invoice.auto_advance]).toEqual(
    ['open', 9, null, false],
  )

  expect(await until(world, '2026-06-01T00:00:00Z')).toEqual([])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 2500, 2500],
    ['subscription_cycle', 'open', 2500, 0],
  ])
})

test('unpaid: invoices go on being made as drafts that nobody tries, until one is paid', async () => {
  const { stripe, control } = world
  const { subscription, customer } = await failing('unpaid')
  await sevenRetries(subscription)

  expect(await until(world, '2026-02-24T13:01:00Z')).toEqual([
    'invoice.payment_failed',
    'subscription.updated',
  ])
  expect((await now(subscription)).status).toBe('unpaid')

  await until(world, '2026-04-11T00:00:00Z')
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 2500, 2500],
    ['subscription_cycle', 'open', 2500, 0],
    ['subscription_cycle', 'draft', 2500, 0],
    ['subscription_cycle', 'draft', 2500, 0],
  ])
  expect([(await now(subscription)).status, (await latest(subscription)).auto_advance]).toEqual([
    'unpaid',
    false,
  ])

  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  const { id = '' } = await latest(subscription)
  await stripe.invoices.finalizeInvoice(id)
  await stripe.invoices.pay(id)
  expect((await now(subscription)).status).toBe('active')
})

test('past_due: the subscription stays overdue, and each renewal is tried anew', async () => {
  const { stripe } = world
  const { subscription } = await failing('past_due')
  await sevenRetries(subscription)

  expect(await until(world, '2026-02-24T13:01:00Z')).toEqual(['invoice.payment_failed'])
  expect((await now(subscription)).status).toBe('past_due')

  expect(await until(world, '2026-03-10T13:01:00Z')).toEqual([
    'invoice.upcoming',
    'subscription.updated',
    'invoice.created',
    'invoice.finalized',
    'invoice.payment_failed',
  ])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    ['subscription_create', 'paid', 2500, 2500],
    ['subscription_cycle', 'open', 2500, 0],
    ['subscription_cycle', 'open', 2500, 0],
  ])
})

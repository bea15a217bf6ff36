import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from '../start.ts'
import { during, invoicesOf, itemsOf, until, written } from './timeline.ts'

let world: Started
beforeEach(async () => {
  world = await start({ now: '2026-04-01T06:00:00Z' })
})
afterEach(() => world.close())

/** A subscription of 10 dollars a month whose customer's card fails by the middle of April, and a price of 30. */
async function halfway() {
  const { stripe, control } = world
  const small = await monthlyPrice(stripe, 1000, 'Small')
  const large = await monthlyPrice(stripe, 3000, 'Large')
  const customer = await customerWithCard(stripe)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: small.id }],
  })
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await until(world, '2026-04-16T06:00:00Z')
  const upgrade = (behavior: Stripe.SubscriptionUpdateParams.PaymentBehavior) =>
    stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? '', price: large.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: behavior,
    })
  return { customer, subscription, upgrade }
}

const now = (subscription: Stripe.Subscription) => world.stripe.subscriptions.retrieve(subscription.id)
const small = [[1000, '2026-04-01', '2026-05-01']]
const large = [[3000, '2026-04-01', '2026-05-01']]
const first = ['subscription_create', 'paid', 1000, 1000]

test('allow_incomplete: the upgrade stands and is overdue until its invoice is paid', async () => {
  const { stripe, control } = world
  const { customer, subscription, upgrade } = await halfway()
  expect(await during(world, () => upgrade('allow_incomplete'))).toEqual([
    'subscription.updated',
    'invoice.created',
    'invoice.finalized',
    'invoice.payment_failed',
    'subscription.updated',
  ])
  const changed = await now(subscription)
  expect([changed.status, itemsOf(changed)]).toEqual(['past_due', large])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([first, ['subscription_update', 'open', 1000, 0]])

  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  expect(await during(world, () => stripe.invoices.pay(String(changed.latest_invoice)))).toEqual([
    'invoice.paid',
    'subscription.updated',
  ])
  expect([(await now(subscription)).status, itemsOf(await now(subscription))]).toEqual(['active', large])

  await until(world, '2026-05-01T07:01:00Z')
  expect((await invoicesOf(stripe, subscription.id)).at(-1)).toEqual([
    'subscription_cycle',
    'paid',
    3000,
    3000,
  ])
})

test('default_incomplete: the upgrade stands, and its invoice waits untried for somebody to pay it', async () => {
  const { stripe, control } = world
  const { customer, subscription, upgrade } = await halfway()
  expect(await during(world, () => upgrade('default_incomplete'))).toEqual([
    'subscription.updated',
    'invoice.created',
    'invoice.finalized',
    'subscription.updated',
  ])
  const changed = await now(subscription)
  expect([changed.status, itemsOf(changed)]).toEqual(['past_due', large])
  const invoice = await stripe.invoices.retrieve(String(changed.latest_invoice))
  expect([invoice.status, invoice.amount_due, invoice.attempted, invoice.attempt_count]).toEqual([
    'open',
    1000,
    false,
    0,
  ])

  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  expect(await during(world, () => stripe.invoices.pay(invoice.id ?? ''))).toEqual([
    'invoice.paid',
    'subscription.updated',
  ])
  expect((await now(subscription)).status).toBe('active')
})

test('error_if_incomplete: the upgrade is refused with a 402, and nothing has changed', async () => {
  const { stripe } = world
  const { customer, subscription, upgrade } = await halfway()
  expect(await refusalOf(upgrade('error_if_incomplete'))).toMatchObject({
    status: 402,
    code: 'card_declined',
  })
  const same = await now(subscription)
  expect([same.status, itemsOf(same), same.pending_update]).toEqual(['active', small, null])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([first])
  expect((await stripe.invoiceItems.list({ customer: customer.id })).data).toEqual([])

  expect(await until(world, '2026-05-01T06:00:01Z')).toEqual([
    'invoice.upcoming',
    'subscription.updated',
    'invoice.created',
  ])
  expect((await invoicesOf(stripe, subscription.id)).at(-1)).toEqual(['subscription_cycle', 'draft', 1000, 0])
})

test('pending_if_incomplete: the upgrade waits, and paying its invoice makes it', async () => {
  const { stripe, control } = world
  const { customer, subscription, upgrade } = await halfway()
  expect(await during(world, () => upgrade('pending_if_incomplete'))).toEqual([
    'invoice.created',
    'invoice.finalized',
    'invoice.payment_failed',
    'subscription.updated',
  ])
  const waiting = await now(subscription)
  expect([waiting.status, itemsOf(waiting)]).toEqual(['active', small])
  expect(written(waiting.pending_update?.expires_at)).toBe('2026-04-17 05:00')
  expect(waiting.pending_update?.subscription_items?.map((item) => item.price.unit_amount)).toEqual([3000])

  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  expect(await during(world, () => stripe.invoices.pay(String(waiting.latest_invoice)))).toEqual([
    'invoice.paid',
    'subscription.updated',
    'subscription.pending_update_applied',
  ])
  const after = await now(subscription)
  expect([after.status, after.pending_update, itemsOf(after)]).toEqual(['active', null, large])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([
    first,
    ['subscription_update', 'paid', 1000, 1000],
  ])
})

test('pending_if_incomplete: unpaid for 23 hours, the upgrade is off and its invoice void', async () => {
  const { stripe } = world
  const { subscription, upgrade } = await halfway()
  await upgrade('pending_if_incomplete')

  expect(await until(world, '2026-04-17T05:00:30Z')).toEqual([
    'subscription.updated',
    'subscription.pending_update_expired',
    'invoice.voided',
  ])
  const after = await now(subscription)
  expect([after.status, after.pending_update, itemsOf(after)]).toEqual(['active', null, small])
  expect(await invoicesOf(stripe, subscription.id)).toEqual([first, ['subscription_update', 'void', 1000, 0]])

  await until(world, '2026-05-01T06:00:01Z')
  expect((await invoicesOf(stripe, subscription.id)).at(-1)).toEqual(['subscription_cycle', 'draft', 1000, 0])
})

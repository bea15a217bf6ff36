import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'
import { amounts, day, decliningCard, latestOf, subscribe, workingCard } from './subscribed.ts'

let world: Started
let small: Stripe.Price
let large: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-04-16T00:00:00Z' })
  small = await monthlyPrice(world.stripe, 4000, 'Secretary')
  large = await monthlyPrice(world.stripe, 28_000, 'Manager')
})
afterAll(() => world.close())

const upgrade = (item: { id: string }) => ({
  items: [{ id: item.id, price: large.id }],
  proration_behavior: 'always_invoice' as const,
})

/** A subscription whose next charge is declined. */
async function declining() {
  const made = await subscribe(world, small)
  await world.control(`customers/${made.customer.id}/card`, { card: decliningCard })
  return made
}

const priceOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.price.id

describe('an upgrade with always_invoice and a card that is declined', () => {
  test('allow_incomplete: the plan changes, the subscription is past_due', async () => {
    const { subscription, item } = await declining()
    const after = await world.stripe.subscriptions.update(subscription.id, upgrade(item))
    const invoice = await latestOf(world.stripe, after.id)
    expect([after.status, priceOf(after), invoice.status, invoice.attempted]).toEqual([
      'past_due',
      large.id,
      'open',
      true,
    ])
  })

  test('default_incomplete: the plan changes, past_due, and nothing was tried', async () => {
    const { subscription, item } = await subscribe(world, small)
    const after = await world.stripe.subscriptions.update(subscription.id, {
      ...upgrade(item),
      payment_behavior: 'default_incomplete',
    })
    const invoice = await latestOf(world.stripe, after.id)
    expect([after.status, priceOf(after), invoice.status, invoice.attempted]).toEqual([
      'past_due',
      large.id,
      'open',
      false,
    ])
    await world.stripe.invoices.pay(invoice.id)
    expect((await world.stripe.subscriptions.retrieve(after.id)).status).toBe('active')
  })

  test('error_if_incomplete: a 402, and nothing was made or changed', async () => {
    const { subscription, item, customer } = await declining()
    const types = await typesDuring(world, async () => {
      const refusal = await refusalOf(
        world.stripe.subscriptions.update(subscription.id, {
          ...upgrade(item),
          payment_behavior: 'error_if_incomplete',
        }),
      )
      expect(refusal).toMatchObject({ status: 402, code: 'card_declined' })
    })
    const same = await world.stripe.subscriptions.retrieve(subscription.id)
    const invoices = await world.stripe.invoices.list({ customer: customer.id })
    expect([same.status, priceOf(same), invoices.data.length, types]).toEqual(['active', small.id, 1, []])
  })

  test('pending_if_incomplete: nothing changes until the invoice is paid', async () => {
    const { stripe, control } = world
    const { subscription, item, customer } = await declining()
    const waiting = await stripe.subscriptions.update(subscription.id, {
      ...upgrade(item),
      payment_behavior: 'pending_if_incomplete',
    })
    const invoice = await latestOf(stripe, waiting.id)
    expect([waiting.status, priceOf(waiting), invoice.status, amounts(invoice)]).toEqual([
      'active',
      small.id,
      'open',
      [-4000, 28_000],
    ])
    expect(waiting.pending_update).toMatchObject({
      billing_cycle_anchor: null,
      cancel_at_period_end: null,
      metadata: null,
      trial_end: null,
    })
    expect(waiting.pending_update?.subscription_items?.map(({ id, price }) => [id, price.id])).toEqual([
      [item.id, large.id],
    ])
    await control(`customers/${customer.id}/card`, { card: workingCard })
    const types = await typesDuring(world, () => stripe.invoices.pay(invoice.id))
    const applied = await stripe.subscriptions.retrieve(waiting.id)
    expect([applied.status, priceOf(applied), applied.pending_update]).toEqual(['active', large.id, null])
    expect(types.filter((type) => type.startsWith('customer.subscription'))).toEqual([
      'customer.subscription.updated',
      'customer.subscription.pending_update_applied',
    ])
    const told = world.listener.events.filter(
      ({ type, data }) =>
        type === 'customer.subscription.updated' && (data.object as { id: string }).id === waiting.id,
    )
    expect(told.slice(-2).map(({ data }) => Object.keys(data.previous_attributes ?? {}).sort())).toEqual([
      ['latest_invoice', 'pending_update'],
      ['items', 'pending_update', 'plan'],
    ])
  })
})

test('a pending update takes effect at once where the card works, and was never pending', async () => {
  const { subscription, item } = await subscribe(world, small)
  const types = await typesDuring(world, async () => {
    const after = await world.stripe.subscriptions.update(subscription.id, {
      ...upgrade(item),
      payment_behavior: 'pending_if_incomplete',
      metadata: { plan: 'manager' },
    })
    expect([priceOf(after), after.pending_update, after.metadata]).toEqual([
      large.id,
      null,
      { plan: 'manager' },
    ])
  })
  expect(types.filter((type) => type.includes('pending'))).toEqual([])
})

test('a pending update waits for 3-D Secure and can be finished, which error_if_incomplete cannot', async () => {
  const { stripe, control } = world
  const { subscription, item, customer } = await subscribe(world, small)
  await control(`customers/${customer.id}/card`, { card: '4000002760003184' })
  const change = upgrade(item)
  const refused = stripe.subscriptions.update(subscription.id, {
    ...change,
    payment_behavior: 'error_if_incomplete',
  })
  expect(await refusalOf(refused)).toMatchObject({ status: 402 })
  expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(1)
  const waiting = await stripe.subscriptions.update(subscription.id, {
    ...change,
    payment_behavior: 'pending_if_incomplete',
    expand: ['latest_invoice.payments'],
  })
  expect(waiting.pending_update).not.toBeNull()
  const { payments } = waiting.latest_invoice as Stripe.Invoice
  const intent = await stripe.paymentIntents.retrieve(String(payments?.data[0]?.payment.payment_intent))
  expect(intent.status).toBe('requires_action')
})

test('what needs no payment is changed at once', async () => {
  const { subscription, item } = await declining()
  const after = await world.stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, quantity: 2 }],
    metadata: { seats: '2' },
    payment_behavior: 'pending_if_incomplete',
  })
  expect([after.pending_update, after.items.data[0]?.quantity, after.metadata]).toEqual([
    null,
    2,
    { seats: '2' },
  ])
})

test('metadata and the end of the period wait with the update', async () => {
  const { stripe, control } = world
  const { subscription, item, customer } = await declining()
  await stripe.subscriptions.update(subscription.id, { metadata: { kept: 'yes' } })
  const waiting = await stripe.subscriptions.update(subscription.id, {
    ...upgrade(item),
    cancel_at_period_end: true,
    metadata: { plan: 'manager' },
    payment_behavior: 'pending_if_incomplete',
  })
  expect([waiting.cancel_at_period_end, waiting.metadata]).toEqual([false, { kept: 'yes' }])
  expect(waiting.pending_update).toMatchObject({
    cancel_at_period_end: true,
    metadata: { plan: 'manager' },
  })
  await control(`customers/${customer.id}/card`, { card: workingCard })
  await stripe.invoices.pay((await latestOf(stripe, waiting.id)).id)
  const applied = await stripe.subscriptions.retrieve(waiting.id)
  expect([applied.cancel_at_period_end, day(applied.cancel_at), applied.metadata]).toEqual([
    true,
    day(item.current_period_end),
    { kept: 'yes', plan: 'manager' },
  ])
})

test.each<[string, Partial<Stripe.SubscriptionUpdateParams>]>([
  ['description', { description: 'x' }],
  ['default_payment_method', { default_payment_method: '' }],
  ['collection_method', { collection_method: 'charge_automatically' }],
  ['cancel_at', { cancel_at: 'min_period_end' }],
])('pending_if_incomplete does not take %s', async (param, given) => {
  const { subscription } = await subscribe(world, small)
  const refused = world.stripe.subscriptions.update(subscription.id, {
    ...given,
    payment_behavior: 'pending_if_incomplete',
  })
  expect(await refusalOf(refused)).toMatchObject({ status: 400, param })
})

test('pending_if_incomplete is for updates only', async () => {
  const refused = subscribe(world, small, { payment_behavior: 'pending_if_incomplete' })
  expect(await refusalOf(refused)).toMatchObject({ status: 400, param: 'payment_behavior' })
})

test('an item can be added, changed and removed by itself while its payment is awaited', async () => {
  const { stripe, control } = world
  const { subscription, item, customer } = await declining()
  const how = {
    payment_behavior: 'pending_if_incomplete' as const,
    proration_behavior: 'always_invoice' as const,
  }
  const added = await stripe.subscriptionItems.create({
    subscription: subscription.id,
    price: large.id,
    ...how,
  })
  const waiting = await stripe.subscriptions.retrieve(subscription.id)
  expect(waiting.items.data.map(({ id }) => id)).toEqual([item.id])
  expect(waiting.pending_update?.subscription_items?.map(({ id }) => id)).toEqual([item.id, added.id])
  await control(`customers/${customer.id}/card`, { card: workingCard })
  await stripe.invoices.pay((await latestOf(stripe, subscription.id)).id)
  const applied = await stripe.subscriptions.retrieve(subscription.id)
  expect(applied.items.data.map(({ id }) => id)).toEqual([item.id, added.id])
  await stripe.subscriptionItems.update(added.id, { quantity: 2, ...how })
  expect((await stripe.subscriptionItems.retrieve(added.id)).quantity).toBe(2)
  const refused = stripe.subscriptionItems.update(added.id, { metadata: { a: 'b' }, ...how })
  expect(await refusalOf(refused)).toMatchObject({ status: 400, param: 'metadata' })
  await stripe.subscriptionItems.del(added.id, how)
  const left = await stripe.subscriptions.retrieve(subscription.id)
  expect(left.items.data.map(({ id }) => id)).toEqual([item.id])
})

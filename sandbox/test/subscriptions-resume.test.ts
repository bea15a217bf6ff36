import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'
import { amounts, decliningCard, latestOf, seconds, subscribe, written } from './subscribed.ts'

let world: Started
let price: Stripe.Price
let subscription: Stripe.Subscription
let item: Stripe.SubscriptionItem
let customer: Stripe.Customer
beforeEach(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
  const made = await subscribe(world, price)
  subscription = made.subscription
  item = made.item
  customer = made.customer
})
afterEach(() => world.close())

/** A pause that gives nothing back, so that a resumption has something to charge. */
const stop = () =>
  world.stripe.subscriptions.pause(subscription.id, { bill_for: { unused_time_from: { type: 'none' } } })
const half = () => world.advance({ to: '2026-04-16T00:00:00Z' })
const pendingOf = async (id: string) =>
  (await world.stripe.invoiceItems.list({ customer: id, pending: true })).data.map(({ amount }) => amount)
const invoicesOf = async (id: string) => (await world.stripe.invoices.list({ subscription: id })).data
const ofSubscription = (types: string[]) => types.filter((type) => type.startsWith('customer.subscription'))

describe('resuming', () => {
  test('from now: a new period, and its invoice with the credit is tried and wakes it', async () => {
    const { stripe, advance } = world
    await half()
    await stripe.subscriptions.pause(subscription.id)
    await advance({ days: 60 })
    const types = await typesDuring(world, () =>
      stripe.subscriptions.resume(subscription.id, { payment_behavior: 'resume_on_payment_success' }),
    )
    const after = await stripe.subscriptions.retrieve(subscription.id)
    const invoice = await latestOf(stripe, subscription.id)
    expect([after.status, after.status_details, amounts(invoice), invoice.amount_paid]).toEqual([
      'active',
      undefined,
      [-1500, 3000],
      1500,
    ])
    expect([after.billing_cycle_anchor, after.items.data[0]?.current_period_start]).toEqual([
      invoice.created,
      invoice.created,
    ])
    expect(ofSubscription(types)).toEqual([
      'customer.subscription.updated',
      'customer.subscription.updated',
      'customer.subscription.resumed',
    ])
  })

  test('on payment attempt: nothing is tried in the request; a failed attempt makes it past_due', async () => {
    const { stripe, control } = world
    await stop()
    await control(`customers/${customer.id}/card`, { card: decliningCard })
    const waiting = await stripe.subscriptions.resume(subscription.id)
    const invoice = await latestOf(stripe, subscription.id)
    expect([waiting.status, invoice.status, invoice.attempted, invoice.auto_advance]).toEqual([
      'paused',
      'open',
      false,
      false,
    ])
    expect(await refusalOf(stripe.invoices.pay(invoice.id))).toMatchObject({ status: 402 })
    const after = await stripe.subscriptions.retrieve(subscription.id)
    expect([after.status, (await stripe.invoices.retrieve(invoice.id)).next_payment_attempt]).toEqual([
      'past_due',
      null,
    ])
  })

  test('on payment success: it stays paused while the payment fails, and is tried again', async () => {
    const { stripe, control, advance } = world
    await stop()
    await control(`customers/${customer.id}/card`, { card: decliningCard })
    const waiting = await stripe.subscriptions.resume(subscription.id, {
      payment_behavior: 'resume_on_payment_success',
    })
    const invoice = await latestOf(stripe, subscription.id)
    expect([waiting.status, invoice.status, invoice.next_payment_attempt !== null]).toEqual([
      'paused',
      'open',
      true,
    ])
    await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
    await advance({ days: 2 })
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active')
  })

  test('a resumption invoice that nobody tried within 23 hours is voided; it stays paused', async () => {
    const { stripe, advance } = world
    await stop()
    await stripe.subscriptions.resume(subscription.id)
    const invoice = await latestOf(stripe, subscription.id)
    await advance({ seconds: 23 * 3600 - 10 })
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('open')
    await advance({ seconds: 20 })
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('void')
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('paused')
  })

  test.each([
    ['marked uncollectible', 'active'],
    ['voided', 'paused'],
  ] as const)('a resumption invoice %s: %s', async (how, status) => {
    const { stripe } = world
    await stop()
    await stripe.subscriptions.resume(subscription.id)
    const { id } = await latestOf(stripe, subscription.id)
    if (how === 'voided') await stripe.invoices.voidInvoice(id)
    else await stripe.invoices.markUncollectible(id)
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe(status)
  })

  test('with the anchor unchanged it goes on in the period around now, active at once', async () => {
    const { stripe } = world
    await half()
    await stripe.subscriptions.pause(subscription.id)
    const after = await stripe.subscriptions.resume(subscription.id, {
      billing_cycle_anchor: { type: 'unchanged' },
    })
    expect([after.status, after.billing_cycle_anchor, after.items.data[0]?.current_period_end]).toEqual([
      'active',
      subscription.billing_cycle_anchor,
      item.current_period_end,
    ])
    // What the pause gave back is taken again.
    expect((await pendingOf(customer.id)).sort((a, b) => a - b)).toEqual([-1500, 1500])
  })

  test.each([
    ['none', [], 1],
    ['create_prorations', [1500], 1],
    ['always_invoice', [], 2],
  ] as const)('unchanged, in a later period, with %s', async (behavior, pending, invoices) => {
    const { stripe, advance } = world
    await stop()
    await advance({ to: `${written(item.current_period_end + 15.5 * 86_400)}Z` })
    const after = await stripe.subscriptions.resume(subscription.id, {
      billing_cycle_anchor: { type: 'unchanged' },
      payment_behavior: 'resume_on_payment_success',
      proration_behavior: behavior,
    })
    expect([after.status, after.items.data[0]?.current_period_start]).toEqual([
      'active',
      item.current_period_end,
    ])
    expect([await pendingOf(customer.id), (await invoicesOf(subscription.id)).length]).toEqual([
      pending,
      invoices,
    ])
  })

  test('a period that was paid and not given back is not charged for again', async () => {
    await half()
    await stop()
    await world.stripe.subscriptions.resume(subscription.id, { billing_cycle_anchor: { type: 'unchanged' } })
    expect(await pendingOf(customer.id)).toEqual([])
  })

  test('prorates from another instant of the period, on demand, but not from one to come', async () => {
    const { stripe } = world
    await half()
    await stripe.subscriptions.pause(subscription.id)
    const resume = (proration_date: number) =>
      stripe.subscriptions.resume(subscription.id, {
        billing_cycle_anchor: { type: 'unchanged' },
        proration_date,
      })
    for (const at of ['2026-03-31T00:00:00Z', '2026-04-20T00:00:00Z'])
      expect(await refusalOf(resume(seconds(at)))).toMatchObject({ status: 400, param: 'proration_date' })
    await resume(seconds('2026-04-11T00:00:00Z'))
    expect((await pendingOf(customer.id)).sort((a, b) => a - b)).toEqual([-1500, 2000])
  })

  test('only what is paused can be resumed', async () => {
    expect(await refusalOf(world.stripe.subscriptions.resume(subscription.id))).toMatchObject({ status: 400 })
  })
})

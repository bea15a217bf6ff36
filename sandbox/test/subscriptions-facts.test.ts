import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'
import { amounts, decliningCard, latestOf, seconds, subscribe, written } from './subscribed.ts'

let world: Started
let price: Stripe.Price
beforeEach(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
})
afterEach(() => world.close())

const half = () => world.advance({ to: '2026-04-16T00:00:00Z' })
const statusOf = async (id: string) => (await world.stripe.subscriptions.retrieve(id)).status
const pendingOf = async (customer: string) =>
  (await world.stripe.invoiceItems.list({ customer, pending: true })).data
const withPayments = (id: string) => world.stripe.invoices.retrieve(id, { expand: ['payments'] })

describe('prorations', () => {
  test('are counted to the second and rounded to the nearest cent on the line, not seat by seat', async () => {
    const { stripe, advance } = world
    const odd = await monthlyPrice(stripe, 1001)
    const { subscription, item, customer } = await subscribe(world, odd, {
      items: [{ price: odd.id, quantity: 7 }],
    })
    await advance({ to: '2026-04-10T07:11:13Z' })
    await stripe.subscriptionItems.create({ subscription: subscription.id, price: price.id, quantity: 1 })
    await stripe.subscriptionItems.del(item.id)
    const left = item.current_period_end - seconds('2026-04-10T07:11:13Z')
    const whole = item.current_period_end - item.current_period_start
    const [credit, debit] = (await pendingOf(customer.id)).map(({ amount }) => amount)
    expect([credit, debit]).toEqual([-Math.round((7007 * left) / whole), Math.round((3000 * left) / whole)])
    expect(Number(credit) % 7).not.toBe(0)
  })

  test.each([
    ['flexible', -1500],
    ['classic', -3000],
  ] as const)('%s billing credits %i for two seats of which one was charged', async (type, expected) => {
    const { stripe } = world
    const { subscription, item, customer } = await subscribe(world, price, { billing_mode: { type } })
    await stripe.subscriptionItems.update(item.id, { quantity: 2, proration_behavior: 'none' })
    await half()
    const other = await monthlyPrice(stripe, 100, 'Other')
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, price: other.id }] })
    const credit = (await pendingOf(customer.id)).find(({ amount }) => amount < 0)
    expect(credit?.amount).toBe(expected)
    const sources = credit?.proration_details?.credited_items ?? null
    expect(sources === null).toBe(type === 'classic')
  })

  test('say what they are for, with the quantity, and are not discounted', async () => {
    const { stripe } = world
    const { subscription, item } = await subscribe(world, price, {
      items: [{ price: price.id, quantity: 3 }],
    })
    await half()
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 1 }],
      proration_behavior: 'always_invoice',
    })
    const { data } = (await latestOf(stripe, subscription.id)).lines
    expect(data.map(({ amount, description, discountable }) => [amount, description, discountable])).toEqual([
      [-4500, 'Unused time on 3 × Basic after 16 Apr 2026', false],
      [1500, 'Remaining time on Basic after 16 Apr 2026', false],
    ])
  })

  test('wait for the next invoice by default', async () => {
    const { subscription, item, customer } = await subscribe(world, price)
    await half()
    await world.stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, quantity: 2 }] })
    expect((await pendingOf(customer.id)).map(({ amount }) => amount)).toEqual([3000, -1500])
  })

  test('of an item that is added during a trial come to nothing', async () => {
    const { stripe } = world
    const other = await monthlyPrice(stripe, 9000, 'Other')
    const { subscription, customer } = await subscribe(world, price, { trial_period_days: 20 })
    await stripe.subscriptionItems.create({
      subscription: subscription.id,
      price: other.id,
      proration_behavior: 'always_invoice',
    })
    const sum = (await pendingOf(customer.id)).reduce((total, { amount }) => total + amount, 0)
    const invoices = await stripe.invoices.list({ customer: customer.id })
    expect([sum, invoices.data.map(({ total }) => total)]).toEqual([0, [0]])
  })

  test('with always_invoice sweep every pending item of the customer into that invoice', async () => {
    const { stripe } = world
    const { subscription, item, customer } = await subscribe(world, price)
    await stripe.invoiceItems.create({ customer: customer.id, amount: 123, currency: 'usd' })
    await half()
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 2 }],
      proration_behavior: 'always_invoice',
    })
    expect(amounts(await latestOf(stripe, subscription.id)).sort((a, b) => a - b)).toEqual([-1500, 123, 3000])
    expect(await pendingOf(customer.id)).toEqual([])
  })
})

describe('the first invoice', () => {
  test('is final and charged in the call that makes the subscription', async () => {
    const { subscription } = await subscribe(world, price)
    const invoice = await latestOf(world.stripe, subscription.id)
    expect([subscription.status, invoice.status, invoice.billing_reason]).toEqual([
      'active',
      'paid',
      'subscription_create',
    ])
  })

  test.each([
    ['asks for 3-D Secure', 'pm_card_threeDSecure2Required'],
    ['is declined', 'pm_card_chargeCustomerFail'],
  ])('of a card that %s leaves it incomplete, with one open payment and no retry', async (_, token) => {
    const { subscription } = await subscribe(world, price, {}, token)
    const invoice = await withPayments((await latestOf(world.stripe, subscription.id)).id)
    expect([subscription.status, invoice.status, invoice.attempted, invoice.next_payment_attempt]).toEqual([
      'incomplete',
      'open',
      true,
      null,
    ])
    expect(invoice.payments?.data.map(({ status }) => status)).toEqual(['open'])
  })

  test('that waits for 3-D Secure has not counted an attempt', async () => {
    const { subscription } = await subscribe(world, price, {}, 'pm_card_threeDSecure2Required')
    expect((await latestOf(world.stripe, subscription.id)).attempt_count).toBe(0)
  })

  test('under default_incomplete waits, and is tried only when somebody confirms it', async () => {
    const { stripe } = world
    const { subscription } = await subscribe(world, price, { payment_behavior: 'default_incomplete' })
    const invoice = await latestOf(stripe, subscription.id)
    expect([subscription.status, invoice.status, invoice.attempted]).toEqual(['incomplete', 'open', false])
    await stripe.invoices.pay(invoice.id)
    expect(await statusOf(subscription.id)).toBe('active')
  })

  test('under error_if_incomplete is a 402 that leaves nothing behind', async () => {
    const { stripe } = world
    const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
    const refused = stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      payment_behavior: 'error_if_incomplete',
    })
    expect(await refusalOf(refused)).toMatchObject({ status: 402, code: 'card_declined' })
    const [subscriptions, invoices] = [
      await stripe.subscriptions.list({ customer: customer.id, status: 'all' }),
      await stripe.invoices.list({ customer: customer.id }),
    ]
    expect([subscriptions.data, invoices.data]).toEqual([[], []])
  })

  test('unpaid for 23 hours is voided, and the subscription incomplete_expired', async () => {
    const { stripe, advance } = world
    const { subscription } = await subscribe(world, price, {}, 'pm_card_chargeCustomerFail')
    await advance({ seconds: 23 * 3600 - 1 })
    expect(await statusOf(subscription.id)).toBe('incomplete')
    await advance({ seconds: 2 })
    expect([await statusOf(subscription.id), (await latestOf(stripe, subscription.id)).status]).toEqual([
      'incomplete_expired',
      'void',
    ])
  })
})

describe('a trial', () => {
  test('is anchored at its end, is the period of the items, and has a paid invoice of 0 without payments', async () => {
    const { subscription, item } = await subscribe(world, price, { trial_period_days: 14 })
    const invoice = await withPayments((await latestOf(world.stripe, subscription.id)).id)
    expect([subscription.status, subscription.billing_cycle_anchor, item.current_period_end]).toEqual([
      'trialing',
      subscription.trial_end,
      subscription.trial_end,
    ])
    expect([invoice.status, invoice.total, invoice.payments?.data]).toEqual(['paid', 0, []])
  })

  test('is announced to end three days before', async () => {
    const { subscription } = await subscribe(world, price, { trial_period_days: 14 })
    const before = Number(subscription.trial_end) - 3 * 86_400
    const early = await typesDuring(world, () => world.advance({ to: `${written(before - 1)}Z` }))
    const then = await typesDuring(world, () => world.advance({ seconds: 2 }))
    expect([early.includes('customer.subscription.trial_will_end'), then]).toEqual([
      false,
      ['customer.subscription.trial_will_end'],
    ])
  })

  test('of less than three days is announced to end at once', async () => {
    const types = await typesDuring(world, () => subscribe(world, price, { trial_period_days: 2 }))
    expect(types).toContain('customer.subscription.trial_will_end')
  })

  test('that ends without a card makes an invoice, unless it was told otherwise', async () => {
    const { stripe, advance } = world
    const customer = await stripe.customers.create({ email: 'bea@example.com' })
    const trial = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 3,
    })
    expect(trial.trial_settings?.end_behavior.missing_payment_method).toBe('create_invoice')
    await advance({ days: 3 })
    await advance({ days: 1 })
    const invoice = await latestOf(stripe, trial.id)
    expect([await statusOf(trial.id), invoice.total, invoice.status]).toEqual(['past_due', 3000, 'open'])
  })
})

test('an update that waits for its payment lapses with the trial where that ends first', async () => {
  const { stripe, control, advance } = world
  const { subscription, customer } = await subscribe(world, price, { trial_period_days: 1 })
  await control(`customers/${customer.id}/card`, { card: decliningCard })
  await advance({ seconds: 14 * 3600 })
  const waiting = await stripe.subscriptions.update(subscription.id, {
    trial_end: 'now',
    payment_behavior: 'pending_if_incomplete',
  })
  expect([waiting.status, waiting.pending_update?.expires_at]).toEqual(['trialing', subscription.trial_end])
})

test('cancel_at_period_end sets cancel_at to the period end as well; undoing it nulls both', async () => {
  const { stripe } = world
  const { subscription, item } = await subscribe(world, price)
  const ending = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  expect([ending.cancel_at, ending.cancellation_details?.reason]).toEqual([
    item.current_period_end,
    'cancellation_requested',
  ])
  const going = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false })
  expect([going.cancel_at, going.cancel_at_period_end, going.canceled_at]).toEqual([null, false, null])
})

test('the quantities of items are absolute: of two writers one is lost', async () => {
  const { item } = await subscribe(world, price)
  const { subscriptionItems } = world.stripe
  await subscriptionItems.update(item.id, { quantity: Number(item.quantity) + 1 })
  await subscriptionItems.update(item.id, { quantity: Number(item.quantity) + 1 })
  expect((await subscriptionItems.retrieve(item.id)).quantity).toBe(2)
})

import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('subscriptions, items and previews', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const [basic, pro] = [await monthlyPrice(stripe, 1000), await monthlyPrice(stripe, 2000, 'Pro')]
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic.id, quantity: 2 }],
    metadata: { a: 'b' },
    expand: [
      'latest_invoice.payments',
      'latest_invoice.confirmation_secret',
      'default_payment_method',
      'pending_setup_intent',
      'schedule',
    ],
  })
  const [item] = subscription.items.data
  if (!item) throw new Error('no item')
  await stripe.invoices.createPreview({ subscription: subscription.id })
  await stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: { items: [{ id: item.id, price: pro.id }], proration_behavior: 'always_invoice' },
  })
  await stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: { items: [{ id: item.id, quantity: 5 }] },
  })
  await stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: { cancel_now: true, proration_behavior: 'always_invoice' },
  })
  await stripe.invoices.createPreview({
    customer: customer.id,
    subscription_details: { items: [{ price: pro.id }] },
    invoice_items: [{ amount: 100, currency: 'usd' }],
  })
  await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: pro.id, quantity: 1 }],
    proration_behavior: 'always_invoice',
  })
  const added = await stripe.subscriptionItems.create({
    subscription: subscription.id,
    price: basic.id,
    quantity: 3,
    proration_behavior: 'create_prorations',
  })
  await stripe.subscriptionItems.update(added.id, { quantity: 4, metadata: { a: 'b' } })
  await stripe.subscriptionItems.retrieve(added.id)
  await stripe.subscriptionItems.list({ subscription: subscription.id })
  await stripe.subscriptionItems.del(added.id, { proration_behavior: 'none' })
  await stripe.invoiceItems.list({ customer: customer.id, pending: true })
  await stripe.subscriptions.update(subscription.id, {
    cancel_at_period_end: true,
    cancellation_details: { comment: 'c', feedback: 'unused' },
  })
  await stripe.subscriptions.update(subscription.id, {
    cancel_at_period_end: false,
    description: 'd',
    default_payment_method: '',
  })
  await stripe.subscriptions.list({
    customer: customer.id,
    status: 'all',
    expand: ['data.latest_invoice', 'data.customer'],
  })
  await stripe.subscriptions.search({ query: "status:'active'" })
  await stripe.subscriptions.retrieve(subscription.id, { expand: ['items.data.price.product'] })
  const canceled = await stripe.subscriptions.cancel(subscription.id, { prorate: true })
  expect(canceled.status).toBe('canceled')
})

test('invoices by hand', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const waiting = await stripe.invoiceItems.create({ customer: customer.id, amount: 700, currency: 'usd' })
  await stripe.invoiceItems.update(waiting.id, { description: 'Seven' })
  await stripe.invoiceItems.retrieve(waiting.id, { expand: ['customer'] })
  const invoice = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
    auto_advance: true,
    description: 'x',
  })
  await stripe.invoices.update(invoice.id, { metadata: { a: 'b' }, auto_advance: false })
  await stripe.invoices.addLines(invoice.id, {
    lines: [
      {
        description: 'More',
        quantity: 3,
        price_data: {
          currency: 'usd',
          product_data: { name: 'P' },
          unit_amount_decimal: Stripe.Decimal.from('0.5'),
        },
      },
    ],
  })
  expect((await stripe.invoices.listLineItems(invoice.id)).data.map(({ amount }) => amount)).toEqual([700, 2])
  await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: false })
  await stripe.invoices.list({ customer: customer.id, status: 'open' })
  await stripe.invoices.search({ query: `customer:'${customer.id}'` })
  await stripe.invoices.voidInvoice(invoice.id)
  const draft = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoices.del(draft.id)
  const lost = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoiceItems.create({ customer: customer.id, invoice: lost.id, amount: 5000 })
  const extra = await stripe.invoiceItems.create({
    customer: customer.id,
    invoice: lost.id,
    unit_amount_decimal: Stripe.Decimal.from('2.5'),
    quantity: 2,
  })
  await stripe.invoiceItems.del(extra.id)
  await stripe.invoices.finalizeInvoice(lost.id)
  expect((await stripe.invoices.markUncollectible(lost.id)).status).toBe('uncollectible')
  const payments = await stripe.invoicePayments.list({ invoice: lost.id })
  await stripe.invoicePayments.retrieve(payments.data[0]?.id ?? '', { expand: ['payment.payment_intent'] })
})

test('a year passes, with trials, failing cards and cancellations', async () => {
  const { stripe, control, advance, listener } = world
  const price = await monthlyPrice(stripe, 1500)
  const failing = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const good = await customerWithCard(stripe)
  await stripe.subscriptions.create({
    customer: failing.id,
    items: [{ price: price.id }],
    trial_period_days: 5,
  })
  await stripe.subscriptions.create({ customer: failing.id, items: [{ price: price.id }] })
  await stripe.subscriptions.create({ customer: good.id, items: [{ price: price.id }] })
  await stripe.subscriptions.create({
    customer: good.id,
    items: [{ price: price.id }],
    payment_behavior: 'default_incomplete',
  })
  const pausing = await stripe.customers.create({ email: 'p@example.com' })
  await stripe.subscriptions.create({
    customer: pausing.id,
    items: [{ price: price.id }],
    trial_period_days: 2,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  })
  const always = await customerWithCard(stripe, 'pm_card_threeDSecure2Required')
  await stripe.subscriptions.create({ customer: always.id, items: [{ price: price.id }] })
  await control(`customers/${good.id}/card`, { card: '5555555555554444' })
  for (let month = 0; month < 4; month++) await advance({ months: 1 })
  expect(listener.problems).toEqual([])
  for (const type of [
    'invoice.payment_failed',
    'customer.subscription.paused',
    'customer.subscription.trial_will_end',
    'invoice.upcoming',
    'customer.subscription.deleted',
    'invoice.voided',
    'invoice.payment_action_required',
  ]) {
    expect(listener.types()).toContain(type)
  }
})

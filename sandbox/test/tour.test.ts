import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('customers, products, prices and their lists and searches', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({
    email: 'tour@example.com',
    metadata: { account: 'a1' },
    address: { city: 'Bonn', country: 'DE' },
    balance: -300,
  })
  expect(customer.balance).toBe(-300)
  await stripe.customers.update(customer.id, {
    name: 'Tour',
    phone: '+14155550100',
    metadata: { account: 'a2' },
    shipping: { name: 'T', address: { line1: '1' } },
  })
  expect(
    (await stripe.customers.search({ query: "metadata['account']:'a2'" })).data.map(({ id }) => id),
  ).toEqual([customer.id])
  expect((await stripe.customers.list({ email: 'tour@example.com' })).data).toHaveLength(1)
  expect((await stripe.customers.listBalanceTransactions(customer.id)).data).toHaveLength(1)
  await stripe.customers.createBalanceTransaction(customer.id, {
    amount: 300,
    currency: 'usd',
    description: 'back',
  })
  const product = await stripe.products.create({
    name: 'Tour',
    description: 'd',
    metadata: { a: 'b' },
    unit_label: 'seat',
  })
  await stripe.products.update(product.id, { name: 'Tour 2' })
  await stripe.products.list({ active: true, ids: [product.id] })
  await stripe.products.search({ query: "name:'Tour 2'" })
  await stripe.products.retrieve(product.id, { expand: ['default_price'] })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount_decimal: Stripe.Decimal.from('1.3'),
    recurring: { interval: 'month' },
    lookup_key: 'tour',
  })
  expect([price.unit_amount, String(price.unit_amount_decimal)]).toEqual([null, '1.3'])
  const next = await stripe.prices.create({
    product_data: { name: 'Other' },
    product: undefined as never,
    currency: 'usd',
    unit_amount: 500,
    lookup_key: 'tour',
    transfer_lookup_key: true,
  })
  expect(
    (await stripe.prices.list({ lookup_keys: ['tour'], expand: ['data.product'] })).data.map(({ id }) => id),
  ).toEqual([next.id])
  await stripe.prices.update(next.id, { nickname: 'n', active: false })
  await stripe.prices.retrieve(price.id)
  const lonely = await stripe.products.create({ name: 'Lonely' })
  expect((await stripe.products.del(lonely.id)).deleted).toBe(true)
  expect((await stripe.customers.del(customer.id)).deleted).toBe(true)
  const gone = await stripe.customers.retrieve(customer.id)
  expect(gone.deleted).toBe(true)
})

test('payment methods, setup intents, refunds, charges and the account', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const method = await stripe.paymentMethods.create({
    type: 'card',
    card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' },
    billing_details: { name: 'A' },
  })
  await stripe.paymentMethods.attach(method.id, { customer: customer.id })
  await stripe.paymentMethods.update(method.id, {
    metadata: { a: 'b' },
    billing_details: { email: 'x@example.com' },
  })
  await stripe.paymentMethods.list({ customer: customer.id, type: 'card' })
  await stripe.customers.listPaymentMethods(customer.id)
  await stripe.paymentMethods.retrieve(method.id, { expand: ['customer'] })
  await stripe.paymentMethods.detach(method.id)
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    usage: 'off_session',
    payment_method: 'pm_card_visa',
  })
  expect((await stripe.setupIntents.confirm(setup.id)).status).toBe('succeeded')
  await stripe.setupIntents.retrieve(setup.id)
  await stripe.setupIntents.list({ customer: customer.id })
  const invoice = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoiceItems.create({
    customer: customer.id,
    invoice: invoice.id,
    amount: 1000,
    currency: 'usd',
    description: 'Fee',
  })
  const paid = await stripe.invoices.pay(invoice.id, { expand: ['payments', 'confirmation_secret'] })
  const intentId = String(paid.payments?.data[0]?.payment.payment_intent)
  const intent = await stripe.paymentIntents.retrieve(intentId, {
    expand: ['latest_charge.balance_transaction', 'payment_method', 'customer'],
  })
  await stripe.paymentIntents.update(intentId, { metadata: { a: 'b' } })
  await stripe.paymentIntents.list({ customer: customer.id })
  const charge = intent.latest_charge as Stripe.Charge
  await stripe.refunds.create({ charge: charge.id, amount: 400, metadata: { why: 'half' } })
  const rest = await stripe.refunds.create({ payment_intent: intentId, reason: 'requested_by_customer' })
  expect(rest.amount).toBe(600)
  await stripe.refunds.update(rest.id, { metadata: { a: 'b' } })
  await stripe.refunds.retrieve(rest.id, { expand: ['charge', 'balance_transaction'] })
  expect((await stripe.refunds.list({ charge: charge.id })).data).toHaveLength(2)
  expect((await stripe.charges.retrieve(charge.id, { expand: ['refunds'] })).refunds?.data).toHaveLength(2)
  await stripe.charges.list({ customer: customer.id })
  await stripe.balanceTransactions.retrieve(
    String((charge.balance_transaction as Stripe.BalanceTransaction).id),
  )
  await stripe.accounts.retrieveCurrent()
})

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

test('checkout, portal, endpoints and events', async () => {
  const { stripe, control, direct } = world
  const price = await monthlyPrice(stripe, 4000)
  const make = (more: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      success_url: 'https://example.com/ok',
      ...more,
    })
  const session = await make({
    customer_email: 'c@example.com',
    client_reference_id: 'r',
    billing_address_collection: 'auto',
    automatic_tax: { enabled: true },
    expand: ['line_items'],
  })
  await control(`checkout/${session.id}/pay`, { card: '4000002500003155' })
  const done = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['subscription', 'customer', 'invoice', 'line_items.data.price.product'],
  })
  expect(done.payment_status).toBe('paid')
  await stripe.checkout.sessions.listLineItems(session.id)
  await stripe.checkout.sessions.list({ subscription: (done.subscription as Stripe.Subscription).id })
  await stripe.checkout.sessions.update(session.id, { metadata: { a: 'b' } })
  const trial = await make({
    payment_method_collection: 'if_required',
    customer_email: 't@example.com',
    subscription_data: {
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    },
  })
  await control(`checkout/${trial.id}/pay`, {})
  const open = await make()
  expect((await stripe.checkout.sessions.expire(open.id)).status).toBe('expired')
  await stripe.billingPortal.sessions.create({
    customer: (done.customer as Stripe.Customer).id,
    return_url: 'https://example.com',
  })
  const endpoint = await stripe.webhookEndpoints.create({
    url: 'https://example.com/hook',
    enabled_events: ['price.created'],
  })
  expect(endpoint.secret).toMatch(/^whsec_/)
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: true })
  await stripe.webhookEndpoints.retrieve(endpoint.id)
  await stripe.webhookEndpoints.list()
  await stripe.webhookEndpoints.del(endpoint.id)
  const events = await direct.events.list({ type: 'checkout.session.completed', limit: 5 })
  await direct.events.retrieve(events.data[0]?.id ?? '')
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

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
  expect((await stripe.setupIntents.confirm(setup.id, { return_url: 'https://example.com' })).status).toBe('succeeded')
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

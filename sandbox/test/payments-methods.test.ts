import { afterAll, beforeAll, expect, test } from 'vitest'
import { refused } from './pay.ts'
import { customerWithCard, monthlyPrice, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('a detached card is nobody’s default any more, and cannot be used again', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const card = String(customer.invoice_settings.default_payment_method)
  const price = await monthlyPrice(stripe, 1000)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: card,
  })
  const types = await typesDuring(world, async () => {
    expect((await stripe.paymentMethods.detach(card)).customer).toBeNull()
  })
  expect(types).toEqual(['customer.updated', 'customer.subscription.updated', 'payment_method.detached'])
  const after = await stripe.customers.retrieve(customer.id)
  expect(after.deleted ? undefined : after.invoice_settings.default_payment_method).toBeNull()
  expect((await stripe.subscriptions.retrieve(subscription.id)).default_payment_method).toBeNull()
  expect(await refused(stripe.paymentMethods.attach(card, { customer: customer.id }))).toMatchObject({
    status: 400,
  })
  expect(await refused(stripe.paymentMethods.detach(card))).toMatchObject({
    status: 400,
    message: 'The payment method you provided is not attached to a customer so detachment is impossible.',
  })
})

test('attaching names a customer who is there, and a card that is nobody else’s', async () => {
  const { stripe } = world
  const [ann, bob] = [await customerWithCard(stripe), await stripe.customers.create({})]
  const card = String(ann.invoice_settings.default_payment_method)
  expect(await refused(stripe.paymentMethods.attach(card, {}))).toMatchObject({ code: 'parameter_missing' })
  expect(await refused(stripe.paymentMethods.attach(card, { customer: bob.id }))).toMatchObject({
    status: 400,
  })
  expect(await refused(stripe.paymentMethods.attach(card, { customer: 'cus_nope' }))).toMatchObject({
    status: 400,
    code: 'resource_missing',
    param: 'customer',
  })
  expect(await refused(stripe.paymentMethods.attach('invalid', { customer: bob.id }))).toMatchObject({
    status: 404,
    code: 'resource_missing',
    param: 'payment_method',
  })
  expect((await stripe.paymentMethods.attach(card, { customer: ann.id })).customer).toBe(ann.id)
})

test('payment methods are found by their customer', async () => {
  const { stripe } = world
  const [ann, bob] = [await customerWithCard(stripe), await customerWithCard(stripe, 'pm_card_amex')]
  const card = String(ann.invoice_settings.default_payment_method)
  await stripe.paymentMethods.update(card, { allow_redisplay: 'always' })
  const ids = async (list: Promise<{ data: { id: string }[] }>) => (await list).data.map(({ id }) => id)
  expect(await ids(stripe.paymentMethods.list())).toEqual([])
  expect(await ids(stripe.paymentMethods.list({ customer: ann.id, type: 'card' }))).toEqual([card])
  expect(await ids(stripe.customers.listPaymentMethods(ann.id, { allow_redisplay: 'always' }))).toEqual([
    card,
  ])
  expect(await ids(stripe.customers.listPaymentMethods(ann.id, { allow_redisplay: 'limited' }))).toEqual([])
  expect((await stripe.customers.retrievePaymentMethod(ann.id, card)).id).toBe(card)
  expect(await refused(stripe.customers.retrievePaymentMethod(bob.id, card))).toMatchObject({
    status: 404,
    param: 'customer',
  })
})

test('a card’s words and expiry can be changed, its address leaf by leaf', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const card = String(customer.invoice_settings.default_payment_method)
  await stripe.paymentMethods.update(card, {
    billing_details: { address: { line1: '1 Main', city: 'Bonn' } },
  })
  const types = await typesDuring(world, async () => {
    const after = await stripe.paymentMethods.update(card, {
      billing_details: { name: 'Ann L.', address: { city: 'Kiel' } },
      card: { exp_month: 11, exp_year: 2032 },
      metadata: { k: 'v' },
    })
    expect(after).toMatchObject({
      billing_details: { name: 'Ann L.', address: { city: 'Kiel', line1: '1 Main' } },
      card: { exp_month: 11, exp_year: 2032, last4: '4242' },
      metadata: { k: 'v' },
    })
  })
  expect(types).toEqual(['payment_method.updated'])
})

test.each([
  ['POST', 'payment_methods', 'type=klarna&klarna[dob]=x', 'type'],
  ['POST', 'payment_methods', 'type=card&us_bank_account[routing_number]=1', 'us_bank_account'],
  ['POST', 'payment_intents', 'amount=1000&currency=usd&transfer_data[destination]=acct_1', 'transfer_data'],
  ['POST', 'payment_intents', 'amount=1000&currency=usd&statement_descriptor=X', 'statement_descriptor'],
  ['POST', 'customers', 'source=tok_visa', 'source'],
  ['POST', 'customers', 'cash_balance[settings][reconciliation_mode]=manual', 'cash_balance'],
])('%s /v1/%s refuses %s by its name', async (method, path, body, param) => {
  const reply = await fetch(`${world.sandbox.url}/v1/${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_start' },
    body: new URLSearchParams(body),
  })
  const { error } = (await reply.json()) as { error: { param: string } }
  expect([reply.status, error.param]).toEqual([400, param])
})

test.each([
  'POST charges',
  // Stripe captures a payment intent’s charge by the intent alone, and every charge here is one’s.
  'POST charges/ch_1/capture',
  'POST payment_intents/pi_1/increment_authorization',
  'POST payment_intents/pi_1/apply_customer_balance',
  'POST payment_intents/pi_1/verify_microdeposits',
  'POST setup_intents/seti_1/verify_microdeposits',
  'POST customers/cus_1/sources',
  'GET customers/cus_1/cash_balance',
])('%s is refused by its path', async (call) => {
  const [method = '', path] = call.split(' ')
  const reply = await fetch(`${world.sandbox.url}/v1/${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_start' },
  })
  const { error } = (await reply.json()) as { error: { message: string } }
  expect(reply.status).toBe(404)
  expect(error.message).toContain(`/v1/${path}`)
})

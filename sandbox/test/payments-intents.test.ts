import { afterAll, beforeAll, expect, test } from 'vitest'
import { back, chargeOf, pay, refused } from './pay.ts'
import { customerWithCard, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('an intent without a payment method waits for one, and captures asynchronously unless it says otherwise', async () => {
  const intent = await world.stripe.paymentIntents.create({
    amount: 4900,
    currency: 'usd',
    metadata: { p: '1' },
  })
  expect(intent).toMatchObject({
    status: 'requires_payment_method',
    capture_method: 'automatic_async',
    confirmation_method: 'automatic',
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    amount_received: 0,
    latest_charge: null,
    metadata: { p: '1' },
  })
  expect(intent.client_secret?.startsWith(`${intent.id}_secret_`)).toBe(true)
})

test('a card that pays makes a charge, and the charge is told before the intent', async () => {
  const { stripe } = world
  const types = await typesDuring(world, () => pay(stripe, 'pm_card_visa'))
  expect(types).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'])
  const intent = await pay(stripe, 'pm_card_visa', {
    description: 'A widget',
    receipt_email: 'a@example.com',
    statement_descriptor_suffix: 'WIDGET',
    shipping: { name: 'Ann', address: { city: 'Bonn' } },
    transfer_group: 'group',
  })
  expect([intent.status, intent.amount_received]).toEqual(['succeeded', 1000])
  expect(await chargeOf(stripe, intent)).toMatchObject({
    amount_captured: 1000,
    calculated_statement_descriptor: 'SANDBOX* WIDGET',
    captured: true,
    description: 'A widget',
    outcome: { network_status: 'approved_by_network', type: 'authorized' },
    receipt_email: 'a@example.com',
    shipping: { name: 'Ann', address: { city: 'Bonn', country: null } },
    transfer_group: 'group',
  })
})

test('a declined payment is a 402 with the charge and the intent, both of which stay', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const types = await typesDuring(world, async () => {
    const error = await refused(pay(stripe, 'pm_card_chargeDeclined', { customer: customer.id }))
    expect(error).toMatchObject({
      status: 402,
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
    })
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', payment_method: null })
    const charge = await stripe.charges.retrieve(String(error.charge))
    expect(charge).toMatchObject({ status: 'failed', paid: false, failure_code: 'card_declined' })
    expect(charge.outcome?.seller_message).toBe(
      'The bank did not return any further details with this decline.',
    )
    const kept = await stripe.paymentIntents.retrieve(String(error.payment_intent?.id))
    expect([kept.last_payment_error?.code, kept.last_payment_error?.charge]).toEqual([
      'card_declined',
      charge.id,
    ])
  })
  expect(types).toEqual(['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed'])
})

test('the amount must be one that cards are charged', async () => {
  const of = (amount: number, currency = 'usd') =>
    refused(world.stripe.paymentIntents.create({ amount, currency }))
  expect(await of(0)).toMatchObject({ status: 400, code: 'parameter_invalid_integer', param: 'amount' })
  expect(await of(49)).toMatchObject({
    code: 'amount_too_small',
    message: 'Amount must be at least $0.50 usd',
  })
  expect(await of(100_000_000)).toMatchObject({ code: 'amount_too_large', param: 'amount' })
  expect(await of(1000, 'xxx')).toMatchObject({ param: 'currency' })
})

test('an intent is confirmed with the customer’s usual card where it names none', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const intent = await stripe.paymentIntents.create({ amount: 1200, currency: 'usd', customer: customer.id })
  const paid = await stripe.paymentIntents.confirm(intent.id, { return_url: back })
  expect([paid.status, paid.payment_method]).toEqual([
    'succeeded',
    customer.invoice_settings.default_payment_method,
  ])
})

test('an intent without any payment method cannot be confirmed, and says so by whether it has a customer', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const bare = await stripe.paymentIntents.create({ amount: 800, currency: 'usd' })
  const error = await refused(stripe.paymentIntents.confirm(bare.id, { return_url: back }))
  expect([error.status, error.code, error.payment_intent?.id]).toEqual([
    400,
    'payment_intent_unexpected_state',
    bare.id,
  ])
  expect(error.message).toContain('with a payment method or ConfirmationToken.')
  const theirs = await stripe.paymentIntents.create({ amount: 800, currency: 'usd', customer: customer.id })
  const other = await refused(stripe.paymentIntents.confirm(theirs.id, { return_url: back }))
  expect(other.message).toContain(`To confirm the PaymentIntent with ${customer.id}`)
})

test('a payment method pays only for the customer whom it belongs to', async () => {
  const { stripe } = world
  const [ann, bob] = [await customerWithCard(stripe), await stripe.customers.create({})]
  const card = String(ann.invoice_settings.default_payment_method)
  const stranger = await refused(pay(stripe, card, { customer: bob.id }))
  expect([stranger.status, stranger.code, stranger.param]).toEqual([400, undefined, 'payment_method'])
  const nobody = await refused(pay(stripe, card))
  expect([nobody.status, nobody.code, nobody.param]).toEqual([400, 'parameter_missing', 'source'])
})

test('a payment method that paid without a customer has had its one use', async () => {
  const { stripe } = world
  const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
  expect((await pay(stripe, id)).status).toBe('succeeded')
  expect(await refused(pay(stripe, id))).toMatchObject({ status: 400 })
  const customer = await stripe.customers.create({})
  expect(await refused(stripe.paymentMethods.attach(id, { customer: customer.id }))).toMatchObject({
    code: 'payment_method_unexpected_state',
  })
})

test('setup_future_usage attaches the card that has paid to the customer', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const kept = await pay(stripe, 'pm_card_visa', { customer: customer.id, setup_future_usage: 'off_session' })
  const other = await pay(stripe, 'pm_card_mastercard', { customer: customer.id })
  const list = await stripe.customers.listPaymentMethods(customer.id)
  expect(list.data.map(({ id }) => id)).toEqual([kept.payment_method])
  expect(other.status).toBe('succeeded')
})

test('to confirm on the server an address to come back to is needed, unless nothing redirects', async () => {
  const { stripe, control } = world
  const params = { amount: 900, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }
  expect(await refused(stripe.paymentIntents.create(params))).toMatchObject({ param: 'return_url' })
  const never = { enabled: true, allow_redirects: 'never' as const }
  const paid = await stripe.paymentIntents.create({ ...params, automatic_payment_methods: never })
  expect(paid.status).toBe('succeeded')
  await control('settings', { redirecting_methods: false }, 'PUT')
  expect((await stripe.paymentIntents.create(params)).status).toBe('succeeded')
  await control('settings', { redirecting_methods: null }, 'PUT')
})

test('an intent is changed until it is over, and its words for ever', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const open = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
  const changed = await stripe.paymentIntents.update(open.id, {
    amount: 5100,
    customer: customer.id,
    payment_method: String(customer.invoice_settings.default_payment_method),
    shipping: { name: 'Ann', address: { line1: '1 Main' } },
  })
  expect([changed.amount, changed.status, changed.customer]).toEqual([
    5100,
    'requires_confirmation',
    customer.id,
  ])
  const paid = await stripe.paymentIntents.confirm(open.id, { return_url: back })
  expect(paid.amount_received).toBe(5100)
  expect(await refused(stripe.paymentIntents.update(open.id, { amount: 9999 }))).toMatchObject({
    code: 'payment_intent_unexpected_state',
    param: 'amount',
  })
  const words = await stripe.paymentIntents.update(open.id, { description: 'after', metadata: { a: 'b' } })
  expect([words.description, words.metadata]).toEqual(['after', { a: 'b' }])
  expect(await refused(stripe.paymentIntents.confirm(open.id, { return_url: back }))).toMatchObject({
    code: 'payment_intent_unexpected_state',
  })
})

test('an intent is cancelled with its reason, once', async () => {
  const { stripe } = world
  const { id } = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
  const types = await typesDuring(world, async () => {
    const canceled = await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' })
    expect([canceled.status, canceled.cancellation_reason]).toEqual(['canceled', 'abandoned'])
  })
  expect(types).toEqual(['payment_intent.canceled'])
  for (const again of [stripe.paymentIntents.cancel(id), stripe.paymentIntents.confirm(id)])
    expect(await refused(again)).toMatchObject({ status: 400, code: 'payment_intent_unexpected_state' })
})

test('intents are found by customer, by search and by their secret only', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const mine = await pay(stripe, 'pm_card_visa', {
    amount: 7777,
    customer: customer.id,
    metadata: { order: '77' },
  })
  const list = await stripe.paymentIntents.list({ customer: customer.id })
  expect(list.data.map(({ id }) => id)).toEqual([mine.id])
  const charges = await stripe.charges.list({ payment_intent: mine.id })
  expect(charges.data.map(({ id }) => id)).toEqual([mine.latest_charge])
  const found = await stripe.paymentIntents.search({ query: 'amount:7777 AND metadata["order"]:"77"' })
  expect(found.data.map(({ id }) => id)).toEqual([mine.id])
  const byCard = await stripe.charges.search({
    query: `payment_method_details.card.last4:4242 AND customer:"${customer.id}"`,
  })
  expect(byCard.data.map(({ id }) => id)).toEqual([mine.latest_charge])
  const secret = String(mine.client_secret)
  expect((await stripe.paymentIntents.retrieve(mine.id, { client_secret: secret })).id).toBe(mine.id)
  const wrong = stripe.paymentIntents.retrieve(mine.id, { client_secret: `${secret}x` })
  expect(await refused(wrong)).toMatchObject({ param: 'client_secret' })
  expect(await refused(stripe.paymentIntents.retrieve('pi_nope'))).toMatchObject({
    status: 404,
    code: 'resource_missing',
    param: 'intent',
  })
})

test('what a charge has earned is on the balance a little later, and available after two days', async () => {
  const { stripe, advance } = world
  const types = await typesDuring(world, async () => {
    const intent = await pay(stripe, 'pm_card_visa', { amount: 10_000 })
    expect((await chargeOf(stripe, intent)).balance_transaction).toBeNull()
    await advance({ seconds: 5 })
    const charge = await stripe.charges.retrieve(String(intent.latest_charge), {
      expand: ['balance_transaction'],
    })
    expect(charge.balance_transaction).toMatchObject({
      amount: 10_000,
      fee: 320,
      net: 9680,
      source: charge.id,
      status: 'pending',
    })
  })
  expect(types.at(-1)).toBe('charge.updated')
  const before = await stripe.balance.retrieve()
  await advance({ days: 3 })
  const after = await stripe.balance.retrieve()
  expect(after.pending[0]?.amount).toBe(0)
  expect(after.available[0]?.amount).toBe(
    (before.available[0]?.amount ?? 0) + (before.pending[0]?.amount ?? 0),
  )
  const list = await stripe.balanceTransactions.list({ type: 'charge', limit: 1 })
  expect(list.data[0]).toMatchObject({ status: 'available', reporting_category: 'charge' })
})

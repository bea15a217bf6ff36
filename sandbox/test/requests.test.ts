import { afterAll, beforeAll, expect, test } from 'vitest'
import { raw } from './raw.ts'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
  await world.stripe.customers.create({})
})
afterAll(() => world.close())

test.each([
  ['POST', '/v1/customers', 'foo=1', 400, 'parameter_unknown', 'foo', 'Received unknown parameter: foo'],
  [
    'POST',
    '/v1/customers',
    'address[planet]=x',
    400,
    'parameter_unknown',
    'address[planet]',
    'Received unknown parameter: address[planet]',
  ],
  ['POST', '/v1/customers', 'email=nobody', 400, 'email_invalid', 'email', 'Invalid email address: nobody'],
  [
    'POST',
    '/v1/customers',
    `metadata[${'k'.repeat(41)}]=x`,
    400,
    undefined,
    `metadata[${'k'.repeat(41)}]`,
    undefined,
  ],
  [
    'POST',
    '/v1/prices',
    'product=p',
    400,
    'parameter_missing',
    'currency',
    'Missing required param: currency.',
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product=nope&unit_amount=1.5',
    400,
    'parameter_invalid_integer',
    'unit_amount',
    'Invalid integer: 1.5',
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product=nope&unit_amount_decimal=0.1234567890123',
    400,
    'parameter_invalid_integer',
    'unit_amount_decimal',
    undefined,
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product=nope&unit_amount=5',
    400,
    'resource_missing',
    'product',
    "No such product: 'nope'",
  ],
  [
    'POST',
    '/v1/customers',
    'cash_balance[settings][reconciliation_mode]=manual',
    400,
    undefined,
    'cash_balance',
    'The sandbox does not implement the parameter cash_balance.',
  ],
  [
    'POST',
    '/v1/subscriptions',
    'customer=cus_x&items[0][price]=p',
    400,
    'resource_missing',
    'customer',
    "No such customer: 'cus_x'",
  ],
  ['GET', '/v1/customers/cus_x', undefined, 404, 'resource_missing', 'id', "No such customer: 'cus_x'"],
  ['GET', '/v1/customers?limit=0', undefined, 400, 'parameter_invalid_integer', 'limit', undefined],
  [
    'GET',
    '/v1/customers?starting_after=cus_x',
    undefined,
    400,
    'resource_missing',
    'starting_after',
    undefined,
  ],
  ['GET', '/v1/customers?expand[0]=data.email', undefined, 400, undefined, 'expand', undefined],
  ['GET', '/v1/quotes', undefined, 404, undefined, undefined, undefined],
])('%s %s %s answers %i %s %s', async (method, path, body, status, code, param, message) => {
  const answer = await raw(world.sandbox.url, `${method} ${path}`, body === undefined ? {} : { body })
  expect([answer.status, answer.error?.code, answer.error?.param]).toEqual([status, code, param])
  if (message) expect(answer.error.message).toBe(message)
  if (path === '/v1/quotes')
    expect(answer.error.message).toContain('Unrecognized request URL (GET: /v1/quotes).')
  expect(answer.headers.get('request-id')).toMatch(/^req_/)
})

test('expansion reaches through lists and objects', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000, 'Deep')
  const customer = await customerWithCard(stripe)
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const [found] = (
    await stripe.subscriptions.list({
      customer: customer.id,
      expand: ['data.latest_invoice.payments', 'data.customer'],
    })
  ).data
  expect(found).toMatchObject({
    customer: { id: customer.id },
    latest_invoice: { object: 'invoice', payments: { data: [{ status: 'paid' }] } },
  })
  const [item] = (
    await stripe.subscriptionItems.list({ subscription: found?.id ?? '', expand: ['data.price.product'] })
  ).data
  expect(item).toMatchObject({ price: { product: { name: 'Deep' } } })
  const plain = await stripe.subscriptions.retrieve(found?.id ?? '')
  expect([typeof plain.customer, typeof plain.latest_invoice]).toEqual(['string', 'string'])
  const invoice = await stripe.invoices.retrieve(String(plain.latest_invoice))
  expect('payments' in invoice || 'confirmation_secret' in invoice).toBe(false)
})

test('metadata: keys are merged, emptied ones removed, all of them cleared by an empty value', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({ metadata: { a: '1', b: '2' } })
  expect((await stripe.customers.update(customer.id, { metadata: { b: '', c: '3' } })).metadata).toEqual({
    a: '1',
    c: '3',
  })
  expect((await stripe.customers.update(customer.id, { metadata: '' })).metadata).toEqual({})
})

test('a lookup key belongs to one price until it is transferred', async () => {
  const { stripe } = world
  const first = await monthlyPrice(stripe, 100)
  await stripe.prices.update(first.id, { lookup_key: 'gold' })
  const other = { product: String(first.product), currency: 'usd', unit_amount: 200, lookup_key: 'gold' }
  await expect(stripe.prices.create(other)).rejects.toMatchObject({ param: 'lookup_key' })
  const second = await stripe.prices.create({ ...other, transfer_lookup_key: true })
  expect((await stripe.prices.list({ lookup_keys: ['gold'] })).data.map(({ id }) => id)).toEqual([second.id])
})

test('what Stripe can expand may be asked for where there is nothing, and stays null', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const card = String(customer.invoice_settings.default_payment_method)
  const intent = await stripe.paymentIntents.create({
    amount: 1000,
    currency: 'usd',
    customer: customer.id,
    payment_method: card,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    expand: ['application', 'on_behalf_of', 'review', 'latest_charge.review'],
  })
  expect([intent.application, intent.on_behalf_of, intent.review]).toEqual([null, null, null])
  const charge = intent.latest_charge
  if (charge === null || typeof charge === 'string') throw new Error('The charge was not expanded.')
  expect(charge.review).toBeNull()
  const found = await stripe.charges.retrieve(charge.id, {
    expand: ['application', 'application_fee', 'failure_balance_transaction', 'source_transfer'],
  })
  expect(found).toMatchObject({ application: null, failure_balance_transaction: null })
  const refund = await stripe.refunds.create({ charge: charge.id, expand: ['transfer_reversal'] })
  expect(refund.transfer_reversal).toBeNull()
  const setup = await stripe.setupIntents.create({ expand: ['application', 'single_use_mandate'] })
  expect([setup.application, setup.single_use_mandate]).toEqual([null, null])
})

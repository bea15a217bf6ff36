import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

/** A request by hand, for what the SDK would not send. */
async function raw(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${world.sandbox.url}${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_start', ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const answer = (await response.json()) as { error: Record<string, string>; id: string; object: string }
  return { status: response.status, headers: response.headers, ...answer }
}

test('the same key and parameters give the first answer again, other parameters are refused', async () => {
  const { stripe } = world
  const first = await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'key-1' })
  const again = await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'key-1' })
  expect(again.id).toBe(first.id)
  expect(again.lastResponse.headers).toMatchObject({
    'idempotent-replayed': 'true',
    'idempotency-key': 'key-1',
    'original-request': first.lastResponse.requestId,
  })
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
  await expect(stripe.customers.create({ name: 'B' }, { idempotencyKey: 'key-1' })).rejects.toMatchObject({
    statusCode: 400,
    type: 'StripeIdempotencyError',
  })
})

test('a 402 is kept under its key, and after a day the key is new', async () => {
  const { stripe, control, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const attempt = () =>
    stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }], payment_behavior: 'error_if_incomplete' },
      { idempotencyKey: 'key-402' },
    )
  await expect(attempt()).rejects.toMatchObject({ statusCode: 402 })
  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  await expect(attempt()).rejects.toMatchObject({
    statusCode: 402,
    headers: { 'idempotent-replayed': 'true' },
  })
  await advance({ days: 1 })
  expect((await attempt()).status).toBe('active')
})

test('a key in use is a 409, and refused parameters are not kept', async () => {
  const { control } = world
  const headers = { 'idempotency-key': 'key-slow' }
  await control('faults', { provider: 'stripe', path: '/v1/customers', delayMs: 400, times: 1 })
  const slow = raw('POST', '/v1/customers', 'name=A', headers)
  const used = async () => (await control('faults')).faults as unknown as { played: number }[]
  while (!(await used()).some(({ played }) => played === 1));
  // A second fault makes this one pass through the same gate.
  await control('faults', { provider: 'stripe', path: '/v1/customers', delayMs: 1, times: 1 })
  expect(await raw('POST', '/v1/customers', 'name=A', headers)).toMatchObject({
    status: 409,
    error: { code: 'idempotency_key_in_use' },
  })
  expect((await slow).status).toBe(200)
  await control('faults', undefined, 'DELETE')
  expect((await raw('POST', '/v1/customers', 'nam=A', { 'idempotency-key': 'key-typo' })).status).toBe(400)
  expect((await raw('POST', '/v1/customers', 'name=A', { 'idempotency-key': 'key-typo' })).status).toBe(200)
})

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
    '/v1/prices',
    'currency=usd&product=nope&tiers_mode=graduated',
    400,
    undefined,
    'tiers_mode',
    'The sandbox does not implement the parameter tiers_mode.',
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
  [
    'POST',
    '/v1/checkout/sessions',
    'mode=payment',
    400,
    undefined,
    'mode',
    'The sandbox does not implement Checkout in payment mode.',
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
  const answer = await raw(method, path, body)
  expect([answer.status, answer.error?.code, answer.error?.param]).toEqual([status, code, param])
  if (message) expect(answer.error.message).toBe(message)
  if (path === '/v1/quotes')
    expect(answer.error.message).toContain('Unrecognized request URL (GET: /v1/quotes).')
  expect(answer.headers.get('request-id')).toMatch(/^req_/)
})

test('a property that cannot be expanded, or is too deep, is refused', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  await expect(stripe.customers.retrieve(customer.id, { expand: ['email'] })).rejects.toMatchObject({
    statusCode: 400,
    param: 'expand',
  })
  await expect(stripe.customers.retrieve(customer.id, { expand: ['a.b.c.d.e'] })).rejects.toMatchObject({
    message: expect.stringContaining('more than 4 levels'),
  })
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

test('lists page both ways, newest first', async () => {
  const { stripe } = world
  const made: string[] = []
  for (let n = 0; n < 5; n++) made.unshift((await stripe.customers.create({ email: 'page@example.com' })).id)
  const list = (more: object) => stripe.customers.list({ email: 'page@example.com', limit: 2, ...more })
  const first = await list({})
  expect([first.data.map(({ id }) => id), first.has_more]).toEqual([made.slice(0, 2), true])
  const last = await list({ starting_after: made[3] })
  expect([last.data.map(({ id }) => id), last.has_more]).toEqual([made.slice(4), false])
  const back = await list({ ending_before: made[3] })
  expect([back.data.map(({ id }) => id), back.has_more]).toEqual([made.slice(1, 3), true])
  const all: string[] = []
  for await (const customer of stripe.customers.list({ email: 'page@example.com', limit: 2 }))
    all.push(customer.id)
  expect(all).toEqual(made)
})

test('without the right key nothing is answered', async () => {
  const { sandbox } = world
  await expect(clientOf(sandbox.url, 'sk_test_wrong').customers.list()).rejects.toMatchObject({
    statusCode: 401,
    type: 'StripeAuthenticationError',
  })
  expect(await raw('GET', '/v1/customers', undefined, { authorization: '' })).toMatchObject({ status: 401 })
  const basic = `Basic ${Buffer.from('sk_test_start:').toString('base64')}`
  expect((await raw('GET', '/v1/customers', undefined, { authorization: basic })).status).toBe(200)
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

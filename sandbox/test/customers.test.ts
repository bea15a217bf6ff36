import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refused } from './pay.ts'
import { customerWithCard, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const retrieve = async (id: string, params: Stripe.CustomerRetrieveParams = {}) => {
  const found = await world.stripe.customers.retrieve(id, params)
  if (found.deleted) throw new Error(`${id} is deleted.`)
  return found
}

test('a customer is kept with what was given, and the rest is empty', async () => {
  const { stripe } = world
  const made = await stripe.customers.create({
    address: { line1: '1 Main', city: 'Berlin' },
    business_name: 'Ann Ltd',
    email: 'ann@example.com',
    preferred_locales: ['en-US', 'de-DE'],
    shipping: { name: 'Ann', address: { line1: '1 Main' } },
    tax_exempt: 'reverse',
  })
  expect(made).toMatchObject({
    address: { city: 'Berlin', country: null, line1: '1 Main' },
    balance: 0,
    business_name: 'Ann Ltd',
    currency: null,
    preferred_locales: ['en-US', 'de-DE'],
    shipping: { address: { city: null, line1: '1 Main' }, name: 'Ann', phone: null },
    tax_exempt: 'reverse',
  })
  expect(made.shipping).not.toHaveProperty('carrier')
  expect(made).not.toHaveProperty('individual_name')
  const after = await stripe.customers.update(made.id, {
    address: { country: 'DE' },
    business_name: '',
    tax_exempt: '',
  })
  expect(after.address).toMatchObject({ city: 'Berlin', country: 'DE' })
  expect([after.tax_exempt, 'business_name' in after]).toEqual(['none', false])
  expect((await stripe.customers.update(made.id, { address: '', shipping: '' })).shipping).toBeNull()
  expect(await refused(stripe.customers.create({ email: 'no address' }))).toMatchObject({
    code: 'email_invalid',
    param: 'email',
  })
})

test('an invoice prefix is one to twelve letters or digits, and nobody else’s', async () => {
  const { stripe } = world
  const holder = await stripe.customers.create({ invoice_prefix: 'TAKEN1', next_invoice_sequence: 42 })
  expect([holder.invoice_prefix, holder.next_invoice_sequence]).toEqual(['TAKEN1', 42])
  for (const prefix of ['abc', 'AB_1', 'ABCDEFGHIJKLM'])
    expect(await refused(stripe.customers.create({ invoice_prefix: prefix }))).toMatchObject({
      status: 400,
      message: 'Invoice number prefix must be 1–12 uppercase letters or numbers.',
    })
  const taken = {
    status: 400,
    param: 'invoice_prefix',
    message: `This invoice number prefix is taken by customer: ${holder.id}. Please enter a different prefix.`,
  }
  expect(await refused(stripe.customers.create({ invoice_prefix: 'TAKEN1' }))).toMatchObject(taken)
  const again = await stripe.customers.update(holder.id, { invoice_prefix: 'TAKEN1' })
  expect(again.invoice_prefix).toBe('TAKEN1')
  await stripe.customers.del(holder.id)
  expect(await refused(stripe.customers.create({ invoice_prefix: 'TAKEN1' }))).toMatchObject(taken)
})

test('the next invoice takes the customer’s prefix and number', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  await stripe.customers.update(customer.id, { invoice_prefix: 'ANN', next_invoice_sequence: 7 })
  const draft = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoiceItems.create({ customer: customer.id, invoice: draft.id, amount: 500, currency: 'usd' })
  expect((await stripe.invoices.finalizeInvoice(draft.id)).number).toBe('ANN-0007')
  expect((await retrieve(customer.id)).next_invoice_sequence).toBe(8)
})

test('what stands on a customer’s invoices is changed one thing at a time', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({
    invoice_settings: { custom_fields: [{ name: 'PO', value: '17' }], footer: 'Thanks' },
  })
  const after = await stripe.customers.update(id, {
    invoice_settings: { rendering_options: { amount_tax_display: 'exclude_tax' } },
  })
  expect(after.invoice_settings).toMatchObject({
    custom_fields: [{ name: 'PO', value: '17' }],
    footer: 'Thanks',
    rendering_options: { amount_tax_display: 'exclude_tax', template: null },
  })
  const five = Array.from({ length: 5 }, (_, at) => ({ name: `f${at}`, value: 'v' }))
  expect(
    await refused(stripe.customers.update(id, { invoice_settings: { custom_fields: five } })),
  ).toMatchObject({ param: 'invoice_settings[custom_fields]' })
  const [card] = (await stripe.paymentMethods.list({ customer: (await customerWithCard(stripe)).id })).data
  const stranger = { invoice_settings: { default_payment_method: String(card?.id) } }
  expect(await refused(stripe.customers.update(id, stranger))).toMatchObject({
    code: 'resource_missing',
    param: 'invoice_settings[default_payment_method]',
  })
})

test('a balance is the sum of its transactions, each with what it left', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({ balance: -300 })
  const made = await stripe.customers.createBalanceTransaction(id, {
    amount: 500,
    currency: 'usd',
    description: 'a fee',
  })
  expect([made.type, made.ending_balance]).toEqual(['adjustment', 200])
  await stripe.customers.update(id, { balance: -50 })
  const { data } = await stripe.customers.listBalanceTransactions(id)
  expect(data.map(({ amount, ending_balance: ending }) => [amount, ending])).toEqual([
    [-250, -50],
    [500, 200],
    [-300, -300],
  ])
  const after = await retrieve(id, { expand: ['invoice_credit_balance'] })
  expect([after.balance, after.currency, after.invoice_credit_balance]).toEqual([-50, 'usd', { usd: 50 }])
  const changed = await stripe.customers.updateBalanceTransaction(id, made.id, {
    description: 'a better word',
    metadata: { a: 'b' },
  })
  expect([changed.description, changed.metadata]).toEqual(['a better word', { a: 'b' }])
  expect((await stripe.customers.retrieveBalanceTransaction(id, made.id)).amount).toBe(500)
  const eur = stripe.customers.createBalanceTransaction(id, { amount: 1, currency: 'eur' })
  expect(await refused(eur)).toMatchObject({ status: 400, param: 'currency' })
})

test('tax ids are kept with their customer, and are not verified', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({ tax_id_data: [{ type: 'eu_vat', value: 'DE123456789' }] })
  const types = await typesDuring(world, async () => {
    const second = await stripe.customers.createTaxId(id, { type: 'us_ein', value: '12-3456789' })
    expect(second).toMatchObject({
      country: 'US',
      customer: id,
      owner: { customer: id, type: 'customer' },
      verification: { status: 'unavailable' },
    })
    expect((await stripe.customers.deleteTaxId(id, second.id)).deleted).toBe(true)
    expect(await refused(stripe.customers.retrieveTaxId(id, second.id))).toMatchObject({ status: 404 })
  })
  expect(types).toEqual(['customer.tax_id.created', 'customer.tax_id.deleted'])
  const { data } = await stripe.customers.listTaxIds(id)
  expect(data).toMatchObject([{ country: 'DE', type: 'eu_vat', verification: { status: 'pending' } }])
  expect((await retrieve(id, { expand: ['tax_ids'] })).tax_ids?.data).toHaveLength(1)
  const own = await stripe.taxIds.create({ type: 'gb_vat', value: 'GB123456789' })
  expect([own.owner?.type, own.customer]).toEqual(['self', null])
  expect((await stripe.taxIds.list({ owner: { type: 'self' } })).data.map((one) => one.id)).toEqual([own.id])
  expect((await stripe.taxIds.list({ owner: { type: 'customer', customer: id } })).data).toHaveLength(1)
})

test('a deleted customer is known as deleted, and nothing more is done with it', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({ email: 'gone@example.com', name: 'Gone' })
  const types = await typesDuring(world, () => stripe.customers.del(id))
  expect(types).toEqual(['customer.deleted'])
  expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true })
  expect((await stripe.customers.list({ email: 'gone@example.com' })).data).toEqual([])
  expect(await refused(stripe.customers.update(id, { name: 'x' }))).toMatchObject({
    code: 'resource_missing',
    message: `No such customer: '${id}'`,
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { taxesOn } from '../src/stripe/money/money.ts'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const on = (percentage: number) => ({ percentage, inclusive: false })
const within = (percentage: number) => ({ percentage, inclusive: true })

test.each([
  ['on top', 1000, [on(20)], [200]],
  // The two lines of docs.stripe.com's example of rounding: 0.43 and 4.84 at 15 %.
  ['rounded down on a line', 43, [on(15)], [6]],
  ['rounded up on a line', 484, [on(15)], [73]],
  ['half a cent up', 250, [on(1)], [3]],
  ['contained', 1200, [within(20)], [200]],
  ['contained, rounded', 1000, [within(19)], [160]],
  ['two contained at once', 1300, [within(20), within(10)], [200, 100]],
  ['one contained and one on top of the rest', 1200, [within(20), on(10)], [200, 100]],
  ['fractions of a percent', 10_000, [on(8.8753)], [888]],
  ['of a credit', -1000, [on(20)], [-200]],
  ['none', 1000, [], []],
])('%s', (_, amount, rates, expected) => {
  expect(taxesOn(amount, rates)).toEqual(expected)
})

test('a rate is kept as it was made: its percentage never changes', async () => {
  const { stripe } = world
  const types = await typesDuring(world, async () => {
    const rate = await stripe.taxRates.create({
      display_name: 'VAT',
      inclusive: true,
      percentage: 19,
      country: 'de',
      tax_type: 'vat',
    })
    expect(rate).toMatchObject({ active: true, country: 'DE', percentage: 19, rate_type: 'percentage' })
    await stripe.taxRates.update(rate.id, { active: false, metadata: { a: 'b' } })
    expect(await stripe.taxRates.retrieve(rate.id)).toMatchObject({ active: false, metadata: { a: 'b' } })
    expect(await refusalOf(stripe.taxRates.update(rate.id, { percentage: 7 } as never))).toMatchObject({
      code: 'parameter_unknown',
    })
    const { data } = await stripe.taxRates.list({ active: false, inclusive: true })
    expect(data.map(({ id }) => id)).toEqual([rate.id])
    const archived = stripe.invoices.create({
      customer: (await customerWithCard(stripe)).id,
      default_tax_rates: [rate.id],
    })
    expect(await refusalOf(archived)).toMatchObject({ status: 400, param: 'default_tax_rates[0]' })
  })
  expect(types.filter((type) => type.startsWith('tax_rate'))).toEqual([
    'tax_rate.created',
    'tax_rate.updated',
  ])
  const absurd = stripe.taxRates.create({ display_name: 'X', inclusive: false, percentage: 101 })
  expect(await refusalOf(absurd)).toMatchObject({ param: 'percentage' })
})

test('rates of a line stand before those of the invoice, and taxes come after discounts', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const vat = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  const low = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 5 })
  const coupon = await stripe.coupons.create({ percent_off: 50 })
  const draft = await stripe.invoices.create({ customer: customer.id, default_tax_rates: [vat.id] })
  expect(draft.default_tax_rates).toMatchObject([{ id: vat.id, object: 'tax_rate' }])
  const item = await stripe.invoiceItems.create({
    customer: customer.id,
    invoice: draft.id,
    amount: 1000,
    tax_rates: [low.id],
  })
  expect(item.tax_rates).toMatchObject([{ id: low.id, percentage: 5 }])
  await stripe.invoiceItems.create({ customer: customer.id, invoice: draft.id, amount: 2000 })
  const discounted = await stripe.invoices.update(draft.id, { discounts: [{ coupon: coupon.id }] })
  expect(discounted).toMatchObject({
    subtotal: 3000,
    total: 1725,
    total_excluding_tax: 1500,
    total_taxes: [
      { amount: 25, tax_behavior: 'exclusive', tax_rate_details: { tax_rate: low.id }, taxable_amount: 500 },
      { amount: 200, tax_rate_details: { tax_rate: vat.id }, taxable_amount: 1000 },
    ],
  })
  const paid = await stripe.invoices.pay(draft.id)
  expect(paid).toMatchObject({ amount_paid: 1725, total: 1725 })
  expect(paid.lines.data.map(({ taxes }) => taxes?.map(({ amount }) => amount))).toEqual([[25], [200]])
})

test('an inclusive rate leaves the total as it is, and one who is exempt pays none', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: true, percentage: 19 })
  const invoiceWith = async () => {
    const draft = await stripe.invoices.create({ customer: customer.id, default_tax_rates: [rate.id] })
    return stripe.invoices.addLines(draft.id, { lines: [{ amount: 1190 }] })
  }
  expect(await invoiceWith()).toMatchObject({
    subtotal: 1190,
    subtotal_excluding_tax: 1000,
    total: 1190,
    total_excluding_tax: 1000,
    total_taxes: [{ amount: 190, tax_behavior: 'inclusive', taxable_amount: 1000 }],
  })
  await stripe.customers.update(customer.id, { tax_exempt: 'reverse' })
  expect(await invoiceWith()).toMatchObject({
    total: 1190,
    total_excluding_tax: 1190,
    total_taxes: [{ amount: 0, taxability_reason: 'reverse_charge' }],
  })
})

test('rates of a subscription and of its items tax each of its invoices', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const [basic, extra] = [await monthlyPrice(stripe, 1000), await monthlyPrice(stripe, 2000, 'Extra')]
  const vat = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  const low = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 10 })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic.id }, { price: extra.id, tax_rates: [low.id] }],
    default_tax_rates: [vat.id],
    expand: ['latest_invoice'],
  })
  expect(subscription.latest_invoice).toMatchObject({ subtotal: 3000, total: 3400, amount_paid: 3400 })
  await advance({ months: 1 })
  await advance({ days: 1 })
  const { data } = await stripe.invoices.list({ subscription: subscription.id })
  expect(data.map(({ total, status }) => [total, status])).toEqual([
    [3400, 'paid'],
    [3400, 'paid'],
  ])
})

test('automatic tax is nothing, and complete', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  const draft = await stripe.invoices.create({ customer: customer.id, automatic_tax: { enabled: true } })
  const filled = await stripe.invoices.addLines(draft.id, { lines: [{ amount: 700 }] })
  expect(filled).toMatchObject({
    automatic_tax: { enabled: true, provider: 'stripe', status: 'complete' },
    total: 700,
    total_taxes: [],
  })
  const both = stripe.invoices.update(draft.id, { default_tax_rates: [rate.id] })
  expect(await refusalOf(both)).toMatchObject({ status: 400, param: 'default_tax_rates' })
})

test('amounts of tax that somebody else has computed stand on a line as they are given', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const draft = await stripe.invoices.create({ customer: customer.id })
  const tax = {
    amount: 77,
    taxable_amount: 1000,
    tax_rate_data: { display_name: 'Sales tax', inclusive: false, percentage: 7.7 },
    taxability_reason: 'standard_rated' as const,
  }
  const filled = await stripe.invoices.addLines(draft.id, { lines: [{ amount: 1000, tax_amounts: [tax] }] })
  expect(filled).toMatchObject({
    total: 1077,
    total_taxes: [{ amount: 77, taxability_reason: 'standard_rated', taxable_amount: 1000 }],
  })
  const id = String(filled.lines.data[0]?.id)
  const cleared = await stripe.invoices.updateLineItem(draft.id, id, { tax_amounts: '' })
  expect(cleared.taxes).toEqual([])
  expect((await stripe.invoices.retrieve(draft.id)).total).toBe(1000)
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  await stripe.invoices.update(draft.id, { default_tax_rates: [rate.id] })
  const mixed = stripe.invoices.updateLineItem(draft.id, id, { tax_amounts: [tax] })
  expect(await refusalOf(mixed)).toMatchObject({ status: 400, param: 'tax_amounts' })
})

test('where a customer is, for tax, shows where it is asked for', async () => {
  const { stripe } = world
  const unknown = await stripe.customers.create({ tax: { ip_address: '192.0.2.7' }, expand: ['tax'] })
  expect(unknown.tax).toMatchObject({ automatic_tax: 'unrecognized_location', ip_address: '192.0.2.7' })
  const known = await stripe.customers.update(unknown.id, {
    address: { country: 'US', state: 'CA' },
    tax: { ip_address: '', validate_location: 'immediately' },
    expand: ['tax'],
  })
  expect(known.tax).toEqual({
    automatic_tax: 'supported',
    ip_address: null,
    location: { country: 'US', source: 'billing_address', state: 'CA' },
    provider: 'stripe',
  })
  const nowhere = stripe.customers.create({ tax: { validate_location: 'immediately' } })
  expect(await refusalOf(nowhere)).toMatchObject({ status: 400, code: 'customer_tax_location_invalid' })
})

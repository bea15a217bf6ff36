import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('a draft takes its texts, and gives them up again', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const draft = await stripe.invoices.create({
    customer: customer.id,
    custom_fields: [{ name: 'Order', value: '17' }],
    description: 'For March',
    effective_at: 1_769_900_000,
    footer: 'Thank you',
    number: 'OWN-1',
    payment_settings: { payment_method_types: ['card'] },
    rendering: { pdf: { page_size: 'a4' } },
    shipping_details: { name: 'Ann', address: { line1: 'Way 1' } },
    statement_descriptor: 'TOLLGATE',
  })
  expect(draft).toMatchObject({
    auto_advance: false,
    custom_fields: [{ name: 'Order', value: '17' }],
    effective_at: 1_769_900_000,
    number: 'OWN-1',
    payment_settings: { payment_method_types: ['card'] },
    shipping_details: { name: 'Ann', address: { line1: 'Way 1', city: null } },
  })
  const after = await stripe.invoices.update(draft.id, { custom_fields: '', footer: '', description: '' })
  expect(after).toMatchObject({ custom_fields: null, description: null, footer: null })
  const taken = stripe.invoices.create({ customer: customer.id, number: 'OWN-1' })
  expect(await refusalOf(taken)).toMatchObject({ status: 400, param: 'number' })
  const final = await stripe.invoices.finalizeInvoice(draft.id)
  expect(final).toMatchObject({
    effective_at: 1_769_900_000,
    number: 'OWN-1',
    rendering: { pdf: { page_size: 'a4' } },
    status: 'paid',
  })
  // The next number is the first: one of one's own leaves the account's sequence alone.
  const next = await stripe.invoices.create({ customer: customer.id })
  const numbered = await stripe.invoices.finalizeInvoice(next.id)
  expect(numbered.number).toMatch(/-0001$/)
  expect(numbered.rendering?.pdf?.page_size).toBe('letter')
  const late = stripe.invoices.update(numbered.id, { description: 'late' })
  expect(await refusalOf(late)).toMatchObject({ status: 400, code: 'invoice_not_editable' })
  const fields = Array.from({ length: 5 }, (_, at) => ({ name: `${at}`, value: 'x' }))
  const many = stripe.invoices.create({ customer: customer.id, custom_fields: fields })
  expect(await refusalOf(many)).toMatchObject({ status: 400, param: 'custom_fields' })
})

test('an invoice for a subscription stands for the time since its period began', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  await advance({ days: 3 })
  await stripe.invoiceItems.create({ customer: customer.id, amount: 5, currency: 'usd' })
  await stripe.invoiceItems.create({
    customer: customer.id,
    amount: 70,
    currency: 'usd',
    subscription: subscription.id,
  })
  const asked = { customer: customer.id, subscription: subscription.id }
  const swept = await stripe.invoices.create({ ...asked, pending_invoice_items_behavior: 'include' })
  expect(swept).toMatchObject({
    billing_reason: 'manual',
    parent: { subscription_details: { subscription: subscription.id } },
    period_end: swept.created,
    period_start: subscription.start_date,
    total: 70,
  })
  expect((await stripe.invoices.create(asked)).total).toBe(0)
  const deleted = await stripe.invoices.create({ customer: customer.id })
  expect(await stripe.invoices.del(deleted.id)).toMatchObject({ deleted: true })
  expect(await refusalOf(stripe.invoices.del(swept.id))).toMatchObject({ status: 400 })
})

test('a draft tells of its customer as it is, a final invoice as it was', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const draft = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoices.addLines(draft.id, { lines: [{ amount: 100 }] })
  await stripe.customers.update(customer.id, { name: 'Ann B', address: { country: 'FR' } })
  await stripe.customers.createTaxId(customer.id, { type: 'eu_vat', value: 'FR12345678901' })
  expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({
    customer_address: { country: 'FR' },
    customer_name: 'Ann B',
  })
  await stripe.invoices.finalizeInvoice(draft.id)
  await stripe.customers.update(customer.id, { name: 'Ann C' })
  expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({
    customer_name: 'Ann B',
    customer_tax_ids: [{ type: 'eu_vat', value: 'FR12345678901' }],
  })
})

test('an item is refused where it does not belong: another customer, currency, price or time', async () => {
  const { stripe } = world
  const [customer, other] = [await customerWithCard(stripe), await customerWithCard(stripe)]
  const monthly = await monthlyPrice(stripe, 1000)
  const subscription = await stripe.subscriptions.create({
    customer: other.id,
    items: [{ price: monthly.id }],
  })
  const draft = await stripe.invoices.create({ customer: customer.id })
  const once = await stripe.prices.create({
    product: String(monthly.product),
    currency: 'usd',
    unit_amount: 5,
  })
  await stripe.prices.update(once.id, { active: false })
  const add = (more: object) =>
    refusalOf(stripe.invoiceItems.create({ customer: customer.id, invoice: draft.id, ...more }))
  const refused = { status: 400 }
  expect(await add({ amount: 5, currency: 'eur' })).toMatchObject({ ...refused, param: 'currency' })
  expect(await add({ amount: 5, customer: other.id })).toMatchObject({ ...refused, param: 'invoice' })
  expect(await add({ amount: 5, subscription: subscription.id })).toMatchObject({
    code: 'resource_missing',
    param: 'subscription',
  })
  const priced = { ...refused, param: 'pricing[price]' }
  expect(await add({ pricing: { price: monthly.id } })).toMatchObject(priced)
  expect(await add({ pricing: { price: once.id } })).toMatchObject(priced)
  const backwards = { start: 1_769_990_000, end: 1_769_900_000 }
  expect(await add({ amount: 5, period: backwards })).toMatchObject({ ...refused, param: 'period[end]' })
  const foreign = stripe.invoices.create({
    customer: other.id,
    subscription: subscription.id,
    currency: 'eur',
  })
  expect(await refusalOf(foreign)).toMatchObject({ ...refused, param: 'currency' })
  expect((await stripe.invoices.retrieve(draft.id)).lines.data).toEqual([])
})

test('a revision takes the place of an open invoice once it is final, and the balance that one used', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  await stripe.customers.createBalanceTransaction(customer.id, { amount: -300, currency: 'usd' })
  const coupon = await stripe.coupons.create({ percent_off: 10 })
  const first = await stripe.invoices.create({
    customer: customer.id,
    description: 'For March',
    discounts: [{ coupon: coupon.id }],
    metadata: { order: '17' },
  })
  await stripe.invoices.addLines(first.id, { lines: [{ amount: 1000, description: 'Work' }] })
  const original = await stripe.invoices.finalizeInvoice(first.id)
  expect(original).toMatchObject({ amount_due: 600, total: 900 })
  const from = { action: 'revision' as const, invoice: original.id }
  const draft = await stripe.invoices.create({ from_invoice: from, description: 'For April' })
  expect(draft).toMatchObject({
    customer: customer.id,
    description: 'For April',
    discounts: original.discounts,
    from_invoice: from,
    metadata: { order: '17' },
    status: 'draft',
    total: 900,
  })
  await stripe.invoices.addLines(draft.id, { lines: [{ amount: 500, description: 'More work' }] })
  expect((await stripe.invoices.retrieve(original.id)).status).toBe('open')
  const final = await stripe.invoices.finalizeInvoice(draft.id)
  expect(final).toMatchObject({ amount_due: 1050, ending_balance: 0, starting_balance: -300, total: 1350 })
  expect(await stripe.invoices.retrieve(original.id)).toMatchObject({
    latest_revision: final.id,
    status: 'void',
  })
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1)
  await stripe.invoices.pay(final.id)
  const param = 'from_invoice[invoice]'
  const paid = stripe.invoices.create({ from_invoice: { ...from, invoice: final.id } })
  expect(await refusalOf(paid)).toMatchObject({ status: 400, param })
  const price = await monthlyPrice(stripe, 1000)
  const { latest_invoice: renewal } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    payment_behavior: 'default_incomplete',
  })
  const bound = stripe.invoices.create({ from_invoice: { ...from, invoice: String(renewal) } })
  expect(await refusalOf(bound)).toMatchObject({ status: 400, param })
  expect(await refusalOf(stripe.invoices.create({}))).toMatchObject({ code: 'parameter_missing' })
})

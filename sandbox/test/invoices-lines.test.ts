import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('lines are added, changed and removed, with the items that they show', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const waiting = await stripe.invoiceItems.create({ customer: customer.id, amount: 300, currency: 'usd' })
  const draft = await stripe.invoices.create({ customer: customer.id })
  const filled = await stripe.invoices.addLines(draft.id, {
    lines: [{ invoice_item: waiting.id }, { amount: 500, description: 'Work', metadata: { a: '1' } }],
    invoice_metadata: { order: '17' },
  })
  expect(filled).toMatchObject({ metadata: { order: '17' }, total: 800 })
  const [first, second] = filled.lines.data.map(({ id }) => id)
  const types = await typesDuring(world, async () => {
    const line = await stripe.invoices.updateLineItem(draft.id, String(second), {
      amount: 700,
      description: 'More work',
      metadata: { b: '2' },
      period: { start: 1_769_900_000, end: 1_769_990_000 },
    })
    expect(line).toMatchObject({
      id: second,
      amount: 700,
      description: 'More work',
      metadata: { a: '1', b: '2' },
      period: { start: 1_769_900_000, end: 1_769_990_000 },
    })
  })
  expect(types).toEqual(['invoice.updated'])
  const shown = (await stripe.invoiceItems.list({ invoice: draft.id })).data
  expect(shown.map(({ amount, description }) => [amount, description])).toContainEqual([700, 'More work'])
  const both = await stripe.invoices.updateLines(draft.id, {
    lines: [
      { id: String(first), quantity: 3 },
      { id: String(second), discountable: false },
    ],
  })
  expect(both.total).toBe(1600)
  expect(
    both.lines.data.map(({ amount, quantity, discountable }) => [amount, quantity, discountable]),
  ).toEqual([
    [900, 3, true],
    [700, 1, false],
  ])
  const left = await stripe.invoices.removeLines(draft.id, {
    lines: [
      { id: String(first), behavior: 'unassign' },
      { id: String(second), behavior: 'delete' },
    ],
  })
  expect(left).toMatchObject({ lines: { data: [] }, total: 0 })
  const pending = await stripe.invoiceItems.list({ customer: customer.id, pending: true })
  expect(pending.data.map(({ id }) => id)).toEqual([waiting.id])
  const gone = stripe.invoices.removeLines(draft.id, { lines: [{ id: String(second), behavior: 'delete' }] })
  expect(await refusalOf(gone)).toMatchObject({ code: 'resource_missing', param: 'lines[0][id]' })
})

test('of a line that a subscription made only what is not its price can be changed', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await advance({ months: 1 })
  const [draft] = (await stripe.invoices.list({ subscription: id, status: 'draft' })).data
  const line = draft?.lines.data[0]
  if (!draft || !line) throw new Error('The renewal has no draft with a line.')
  const coupon = await stripe.coupons.create({ percent_off: 10 })
  const after = await stripe.invoices.updateLineItem(draft.id, line.id, {
    description: 'Basic, March',
    discounts: [{ coupon: coupon.id }],
    metadata: { a: 'b' },
  })
  expect(after).toMatchObject({ amount: 1000, description: 'Basic, March', metadata: { a: 'b' } })
  expect(after.discount_amounts).toMatchObject([{ amount: 100 }])
  expect((await stripe.invoices.retrieve(draft.id)).total).toBe(900)
  const dearer = stripe.invoices.updateLineItem(draft.id, line.id, { amount: 2000 })
  expect(await refusalOf(dearer)).toMatchObject({ status: 400, param: 'amount' })
})

test('items are priced anew when their price or quantity changes, and keep their own discounts', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const coupon = await stripe.coupons.create({ percent_off: 50 })
  const item = await stripe.invoiceItems.create({
    customer: customer.id,
    currency: 'usd',
    unit_amount_decimal: '0.5',
    quantity_decimal: '3.5',
    discounts: [{ coupon: coupon.id }],
    tax_behavior: 'exclusive',
  } as never)
  // 1.75 cents, rounded once.
  expect(item).toMatchObject({ amount: 2, quantity: 3, discounts: [expect.stringMatching(/^di_/)] })
  const more = await stripe.invoiceItems.update(item.id, { quantity: 2001 })
  expect(more).toMatchObject({ amount: 1001, quantity: 2001 })
  const kept = await stripe.invoiceItems.update(item.id, {
    amount: 800,
    discounts: [{ discount: String(item.discounts?.[0]) }, { coupon: coupon.id }],
  })
  expect(kept).toMatchObject({ amount: 800, quantity: 1 })
  expect(kept.discounts).toHaveLength(2)
  const product = await stripe.products.create({ name: 'Setup' })
  const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 400 })
  const priced = await stripe.invoiceItems.update(item.id, { pricing: { price: price.id }, quantity: 2 })
  expect(priced).toMatchObject({ amount: 800, pricing: { price_details: { price: price.id } }, quantity: 2 })
  const draft = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
    expand: ['lines.data.discounts'],
  })
  // Half, and half of that: the item's discounts are in the subtotal already.
  expect(draft).toMatchObject({ subtotal: 200, total: 200 })
  expect(draft.lines.data[0]).toMatchObject({
    amount: 800,
    discounts: [{ invoice_item: item.id, invoice: null }, { invoice_item: item.id }],
    subtotal: 800,
  })
  expect(draft.total_discount_amounts?.map(({ amount }) => amount)).toEqual([400, 200])
  const mixed = stripe.invoiceItems.update(item.id, { amount: 1, quantity: 2 })
  expect(await refusalOf(mixed)).toMatchObject({ status: 400, param: 'quantity' })
})

test('discounts of a line come first, then those of the invoice from what they left', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const half = await stripe.coupons.create({ percent_off: 50 })
  const off = await stripe.coupons.create({ amount_off: 100, currency: 'usd' })
  const draft = await stripe.invoices.create({ customer: customer.id, discounts: [{ coupon: off.id }] })
  const types = await typesDuring(world, () =>
    stripe.invoices.addLines(draft.id, {
      lines: [{ amount: 1000, discounts: [{ coupon: half.id }] }, { amount: 500 }, { amount: -200 }],
    }),
  )
  expect(types).not.toContain('customer.discount.created')
  const filled = await stripe.invoices.retrieve(draft.id, { expand: ['discounts'] })
  expect(filled).toMatchObject({
    discounts: [{ invoice: draft.id, source: { coupon: off.id } }],
    subtotal: 800,
    total: 700,
  })
  const taken = filled.lines.data.map((line) => line.discount_amounts?.map(({ amount }) => amount))
  expect(taken).toEqual([[500, 50], [50], []])
  expect(filled.total_discount_amounts?.map(({ amount }) => amount)).toEqual([500, 100])
  expect((await stripe.coupons.retrieve(off.id)).times_redeemed).toBe(1)
  const bare = await stripe.invoices.update(draft.id, { discounts: '' })
  expect(bare).toMatchObject({ discounts: [], total: 800 })
})

test('a coupon of one time on a subscription’s item is used up by its first invoice', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000)
  const coupon = await stripe.coupons.create({ percent_off: 30 })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id, discounts: [{ coupon: coupon.id }] }],
    expand: ['latest_invoice'],
  })
  expect(subscription.latest_invoice).toMatchObject({ subtotal: 700, total: 700 })
  const [item] = (await stripe.subscriptionItems.list({ subscription: subscription.id })).data
  expect(item?.discounts).toEqual([])
  await advance({ months: 1 })
  await advance({ days: 1 })
  const { data } = await stripe.invoices.list({ subscription: subscription.id })
  expect(data.map(({ total }) => total)).toEqual([1000, 700])
})

test('a customer never has a discount of their own to take away', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  expect(await refusalOf(stripe.customers.deleteDiscount(customer.id))).toMatchObject({
    status: 404,
    code: 'resource_missing',
  })
})

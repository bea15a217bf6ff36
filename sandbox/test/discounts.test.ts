import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

/** The totals of a subscription's invoices, oldest first. */
async function totalsOf(subscription: string) {
  const { data } = await world.stripe.invoices.list({ subscription })
  return data.map(({ total }) => total).reverse()
}

test('once, for months and forever, over renewals', async () => {
  const { stripe, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const once = await stripe.coupons.create({ percent_off: 50 })
  const months = await stripe.coupons.create({
    percent_off: 25,
    duration: 'repeating',
    duration_in_months: 2,
  })
  const forever = await stripe.coupons.create({ amount_off: 333, currency: 'usd', duration: 'forever' })
  const subscribe = (coupon: string) =>
    stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      discounts: [{ coupon }],
      expand: ['discounts', 'latest_invoice'],
    })
  const first = await subscribe(once.id)
  const invoice = first.latest_invoice as Stripe.Invoice
  expect(invoice).toMatchObject({ subtotal: 1000, total: 500, amount_paid: 500 })
  expect(invoice.total_discount_amounts).toEqual([{ amount: 500, discount: invoice.discounts[0] }])
  expect(invoice.lines.data[0]?.discount_amounts).toEqual(invoice.total_discount_amounts)
  expect(first.discounts).toEqual([])
  const second = await subscribe(months.id)
  expect(second.discounts).toMatchObject([
    {
      object: 'discount',
      source: { type: 'coupon', coupon: months.id },
      subscription: second.id,
      end: second.start_date + 59 * 86_400,
    },
  ])
  const third = await subscribe(forever.id)
  const preview = await stripe.invoices.createPreview({ subscription: third.id })
  expect(preview).toMatchObject({ subtotal: 1000, total: 667 })
  expect((await stripe.coupons.retrieve(forever.id)).times_redeemed).toBe(1)
  await advance({ months: 1 })
  // The renewal that comes at the very end of the two months is not discounted any more.
  expect((await stripe.invoices.createPreview({ subscription: second.id })).total).toBe(1000)
  await advance({ months: 1 })
  await advance({ days: 4 })
  expect(await totalsOf(first.id)).toEqual([500, 1000, 1000])
  expect(await totalsOf(second.id)).toEqual([750, 750, 1000])
  expect(await totalsOf(third.id)).toEqual([667, 667, 667])
  expect((await stripe.subscriptions.retrieve(second.id)).discounts).toEqual([])
})

test('what is not discountable stays whole, and a discount of products keeps to them', async () => {
  const { stripe, advance } = world
  const [basic, extra] = [await monthlyPrice(stripe, 999), await monthlyPrice(stripe, 1001, 'Extra')]
  const customer = await customerWithCard(stripe)
  const coupon = await stripe.coupons.create({
    percent_off: 50,
    duration: 'forever',
    applies_to: { products: [String(basic.product)] },
  })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic.id }, { price: extra.id }],
    discounts: [{ coupon: coupon.id }],
  })
  await advance({ months: 1 })
  const [draft] = (await stripe.invoices.list({ subscription: subscription.id, status: 'draft' })).data
  if (!draft) throw new Error('The renewal has no draft.')
  const after = await stripe.invoices.addLines(draft.id, {
    lines: [{ amount: 450, description: 'Overage', discountable: false }],
  })
  // Half of 999 is 499.5, which is 500; the other product and the overage are left whole.
  expect(after).toMatchObject({ subtotal: 2450, total: 1950, amount_due: 1950 })
  const taken = after.lines.data.map(({ amount, discount_amounts: off }) => [
    amount,
    off?.map((one) => one.amount),
  ])
  expect(taken).toEqual([
    [999, [500]],
    [1001, []],
    [450, []],
  ])
})

test('discounts of a running subscription are put, kept and taken away', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'forever' })
  const preview = await stripe.invoices.createPreview({
    subscription: id,
    discounts: [{ coupon: coupon.id }],
  })
  expect(preview.total).toBe(800)
  expect((await stripe.subscriptions.retrieve(id)).discounts).toEqual([])
  const { discounts } = await stripe.subscriptions.update(id, { discounts: [{ coupon: coupon.id }] })
  expect(discounts).toHaveLength(1)
  const code = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: 'MORE',
  })
  const two = await stripe.subscriptions.update(id, {
    discounts: [{ discount: String(discounts[0]) }, { promotion_code: code.id }],
    expand: ['discounts.promotion_code'],
  })
  expect(two.discounts).toMatchObject([{ id: discounts[0] }, { promotion_code: { id: code.id } }])
  // One after the other: 20 % of 1000, then 20 % of 800.
  expect((await stripe.invoices.createPreview({ subscription: id })).total).toBe(640)
  const types = await typesDuring(world, () => stripe.subscriptions.update(id, { discounts: '' }))
  expect(types).toEqual([
    'customer.discount.deleted',
    'customer.discount.deleted',
    'customer.subscription.updated',
  ])
  expect((await stripe.subscriptions.retrieve(id)).discounts).toEqual([])
  expect((await stripe.invoices.createPreview({ subscription: id })).total).toBe(1000)
  await stripe.subscriptions.update(id, { discounts: [{ coupon: coupon.id }] })
  const reset = await stripe.subscriptions.update(id, {
    discounts: [{ coupon: coupon.id }],
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
    expand: ['latest_invoice.total_discount_amounts.discount'],
  })
  expect(reset.latest_invoice).toMatchObject({
    total: 800,
    total_discount_amounts: [{ amount: 200, discount: { object: 'discount', subscription: id } }],
  })
  const deleted = await stripe.subscriptions.deleteDiscount(id)
  expect(deleted).toMatchObject({ object: 'discount', deleted: true, subscription: id })
  expect((await stripe.subscriptions.retrieve(id)).discounts).toEqual([])
})

test('a change of plan credits what was paid and debits with the discount', async () => {
  const { stripe, direct } = world
  const [basic, pro] = [await monthlyPrice(stripe, 1000), await monthlyPrice(stripe, 3000, 'Pro')]
  const customer = await customerWithCard(stripe)
  const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic.id }],
    discounts: [{ coupon: coupon.id }],
  })
  const [item] = subscription.items.data
  if (!item) throw new Error('The subscription has no item.')
  const { lines, total } = await direct.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: {
      items: [{ id: item.id, price: pro.id }],
      proration_behavior: 'always_invoice',
      proration_date: item.current_period_start,
    },
  })
  expect(lines.data.map(({ amount, discountable }) => [amount, discountable])).toEqual([
    [-500, false],
    [1500, false],
  ])
  expect(total).toBe(1000)
})

test('a coupon of one time outlasts a trial, and a preview of what is not there yet shows it', async () => {
  const { stripe, advance } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const coupon = await stripe.coupons.create({ amount_off: 5000, currency: 'usd' })
  const preview = await stripe.invoices.createPreview({
    customer: customer.id,
    subscription_details: { items: [{ price: price.id, quantity: 6 }] },
    discounts: [{ coupon: coupon.id }],
  })
  expect(preview).toMatchObject({ subtotal: 6000, total: 1000 })
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(0)
  const { id, discounts } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id, quantity: 6 }],
    trial_period_days: 14,
    discounts: [{ coupon: coupon.id }],
  })
  expect(discounts).toHaveLength(1)
  await advance({ days: 15 })
  expect(await totalsOf(id)).toEqual([0, 1000])
  expect((await stripe.subscriptions.retrieve(id)).discounts).toEqual([])
})

test('Checkout takes a coupon, or a code that the person types', async () => {
  const { stripe, control } = world
  const price = await monthlyPrice(stripe, 4000)
  const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'forever' })
  const code = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: 'SAVE25',
  })
  const params = {
    mode: 'subscription',
    success_url: 'https://example.com/ok',
    customer_email: 'eva@example.com',
    line_items: [{ price: price.id, quantity: 1 }],
  } satisfies Stripe.Checkout.SessionCreateParams
  const given = await stripe.checkout.sessions.create({
    ...params,
    discounts: [{ coupon: coupon.id }],
    expand: ['line_items', 'discounts.coupon'],
  })
  expect(given).toMatchObject({
    amount_subtotal: 4000,
    amount_total: 3000,
    discounts: [{ coupon: { id: coupon.id, object: 'coupon' }, promotion_code: null }],
    total_details: { amount_discount: 1000 },
  })
  expect(given.line_items?.data[0]).toMatchObject({ amount_discount: 1000, amount_total: 3000 })
  const open = await stripe.checkout.sessions.create({ ...params, allow_promotion_codes: true })
  const wrong = await control(`checkout/${open.id}/pay`, {
    card: '4242424242424242',
    promotionCode: 'SAVE26',
  })
  expect(wrong.error).toMatchObject({ message: 'This promotion code is invalid.' })
  await control(`checkout/${open.id}/pay`, { card: '4242424242424242', promotionCode: 'save25' })
  const done = await stripe.checkout.sessions.retrieve(open.id, {
    expand: ['invoice', 'subscription.discounts'],
  })
  expect(done).toMatchObject({
    status: 'complete',
    amount_total: 3000,
    discounts: [{ coupon: null, promotion_code: code.id }],
    invoice: { total: 3000, amount_paid: 3000 },
    subscription: { discounts: [{ promotion_code: code.id, source: { coupon: coupon.id } }] },
  })
  expect(await stripe.promotionCodes.retrieve(code.id)).toMatchObject({ times_redeemed: 1 })
  const both = { ...params, allow_promotion_codes: true, discounts: [{ coupon: coupon.id }] }
  expect(await refusalOf(stripe.checkout.sessions.create(both))).toMatchObject({
    param: 'allow_promotion_codes',
  })
  // What was bought stays as it was without the coupon; what was not can no longer be had with it.
  await stripe.coupons.del(coupon.id)
  const lines = await stripe.checkout.sessions.listLineItems(open.id)
  expect(lines.data[0]).toMatchObject({ amount_discount: 1000 })
  const late = await control(`checkout/${given.id}/pay`, { card: '4242424242424242' })
  expect(late.error).toMatchObject({ code: 'resource_missing' })
  const none = await stripe.checkout.sessions.create(params)
  const notAllowed = await control(`checkout/${none.id}/pay`, {
    card: '4242424242424242',
    promotionCode: 'SAVE25',
  })
  expect(notAllowed.error).toMatchObject({ message: 'This promotion code is invalid.' })
})

test('a first invoice that is wholly discounted needs no card', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await stripe.customers.create({ email: 'free@example.com' })
  const coupon = await stripe.coupons.create({ percent_off: 100, duration: 'forever' })
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    discounts: [{ coupon: coupon.id }],
    expand: ['latest_invoice'],
  })
  expect(made).toMatchObject({
    status: 'active',
    latest_invoice: { status: 'paid', total: 0, subtotal: 1000 },
  })
})

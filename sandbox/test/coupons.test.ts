import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('a coupon is made, shown, renamed and deleted', async () => {
  const { stripe } = world
  const product = await stripe.products.create({ name: 'Basic' })
  const coupon = await stripe.coupons.create({
    id: 'SPRING',
    percent_off: 12.5,
    duration: 'repeating',
    duration_in_months: 3,
    max_redemptions: 5,
    redeem_by: Date.parse('2026-12-31T00:00:00Z') / 1000,
    applies_to: { products: [product.id] },
    metadata: { a: 'b' },
    expand: ['applies_to'],
  })
  expect(coupon).toMatchObject({
    percent_off: 12.5,
    amount_off: null,
    currency: null,
    duration: 'repeating',
    times_redeemed: 0,
    valid: true,
    applies_to: { products: [product.id] },
  })
  expect((await stripe.coupons.retrieve('SPRING')).applies_to).toBeUndefined()
  const renamed = await stripe.coupons.update('SPRING', { name: 'Spring', metadata: { a: '', c: 'd' } })
  expect(renamed).toMatchObject({ name: 'Spring', metadata: { c: 'd' } })
  const amount = await stripe.coupons.create({ amount_off: 500, currency: 'USD', duration: 'forever' })
  expect(amount).toMatchObject({ amount_off: 500, currency: 'usd', percent_off: null })
  expect((await stripe.coupons.list({ limit: 2 })).data.map(({ id }) => id)).toEqual([amount.id, 'SPRING'])
  expect(await stripe.coupons.del('SPRING')).toMatchObject({ id: 'SPRING', deleted: true })
  expect(await refusalOf(stripe.coupons.retrieve('SPRING'))).toMatchObject({
    status: 404,
    code: 'resource_missing',
  })
})

test('coupons, codes and discounts say what becomes of them', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const types = await typesDuring(world, async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50 })
    await stripe.coupons.update(coupon.id, { name: 'Half' })
    const code = await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } })
    await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      discounts: [{ promotion_code: code.id }],
    })
    await stripe.promotionCodes.update(code.id, { active: false })
    await stripe.coupons.del(coupon.id)
  })
  expect(types.filter((type) => /coupon|promotion|discount|subscription.created/.test(type))).toEqual([
    'coupon.created',
    'coupon.updated',
    'promotion_code.created',
    'customer.discount.created',
    'customer.subscription.created',
    'customer.discount.deleted',
    'promotion_code.updated',
    'coupon.deleted',
  ])
})

test.each<[string, Stripe.CouponCreateParams, string]>([
  ['neither amount nor percentage', { duration: 'once' }, 'percent_off'],
  ['both', { amount_off: 1, currency: 'usd', percent_off: 1 }, 'percent_off'],
  ['more than all', { percent_off: 101 }, 'percent_off'],
  ['an amount of no currency', { amount_off: 100 }, 'currency'],
  ['repeating for no time', { percent_off: 10, duration: 'repeating' }, 'duration_in_months'],
  ['months of a single time', { percent_off: 10, duration_in_months: 2 }, 'duration_in_months'],
  ['a date gone by', { percent_off: 10, redeem_by: 1 }, 'redeem_by'],
  ['a date too far', { percent_off: 10, redeem_by: Date.UTC(2031, 1, 1) / 1000 }, 'redeem_by'],
  ['a long name', { percent_off: 10, name: 'x'.repeat(41) }, 'name'],
  [
    'amounts beside a percentage',
    { percent_off: 10, currency_options: { eur: { amount_off: 1 } } },
    'currency_options[eur]',
  ],
  [
    'its own currency once more',
    { amount_off: 5, currency: 'eur', currency_options: { eur: { amount_off: 1 } } },
    'currency_options[eur]',
  ],
  [
    'no amount in a currency',
    { amount_off: 5, currency: 'eur', currency_options: { usd: { amount_off: 0 } } },
    'currency_options[usd][amount_off]',
  ],
])('a coupon is refused: %s', async (_, params, param) => {
  expect(await refusalOf(world.direct.coupons.create(params))).toMatchObject({ status: 400, param })
})

test('an amount comes off in each currency that the coupon and the code name', async () => {
  const { stripe } = world
  const product = await stripe.products.create({ name: 'Everywhere' })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 1000,
    recurring: { interval: 'month' },
    currency_options: { eur: { unit_amount: 900 }, gbp: { unit_amount: 800 } },
  })
  const coupon = await stripe.coupons.create({
    amount_off: 300,
    currency: 'usd',
    currency_options: { eur: { amount_off: 200 } },
    expand: ['currency_options'],
  })
  expect(coupon.currency_options).toEqual({ usd: { amount_off: 300 }, eur: { amount_off: 200 } })
  expect(await stripe.coupons.retrieve(coupon.id)).not.toHaveProperty('currency_options')
  const code = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    restrictions: {
      minimum_amount: 1000,
      minimum_amount_currency: 'usd',
      currency_options: { eur: { minimum_amount: 901 } },
    },
    expand: ['restrictions.currency_options'],
  })
  expect(code.restrictions.currency_options).toEqual({
    usd: { minimum_amount: 1000 },
    eur: { minimum_amount: 901 },
  })
  const total = async (currency: string, discount: Stripe.SubscriptionCreateParams.Discount) => {
    const customer = await customerWithCard(stripe)
    const made = await stripe.subscriptions.create({
      customer: customer.id,
      currency,
      items: [{ price: price.id }],
      discounts: [discount],
      expand: ['latest_invoice'],
    })
    return (made.latest_invoice as Stripe.Invoice).total
  }
  expect(await total('usd', { promotion_code: code.id })).toBe(700)
  expect(await total('eur', { coupon: coupon.id })).toBe(700)
  const param = 'discounts[0][promotion_code]'
  expect(await refusalOf(total('eur', { promotion_code: code.id }))).toMatchObject({ param })
  await stripe.promotionCodes.update(code.id, {
    restrictions: { currency_options: { eur: { minimum_amount: 900 } } },
  })
  expect(await total('eur', { promotion_code: code.id })).toBe(700)
  expect(await refusalOf(total('gbp', { coupon: coupon.id }))).toMatchObject({
    param: 'discounts[0][coupon]',
  })
  await stripe.coupons.update(coupon.id, { currency_options: { gbp: { amount_off: 100 } } })
  expect(await total('gbp', { coupon: coupon.id })).toBe(700)
  expect(await refusalOf(total('gbp', { promotion_code: code.id }))).toMatchObject({ param })
})

test.each([
  ['an underscore', 'A_B'],
  ['a space', 'A B'],
])('a promotion code is refused: %s', async (_, code) => {
  const coupon = await world.stripe.coupons.create({ percent_off: 5 })
  const made = world.stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code })
  expect(await refusalOf(made)).toMatchObject({ status: 400, param: 'code' })
})

test('a promotion code is found by its text, and ends with its date, its uses or its coupon', async () => {
  const { stripe } = world
  const coupon = await stripe.coupons.create({ percent_off: 10 })
  const promotion = { type: 'coupon' as const, coupon: coupon.id }
  const code = await stripe.promotionCodes.create({ promotion, code: 'Hello', max_redemptions: 1 })
  expect(code).toMatchObject({ active: true, promotion, restrictions: { first_time_transaction: false } })
  expect((await stripe.promotionCodes.list({ code: 'HELLO', active: true })).data).toHaveLength(1)
  expect((await stripe.promotionCodes.list({ coupon: coupon.id })).data).toHaveLength(1)
  expect(await refusalOf(stripe.promotionCodes.create({ promotion, code: 'hello' }))).toMatchObject({
    param: 'code',
  })
  const off = await stripe.promotionCodes.update(code.id, { active: false, metadata: { a: 'b' } })
  expect(off).toMatchObject({ active: false, metadata: { a: 'b' } })
  await stripe.promotionCodes.create({ promotion, code: 'hello' })
  const shown = await stripe.promotionCodes.retrieve(code.id, { expand: ['promotion.coupon'] })
  expect(shown.promotion.coupon).toMatchObject({ id: coupon.id, object: 'coupon' })
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000)
  const own = await stripe.promotionCodes.create({ promotion, customer: customer.id, max_redemptions: 1 })
  const subscribe = async (by: string) =>
    stripe.subscriptions.create({
      customer: by,
      items: [{ price: price.id }],
      discounts: [{ promotion_code: own.id }],
    })
  const other = await customerWithCard(stripe)
  const param = 'discounts[0][promotion_code]'
  expect(await refusalOf(subscribe(other.id))).toMatchObject({ param })
  await subscribe(customer.id)
  expect(await stripe.promotionCodes.retrieve(own.id)).toMatchObject({ active: false, times_redeemed: 1 })
  expect(await refusalOf(subscribe(customer.id))).toMatchObject({ param })
  const short = await stripe.promotionCodes.create({ promotion, expires_at: code.created + 3600 })
  expect(short.active).toBe(true)
  await world.advance({ seconds: 3600 })
  expect((await stripe.promotionCodes.retrieve(short.id)).active).toBe(false)
  await stripe.coupons.del(coupon.id)
  expect((await stripe.promotionCodes.list({ code: 'hello', active: true })).data).toEqual([])
})

test('what cannot be redeemed is refused', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const subscribe = (discount: Stripe.SubscriptionCreateParams.Discount) =>
    stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      discounts: [discount],
    })
  expect(await refusalOf(subscribe({ coupon: 'none' }))).toMatchObject({
    code: 'resource_missing',
    param: 'discounts[0][coupon]',
  })
  const euro = await stripe.coupons.create({ amount_off: 1, currency: 'eur' })
  expect(await refusalOf(subscribe({ coupon: euro.id }))).toMatchObject({ param: 'discounts[0][coupon]' })
  const single = await stripe.coupons.create({ percent_off: 10, max_redemptions: 1 })
  const promotion = { type: 'coupon' as const, coupon: single.id }
  const large = await stripe.promotionCodes.create({
    promotion,
    restrictions: { minimum_amount: 1001, minimum_amount_currency: 'usd' },
  })
  const param = 'discounts[0][promotion_code]'
  expect(await refusalOf(subscribe({ promotion_code: large.id }))).toMatchObject({ param })
  await subscribe({ coupon: single.id })
  expect(await stripe.coupons.retrieve(single.id)).toMatchObject({ times_redeemed: 1, valid: false })
  expect(await refusalOf(subscribe({ coupon: single.id }))).toMatchObject({ code: 'coupon_expired' })
  expect(await refusalOf(subscribe({ promotion_code: large.id }))).toMatchObject({ param })
  const other = await stripe.coupons.create({ percent_off: 10 })
  const first = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: other.id },
    restrictions: { first_time_transaction: true },
  })
  expect(await refusalOf(subscribe({ promotion_code: first.id }))).toMatchObject({ param })
})

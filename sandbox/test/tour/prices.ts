import type Stripe from 'stripe'
import { customerWithCard, type Started } from '../start.ts'

async function tourProducts(stripe: Stripe): Promise<Stripe.Product> {
  const product = await stripe.products.create({
    name: 'Grand tour',
    default_price_data: { currency: 'usd', unit_amount: 1500, recurring: { interval: 'month' } },
    expand: ['default_price'],
  })
  await stripe.products.update(product.id, {
    description: 'All of it',
    marketing_features: [{ name: 'All' }],
  })
  await stripe.products.retrieve(product.id)
  await stripe.products.list({ ids: [product.id] })
  await stripe.products.search({ query: `name:'Grand tour'` })
  const gone = await stripe.products.create({ name: 'Gone' })
  await stripe.products.del(gone.id)
  return product
}

/** A price in graduated tiers and two currencies, and a plan that comes and goes. */
async function tourPricesAndPlans(stripe: Stripe, product: string): Promise<Stripe.Price> {
  const price = await stripe.prices.create({
    product,
    currency: 'usd',
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers: [
      { up_to: 5, unit_amount: 700, flat_amount: 100 },
      { up_to: 'inf', unit_amount: 600 },
    ],
    currency_options: { eur: { tiers: [{ up_to: 'inf', unit_amount: 500 }] } },
    recurring: { interval: 'month' },
    lookup_key: 'grand-tour',
    expand: ['tiers', 'currency_options'],
  })
  await stripe.prices.update(price.id, { nickname: 'Grand', tax_behavior: 'exclusive' })
  await stripe.prices.retrieve(price.id, { expand: ['tiers', 'product'] })
  await stripe.prices.list({ lookup_keys: ['grand-tour'], expand: ['data.tiers'] })
  await stripe.prices.search({ query: `lookup_key:'grand-tour'` })
  const plan = await stripe.plans.create({ currency: 'usd', interval: 'year', amount: 9900, product })
  await stripe.plans.update(plan.id, { nickname: 'Yearly' })
  await stripe.plans.retrieve(plan.id, { expand: ['product'] })
  await stripe.plans.list({ product })
  await stripe.plans.del(plan.id)
  return price
}

async function tourMeters(stripe: Stripe, customer: string, product: string): Promise<Stripe.Price> {
  const meter = await stripe.billing.meters.create({
    display_name: 'Tour',
    event_name: 'tour.calls',
    default_aggregation: { formula: 'sum' },
  })
  await stripe.billing.meters.update(meter.id, { display_name: 'Grand tour' })
  await stripe.billing.meters.deactivate(meter.id)
  await stripe.billing.meters.reactivate(meter.id)
  await stripe.billing.meters.retrieve(meter.id)
  await stripe.billing.meters.list({ status: 'active' })
  for (const identifier of ['tour-1', 'tour-2']) {
    await stripe.billing.meterEvents.create({
      event_name: 'tour.calls',
      payload: { stripe_customer_id: customer, value: '12' },
      identifier,
    })
  }
  await stripe.billing.meterEventAdjustments.create({
    event_name: 'tour.calls',
    type: 'cancel',
    cancel: { identifier: 'tour-2' },
  })
  const start = meter.created - (meter.created % 86_400)
  await stripe.billing.meters.listEventSummaries(meter.id, {
    customer,
    start_time: start,
    end_time: start + 2 * 86_400,
    value_grouping_window: 'hour',
  })
  return stripe.prices.create({
    product,
    currency: 'usd',
    unit_amount: 3,
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
  })
}

async function tourCoupons(stripe: Stripe): Promise<Stripe.PromotionCode> {
  const coupon = await stripe.coupons.create({
    amount_off: 100,
    currency: 'usd',
    currency_options: { eur: { amount_off: 90 } },
    expand: ['currency_options'],
  })
  await stripe.coupons.update(coupon.id, { name: 'Tour' })
  await stripe.coupons.retrieve(coupon.id, { expand: ['applies_to'] })
  await stripe.coupons.list()
  const code = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: 'GRAND-TOUR',
    restrictions: { minimum_amount: 500, minimum_amount_currency: 'usd' },
  })
  await stripe.promotionCodes.update(code.id, { metadata: { a: 'b' } })
  await stripe.promotionCodes.retrieve(code.id, { expand: ['promotion.coupon'] })
  await stripe.promotionCodes.list({ code: 'grand-tour' })
  const gone = await stripe.coupons.create({ percent_off: 10 })
  await stripe.coupons.del(gone.id)
  return code
}

/** Calls every operation of products, prices, plans, meters, coupons and promotion codes, and bills some of each. */
export async function tourPrices({ stripe, advance }: Started): Promise<void> {
  const customer = await customerWithCard(stripe)
  const product = await tourProducts(stripe)
  const tiered = await tourPricesAndPlans(stripe, product.id)
  const metered = await tourMeters(stripe, customer.id, product.id)
  const code = await tourCoupons(stripe)
  await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: tiered.id, quantity: 7 }, { price: metered.id }],
    discounts: [{ promotion_code: code.id }],
    expand: ['latest_invoice'],
  })
  await advance({ months: 1 })
  await advance({ days: 1 })
}

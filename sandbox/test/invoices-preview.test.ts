import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const amountsOf = (invoice: Stripe.Invoice) => invoice.lines.data.map(({ amount }) => amount)
const none = { status: 400, code: 'invoice_upcoming_none' }

async function subscribed(cents = 1000) {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, cents)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  const [item] = subscription.items.data
  if (!item) throw new Error('The subscription has no item.')
  return { customer, price, subscription, item }
}

test('the next invoice shows what recurs, what waits, and what is supposed; nothing of it stays', async () => {
  const { stripe } = world
  const { customer, subscription } = await subscribed()
  const waiting = await stripe.invoiceItems.create({ customer: customer.id, amount: 70, currency: 'usd' })
  const types = await typesDuring(world, async () => {
    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      invoice_items: [
        { invoiceitem: waiting.id, amount: 90 },
        { amount: 5, description: 'More' },
        { unit_amount: 10, quantity: 3 },
      ],
      subscription_details: { metadata: { plan: 'b' } },
    })
    expect(preview).toMatchObject({
      billing_reason: 'upcoming',
      customer: customer.id,
      id: expect.stringMatching(/^upcoming_in_/),
      number: null,
      parent: { subscription_details: { metadata: { plan: 'b' }, subscription: subscription.id } },
      status: 'draft',
      total: 1125,
    })
    expect(amountsOf(preview).sort((a, b) => a - b)).toEqual([5, 30, 90, 1000])
  })
  expect(types).toEqual([])
  expect((await stripe.invoiceItems.retrieve(waiting.id)).amount).toBe(70)
  expect((await stripe.invoices.createPreview({ customer: customer.id })).total).toBe(1070)
})

test('with preview_mode=recurring only what comes again is left', async () => {
  const { stripe } = world
  const { customer, subscription, item } = await subscribed()
  await stripe.invoiceItems.create({ customer: customer.id, amount: 70, currency: 'usd' })
  const changed = { subscription_details: { items: [{ id: item.id, quantity: 3 }] } }
  const recurring = await stripe.invoices.createPreview({
    subscription: subscription.id,
    preview_mode: 'recurring',
    ...changed,
  })
  expect(amountsOf(recurring)).toEqual([3000])
  const next = await stripe.invoices.createPreview({ subscription: subscription.id, ...changed })
  expect(next.lines.data.filter(({ parent }) => parent?.subscription_item_details?.proration)).toHaveLength(2)
  expect((await stripe.invoices.createPreview({ subscription: subscription.id })).total).toBe(1070)
})

test('of one who is not a customer yet: the first invoice, a trial’s of nothing, and what recurs after it', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 2000)
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 10 })
  const details = { items: [{ price: price.id, quantity: 2 }], default_tax_rates: [rate.id] }
  const preview = await stripe.invoices.createPreview({
    customer_details: { address: { country: 'DE' }, tax_exempt: 'none' },
    subscription_details: details,
    invoice_items: [{ amount: 100, currency: 'usd' }],
  })
  expect(preview).toMatchObject({
    billing_reason: 'subscription_create',
    customer: null,
    customer_address: { country: 'DE' },
    subtotal: 4100,
    total: 4510,
  })
  const exempt = await stripe.invoices.createPreview({
    customer_details: { tax_exempt: 'exempt' },
    subscription_details: details,
  })
  expect(exempt.total).toBe(4000)
  const trial = { ...details, trial_end: Math.floor(Date.parse('2026-03-01T00:00:00Z') / 1000) }
  const asked = { subscription_details: trial }
  const before = (await stripe.customers.list({ limit: 100 })).data.length
  expect((await stripe.invoices.createPreview(asked)).total).toBe(0)
  expect((await stripe.invoices.createPreview({ ...asked, preview_mode: 'recurring' })).total).toBe(4400)
  expect((await stripe.customers.list({ limit: 100 })).data).toHaveLength(before)
  const taxed = stripe.invoices.createPreview({ ...asked, automatic_tax: { enabled: true } })
  expect(await refusalOf(taxed)).toMatchObject({ code: 'parameter_missing', param: 'customer' })
})

test('a change at once, at another date, with a new anchor or by an end of the trial', async () => {
  const { stripe, advance } = world
  const { subscription, item } = await subscribed()
  await advance({ days: 10 })
  const of = (details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
    stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: details })
  const whole = await of({
    items: [{ id: item.id, quantity: 2 }],
    proration_behavior: 'always_invoice',
    proration_date: item.current_period_start,
  })
  expect(whole).toMatchObject({ billing_reason: 'subscription_update', total: 1000 })
  expect(whole.parent?.subscription_details?.subscription_proration_date).toBe(item.current_period_start)
  expect(amountsOf(whole)).toEqual([-1000, 2000])
  const none = await of({ items: [{ id: item.id, quantity: 2 }], proration_behavior: 'none' })
  expect(amountsOf(none)).toEqual([2000])
  const reset = await of({ billing_cycle_anchor: { type: 'now' } })
  expect(amountsOf(reset).at(-1)).toBe(1000)
  expect(reset.total).toBeLessThan(1000)
  const stamped = of({ billing_cycle_anchor: { type: 'timestamp', timestamp: 1_800_000_000 } })
  expect(await refusalOf(stamped)).toMatchObject({ status: 400 })
})

test('a subscription that ends has no next invoice; one that ends now gives back what is left', async () => {
  const { stripe } = world
  const { subscription, customer } = await subscribed()
  const of = (details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
    stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: details })
  expect(await refusalOf(of({ cancel_at_period_end: true }))).toMatchObject(none)
  expect(await refusalOf(of({ cancel_at: 'min_period_end' }))).toMatchObject(none)
  expect(amountsOf(await of({ cancel_now: true }))).toEqual([-1000])
  await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  const asked = { subscription: subscription.id }
  expect(await refusalOf(stripe.invoices.createPreview(asked))).toMatchObject(none)
  expect(await refusalOf(stripe.invoices.createPreview({ customer: customer.id }))).toMatchObject(none)
  expect((await of({ cancel_at_period_end: false })).total).toBe(1000)
})

test('pausing with an invoice shows what it gives back, resuming what it asks for', async () => {
  const { stripe } = world
  const { subscription } = await subscribed()
  const of = (details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
    stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: details })
  const pause = { type: 'subscription' as const, bill_for: { unused_time_from: { type: 'now' as const } } }
  expect((await of({ pause: { ...pause, invoicing_behavior: 'invoice' } })).total).toBe(-1000)
  expect(
    await refusalOf(of({ pause: { ...pause, invoicing_behavior: 'pending_invoice_item' } })),
  ).toMatchObject(none)
  expect((await of({ pause: {} as never })).total).toBe(1000)
  await stripe.subscriptions.pause(subscription.id, { type: 'subscription' } as never)
  expect(await refusalOf(of({}))).toMatchObject(none)
  const resumed = await of({ resume_at: 'now' })
  expect(amountsOf(resumed)).toContain(1000)
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('paused')
})

test('one-off items alone make an invoice of their own, with discounts of its own', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const coupon = await stripe.coupons.create({ percent_off: 10 })
  const preview = await stripe.invoices.createPreview({
    customer: customer.id,
    automatic_tax: { enabled: true },
    discounts: [{ coupon: coupon.id }],
    invoice_items: [{ amount: 500 }, { amount: 300, discounts: [{ coupon: coupon.id }] }],
  })
  expect(preview).toMatchObject({
    automatic_tax: { enabled: true, status: 'complete' },
    billing_reason: 'manual',
    subtotal: 770,
    total: 693,
  })
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(0)
  expect(await refusalOf(stripe.invoices.createPreview({ customer: customer.id }))).toMatchObject({
    ...none,
    param: 'customer',
  })
  expect(await refusalOf(stripe.invoices.createPreview({}))).toMatchObject({ code: 'parameter_missing' })
})

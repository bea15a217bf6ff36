import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

// What recorded answers of the real API show beyond its documentation.

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

async function subscribed(more: Partial<Stripe.SubscriptionCreateParams> = {}) {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 2500, 'Seats')
  const items = [{ price: price.id }]
  return stripe.subscriptions.create({ customer: customer.id, items, ...more })
}

test('an invoice by hand for a subscription may be empty, and stands for the time since its period began', async () => {
  const { stripe } = world
  const subscription = await subscribed()
  const customer = String(subscription.customer)
  await world.advance({ days: 3 })
  const draft = await stripe.invoices.create({ customer, subscription: subscription.id })
  expect([draft.status, draft.amount_due, draft.billing_reason]).toEqual(['draft', 0, 'manual'])
  expect(draft.lines.data).toEqual([])
  expect([draft.period_start, draft.period_end]).toEqual([subscription.start_date, draft.created])
  expect(draft.parent?.subscription_details?.subscription).toBe(subscription.id)
  const paid = await stripe.invoices.pay(draft.id)
  expect([paid.status, paid.amount_paid, paid.attempted]).toEqual(['paid', 0, true])
})

test('an invoice by hand says how it is rendered, and gets its page’s size when it is final', async () => {
  const { stripe } = world
  const subscription = await subscribed()
  const draft = await stripe.invoices.create({ customer: String(subscription.customer) })
  expect(draft.rendering).toEqual({
    ...{ amount_tax_display: null, template: null, template_version: null },
    pdf: { page_size: 'auto' },
  })
  expect((await stripe.invoices.finalizeInvoice(draft.id)).rendering?.pdf).toEqual({ page_size: 'letter' })
  const first = await stripe.invoices.retrieve(String(subscription.latest_invoice))
  expect(first.rendering).toBeNull()
})

test('the payments of an invoice are not counted, and its lines do not name a subscription of their own', async () => {
  const { stripe } = world
  const { latest_invoice: id } = await subscribed()
  const invoice = await stripe.invoices.retrieve(String(id), { expand: ['payments'] })
  expect(Object.keys(invoice.payments ?? {})).toEqual(['object', 'data', 'has_more', 'url'])
  expect(invoice.lines.data[0]).not.toHaveProperty('subscription')
})

test('cancelling now takes back what was planned for the period’s end', async () => {
  const { stripe } = world
  const { id, start_date: start } = await subscribed()
  const planned = await stripe.subscriptions.update(id, { cancel_at_period_end: true })
  expect(planned.cancel_at).toBeGreaterThan(start)
  const { cancel_at, cancel_at_period_end: atEnd, canceled_at } = await stripe.subscriptions.cancel(id)
  expect([cancel_at, atEnd, canceled_at]).toEqual([null, false, planned.canceled_at])
})

test('the anchor is reset to now also where the same call ends a trial that there is not', async () => {
  const { stripe } = world
  const { id, start_date: start } = await subscribed()
  await world.advance({ days: 2 })
  const after = await stripe.subscriptions.update(id, {
    billing_cycle_anchor: { type: 'now' },
    trial_end: 'now',
    proration_behavior: 'always_invoice',
  })
  expect(after.billing_cycle_anchor).toBeGreaterThanOrEqual(start + 2 * 86_400)
  expect(after.items.data[0]?.current_period_start).toBe(after.billing_cycle_anchor)
})

test('an amount that names no price gets an inactive one, and the same words and amount share it', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const item = (amount: number, description?: string) =>
    stripe.invoiceItems.create({
      ...{ customer: customer.id, currency: 'usd', amount },
      ...(description === undefined ? {} : { description }),
    })
  const [fee, again, more, silent, silentAgain] = [
    await item(1000, 'Setup fee'),
    await item(1000, 'Setup fee'),
    await item(1500, 'Setup fee'),
    await item(700),
    await item(700),
  ]
  const priceOf = ({ pricing }: Stripe.InvoiceItem) => String(pricing?.price_details?.price)
  expect(priceOf(again)).toBe(priceOf(fee))
  expect(new Set([fee, more, silent, silentAgain].map(priceOf)).size).toBe(4)
  expect(String(fee.pricing?.unit_amount_decimal)).toBe('1000')
  const price = await stripe.prices.retrieve(priceOf(fee), { expand: ['product'] })
  expect([price.active, price.type, price.unit_amount]).toEqual([false, 'one_time', 1000])
  expect(price.product).toMatchObject({ name: 'Setup fee', active: false })
  const invoice = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
  })
  expect(invoice.lines.data.map(({ pricing }) => pricing?.price_details?.price).sort()).toEqual(
    [fee, fee, more, silent, silentAgain].map(priceOf).sort(),
  )
})

test('the line of a trial names the quantity, with the product’s unit where it has one', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const plain = await monthlyPrice(stripe, 900, 'Plain')
  const product = await stripe.products.create({ name: 'Seats', unit_label: 'user' })
  const recurring = { interval: 'month' as const }
  const seats = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 500,
    recurring,
  })
  const { latest_invoice: id } = await stripe.subscriptions.create({
    ...{ customer: customer.id, trial_period_days: 14 },
    items: [{ price: plain.id }, { price: seats.id, quantity: 3 }],
  })
  const { lines } = await stripe.invoices.retrieve(String(id))
  expect(lines.data.map(({ description }) => description)).toEqual([
    'Free trial for 1 × Plain',
    'Free trial for 3 user × Seats',
  ])
})

test('a first invoice that waits for 3-D Secure advances by itself and has not counted an attempt', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe, 'pm_card_authenticationRequired')
  const price = await monthlyPrice(stripe, 2500, 'Waiting')
  const { status, latest_invoice: id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  const invoice = await stripe.invoices.retrieve(String(id))
  expect([status, invoice.status, invoice.auto_advance]).toEqual(['incomplete', 'open', true])
  expect([invoice.attempted, invoice.attempt_count, invoice.next_payment_attempt]).toEqual([true, 0, null])
})

test('the card that pays an invoice is kept for later only where a subscription is paid', async () => {
  const { stripe } = world
  const { customer: id, latest_invoice: first } = await subscribed()
  const customer = String(id)
  await stripe.invoiceItems.create({ customer, amount: 1900, currency: 'usd' })
  const draft = await stripe.invoices.create({ customer, pending_invoice_items_behavior: 'include' })
  await stripe.invoices.pay(draft.id)
  const intentOf = async (invoice: string) => {
    const { data } = await stripe.invoicePayments.list({ invoice })
    return stripe.paymentIntents.retrieve(String(data[0]?.payment.payment_intent))
  }
  const [ofSubscription, byHand] = [await intentOf(String(first)), await intentOf(draft.id)]
  expect(ofSubscription.setup_future_usage).toBe('off_session')
  expect(ofSubscription.payment_details?.order_reference).toBe(first)
  expect(byHand.setup_future_usage).toBeNull()
  expect(byHand).not.toHaveProperty('payment_details')
})

test('a charge that was paid has a receipt to look at', async () => {
  const { stripe } = world
  const { latest_invoice: invoice } = await subscribed()
  const { data } = await stripe.invoicePayments.list({ invoice: String(invoice) })
  const { latest_charge: id } = await stripe.paymentIntents.retrieve(String(data[0]?.payment.payment_intent))
  const { receipt_url: url } = await stripe.charges.retrieve(String(id))
  const page = await fetch(String(url))
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('visa ending in 4242')])
})

test('a session shows its customer’s e-mail address but not the name before it is complete', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({
    name: 'Ann',
    email: 'ann@example.com',
    phone: '+14155550100',
  })
  const success_url = 'https://example.com/'
  const setup = await stripe.checkout.sessions.create({
    ...{ mode: 'setup', customer: customer.id, currency: 'usd', success_url },
  })
  const price = await monthlyPrice(stripe, 900, 'Shown')
  const subscribing = await stripe.checkout.sessions.create({
    ...{ mode: 'subscription', customer: customer.id, success_url },
    line_items: [{ price: price.id, quantity: 1 }],
  })
  expect(setup.customer_details).toMatchObject({ name: null, email: customer.email, tax_exempt: null })
  expect(subscribing.customer_details).toMatchObject({
    name: null,
    email: customer.email,
    tax_exempt: 'none',
  })
  expect(setup.currency).toBe('usd')
})

import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
let price: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-03-01T00:00:00Z', deaf: true })
  price = await monthlyPrice(world.stripe, 3000)
})
afterAll(() => world.close())

const status = async (id: string) => (await world.stripe.subscriptions.retrieve(id)).status

test('a renewal that fails is tried eight times more within two weeks, then the subscription is cancelled', async () => {
  const { stripe, control, advance } = world
  const customer = await customerWithCard(stripe)
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await advance({ to: '2026-04-01T02:00:00Z' })
  expect(await status(made.id)).toBe('past_due')
  const failed = (await world.direct.events.list({ type: 'invoice.payment_failed' })).data[0]?.data
    .object as Stripe.Invoice
  // The draft is an hour old when it is first tried, and a day later it is tried again.
  const turn = made.items.data[0]?.current_period_end ?? 0
  expect(new Date(turn * 1000).toISOString()).toMatch(/^2026-04-01T00:00:/)
  expect([failed.attempt_count, failed.next_payment_attempt]).toEqual([1, turn + 3600 + 86_400])
  await advance({ to: '2026-04-15T00:00:00Z' })
  expect(await status(made.id)).toBe('past_due')
  await advance({ to: '2026-04-15T02:00:00Z' })
  const ended = await stripe.subscriptions.retrieve(made.id, { expand: ['latest_invoice'] })
  expect([ended.status, ended.cancellation_details?.reason]).toEqual(['canceled', 'payment_failed'])
  expect((ended.latest_invoice as Stripe.Invoice).attempt_count).toBe(9)
})

test('a card replaced while it is overdue pays at the next try', async () => {
  const { stripe, control, advance } = world
  const customer = await customerWithCard(stripe)
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await advance({ months: 1 })
  await advance({ seconds: 7200 })
  expect(await status(made.id)).toBe('past_due')
  await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  await advance({ days: 1 })
  expect(await status(made.id)).toBe('active')
})

test('a first payment that is declined leaves it incomplete, and 23 hours later expired', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    expand: ['latest_invoice'],
  })
  const invoice = made.latest_invoice as Stripe.Invoice
  expect([made.status, invoice.status, invoice.next_payment_attempt]).toEqual(['incomplete', 'open', null])
  await advance({ seconds: 23 * 3600 - 60 })
  expect(await status(made.id)).toBe('incomplete')
  await advance({ seconds: 60 })
  expect([await status(made.id), (await stripe.invoices.retrieve(invoice.id)).status]).toEqual([
    'incomplete_expired',
    'void',
  ])
})

test('error_if_incomplete is a 402 and makes nothing', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const before = (await world.direct.events.list({ limit: 1 })).data[0]?.id
  const attempt = stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    payment_behavior: 'error_if_incomplete',
  })
  await expect(attempt).rejects.toMatchObject({
    statusCode: 402,
    code: 'card_declined',
    type: 'StripeCardError',
  })
  expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([])
  expect((await world.direct.events.list({ limit: 1 })).data[0]?.id).toBe(before)
})

test('a card that asks for 3-D Secure waits for the person', async () => {
  const { stripe, sandbox } = world
  const customer = await customerWithCard(stripe, 'pm_card_authenticationRequiredOnSetup')
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    expand: ['latest_invoice.payments'],
  })
  const invoice = made.latest_invoice as Stripe.Invoice
  expect([made.status, invoice.attempted, invoice.attempt_count]).toEqual(['incomplete', true, 0])
  const intent = await stripe.paymentIntents.retrieve(
    String(invoice.payments?.data[0]?.payment.payment_intent),
  )
  expect(intent.status).toBe('requires_action')
  const step = String(intent.next_action?.use_stripe_sdk?.stripe_js)
  expect(step.startsWith(sandbox.url)).toBe(true)
  await fetch(step, { method: 'POST', body: new URLSearchParams({ authenticated: 'yes' }) })
  expect(await status(made.id)).toBe('active')
})

test('a card that declines at once cannot even be attached', async () => {
  const customer = await world.stripe.customers.create({})
  const attempt = world.stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id })
  await expect(attempt).rejects.toMatchObject({
    statusCode: 402,
    code: 'card_declined',
    decline_code: 'generic_decline',
  })
})

test('without any payment method a subscription is refused', async () => {
  const customer = await world.stripe.customers.create({})
  const attempt = world.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await expect(attempt).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing' })
})

test.each([
  ['cancel', 'canceled'],
  ['pause', 'paused'],
  ['create_invoice', 'past_due'],
] as const)('a trial that ends without a card and %s is %s', async (missing, expected) => {
  const { stripe, advance } = world
  const customer = await stripe.customers.create({})
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 14,
    trial_settings: { end_behavior: { missing_payment_method: missing } },
    expand: ['latest_invoice'],
  })
  const first = made.latest_invoice as Stripe.Invoice
  expect([made.status, first.status, first.total, made.billing_cycle_anchor]).toEqual([
    'trialing',
    'paid',
    0,
    made.trial_end,
  ])
  await advance({ days: 11 })
  const warned = (await world.direct.events.list({ type: 'customer.subscription.trial_will_end' })).data[0]
  expect(warned?.data.object).toMatchObject({ id: made.id })
  await advance({ days: 3 })
  await advance({ seconds: 7200 })
  expect(await status(made.id)).toBe(expected)
})

test('below the minimum charge an invoice is paid and carried on the balance', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const draft = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoiceItems.create({ customer: customer.id, invoice: draft.id, amount: 40, currency: 'usd' })
  const open = await stripe.invoices.finalizeInvoice(draft.id)
  expect([open.status, open.amount_due, open.ending_balance]).toEqual(['paid', 0, 40])
  const next = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoiceItems.create({ customer: customer.id, invoice: next.id, amount: 1000, currency: 'usd' })
  const paid = await stripe.invoices.pay(next.id)
  expect([
    paid.amount_paid,
    paid.starting_balance,
    ((await stripe.customers.retrieve(customer.id)) as Stripe.Customer).balance,
  ]).toEqual([1040, 40, 0])
})

test('refunds in part and in full, and no more than was paid', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    expand: ['latest_invoice.payments'],
  })
  const intent = String((made.latest_invoice as Stripe.Invoice).payments?.data[0]?.payment.payment_intent)
  await stripe.refunds.create({ payment_intent: intent, amount: 1000 })
  await expect(stripe.refunds.create({ payment_intent: intent, amount: 2001 })).rejects.toMatchObject({
    statusCode: 400,
  })
  const rest = await stripe.refunds.create({ payment_intent: intent })
  expect([rest.amount, rest.status]).toEqual([2000, 'succeeded'])
  await expect(stripe.refunds.create({ payment_intent: intent })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  })
})

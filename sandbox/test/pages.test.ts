import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthlyPrice, type Started, start } from './start.ts'

let world: Started
let price: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z', deaf: true })
  price = await monthlyPrice(world.stripe, 4000, 'Fish & <Chips>')
})
afterAll(() => world.close())

const checkout = (more: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  world.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://example.com/ok?s={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://example.com/no',
    ...more,
  })

async function visit(url: string | null, fields?: Record<string, string>) {
  const response = await fetch(url ?? '', {
    redirect: 'manual',
    ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
  })
  return { status: response.status, to: response.headers.get('location'), html: await response.text() }
}

const card = (number: string) => ({ number, expiry: '12 / 34', cvc: '123', name: 'Ann Example' })

test('a person pays: declined, then 3-D Secure, then through', async () => {
  const session = await checkout()
  const shown = await visit(session.url)
  expect(shown.html).toContain('Subscribe to Fish &amp; &lt;Chips&gt;')
  expect(shown.html).toContain('Subscribe, pay $40.00 now')
  expect(shown.html).toContain('href="https://example.com/no"')
  const fields = (number: string) => ({ ...card(number), email: 'ann@example.com' })
  const declined = await visit(session.url, fields('4000 0000 0000 9995'))
  expect(declined.html).toContain('<div class="alert" role="alert">Your card has insufficient funds.</div>')
  expect(declined.html).toContain('value="Ann Example"')
  expect((await visit(session.url, fields('4242 4242 4242 4241'))).html).toContain(
    'Your card number is incorrect.',
  )
  expect((await visit(session.url, { ...fields('4242424242424242'), expiry: '13 / 34' })).html).toContain(
    'expiration month is invalid',
  )
  const step = await visit(session.url, fields('4000 0027 6000 3184'))
  expect(step.html).toContain('Complete authentication')
  expect((await world.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open')
  const done = await visit(session.url, { authenticated: 'yes' })
  expect([done.status, done.to]).toEqual([303, `https://example.com/ok?s=${session.id}`])
  const paid = await world.stripe.checkout.sessions.retrieve(session.id, {
    expand: ['subscription', 'customer'],
  })
  expect(paid).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    url: null,
    subscription: { status: 'active' },
    customer: { email: 'ann@example.com' },
  })
  expect((await visit(session.url)).html).toContain('You are all set')
})

test('a trial without a card needs none, and says what comes', async () => {
  const session = await checkout({
    customer_email: 'bob@example.com',
    payment_method_collection: 'if_required',
    subscription_data: { trial_period_days: 14 },
  })
  const shown = await visit(session.url)
  expect(shown.html).toContain('Free until 15 May 2026, then $40.00 per month until cancelled.')
  expect(shown.html).not.toContain('name="number"')
  expect((await visit(session.url, {})).status).toBe(303)
  const done = await world.stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] })
  expect(done).toMatchObject({
    payment_status: 'no_payment_required',
    subscription: { status: 'trialing', default_payment_method: null },
  })
})

test('a promotion code is applied where the session allows it, and shown with what it takes off', async () => {
  const { stripe } = world
  const coupon = await stripe.coupons.create({
    percent_off: 25,
    duration: 'repeating',
    duration_in_months: 3,
  })
  await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'SAVE' })
  const session = await checkout({ customer_email: 'eva@example.com', allow_promotion_codes: true })
  expect((await visit(session.url)).html).toContain('Promotion code (optional)')
  const tried = await visit(session.url, { ...card('4242424242424242'), code: 'SAFE' })
  expect(tried.html).toContain('This promotion code is invalid.')
  const applied = await visit(session.url, { code: 'save', apply: 'yes' })
  expect(applied.html).toContain('SAVE: 25% off for 3 months')
  expect(applied.html).toContain('Subscribe, pay $30.00 now')
  expect((await visit(session.url, card('4242424242424242'))).status).toBe(303)
  expect((await stripe.checkout.sessions.retrieve(session.id)).amount_total).toBe(3000)
})

test('a session that nobody completes expires after a day', async () => {
  const session = await checkout()
  await world.advance({ days: 1 })
  await world.advance({ seconds: 1 })
  expect((await world.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired')
  expect((await visit(session.url)).html).toContain('This checkout has expired')
})

test('in the portal a person replaces the card, cancels and resumes', async () => {
  const { stripe, control } = world
  const session = await checkout({ customer_email: 'eve@example.com' })
  const paid = await control(`checkout/${session.id}/pay`, { card: '4242424242424242' })
  const id = String(paid.subscription)
  const { customer } = await stripe.subscriptions.retrieve(id)
  const portal = await stripe.billingPortal.sessions.create({
    customer: String(customer),
    return_url: 'https://example.com/back',
  })
  const shown = await visit(portal.url)
  expect(shown.html).toContain('visa ending in 4242')
  expect(shown.html).toContain('https://example.com/back')
  expect((await visit(portal.url, { do: 'card', ...card('4000000000000002') })).html).toContain(
    'Your card was declined.',
  )
  await visit(portal.url, { do: 'card', ...card('5555555555554444') })
  const now = await stripe.subscriptions.retrieve(id, { expand: ['default_payment_method'] })
  expect(now.default_payment_method).toMatchObject({ card: { brand: 'mastercard' } })
  await visit(portal.url, { do: 'cancel', subscription: id, feedback: 'unused' })
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
    cancel_at_period_end: true,
    cancellation_details: { feedback: 'unused', reason: 'cancellation_requested' },
  })
  await visit(portal.url, { do: 'resume', subscription: id })
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
    cancel_at_period_end: false,
    cancel_at: null,
    canceled_at: null,
  })
})

test('an open invoice can be paid on its own page, and has a PDF', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const draft = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoiceItems.create({
    customer: customer.id,
    invoice: draft.id,
    amount: 999,
    currency: 'usd',
    description: 'Fee',
  })
  const open = await stripe.invoices.finalizeInvoice(draft.id)
  expect((await visit(open.hosted_invoice_url ?? '')).html).toContain('Pay $9.99 now')
  expect((await visit(open.hosted_invoice_url ?? '', card('4000000000000341'))).html).toContain(
    'Your card was declined.',
  )
  expect((await visit(open.hosted_invoice_url ?? '', card('4242424242424242'))).status).toBe(303)
  expect((await stripe.invoices.retrieve(open.id)).status).toBe('paid')
  expect((await visit(open.invoice_pdf ?? '')).html.startsWith('%PDF-1.4')).toBe(true)
})

test('an unknown page says so', async () => {
  expect(await visit(`${world.sandbox.url}/c/pay/cs_test_none`)).toMatchObject({
    status: 404,
    html: expect.stringContaining('No such checkout.session'),
  })
})

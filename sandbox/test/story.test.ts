import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthlyPrice, type Started, start } from './start.ts'

let world: Started
let subscription: Stripe.Subscription
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

test('a person subscribes by Checkout, and the events say so in order', async () => {
  const { stripe, control, listener, advance } = world
  const customer = await stripe.customers.create({ email: 'ann@example.com', metadata: { account: 'a1' } })
  const price = await monthlyPrice(stripe, 4000, 'AI Secretary')
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://example.com/ok?s={CHECKOUT_SESSION_ID}',
    metadata: { plan: 'ai_secretary' },
    subscription_data: { metadata: { account: 'a1' } },
  })
  expect([session.status, session.amount_total, session.url?.endsWith(`/c/pay/${session.id}`)]).toEqual([
    'open',
    4000,
    true,
  ])
  const declined = await control(`checkout/${session.id}/pay`, { card: '4000000000000002' })
  expect(declined.error).toMatchObject({
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
  })
  expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toEqual([])
  const paid = await control(`checkout/${session.id}/pay`, { card: '4242424242424242' })
  expect(paid.status).toBe('complete')
  subscription = await stripe.subscriptions.retrieve(String(paid.subscription))
  expect([subscription.status, subscription.metadata, subscription.billing_mode.type]).toEqual([
    'active',
    { account: 'a1' },
    'flexible',
  ])
  const [item] = subscription.items.data
  expect(
    [item?.current_period_start, item?.current_period_end].map((at) =>
      new Date(Number(at) * 1000).toISOString().slice(0, 10),
    ),
  ).toEqual(['2026-01-31', '2026-02-28'])
  await advance({ seconds: 1 })
  expect(listener.types().slice(-13)).toEqual([
    'payment_method.attached',
    'customer.subscription.created',
    'invoice.created',
    'payment_intent.created',
    'invoice.finalized',
    'charge.succeeded',
    'payment_intent.succeeded',
    'invoice_payment.paid',
    'invoice.updated',
    'invoice.paid',
    'invoice.payment_succeeded',
    'customer.subscription.updated',
    'checkout.session.completed',
  ])
  expect(listener.problems).toEqual([])
})

test('the renewal stays a draft for an hour after its webhooks were delivered, and takes added lines', async () => {
  const { stripe, advance, listener } = world
  await advance({ to: '2026-02-21T10:00:05Z' })
  expect(listener.types().at(-1)).toBe('invoice.upcoming')
  // The webhook of the draft is refused at first: the hour begins when the second try is answered.
  listener.answers.push(200, 503)
  await advance({ to: '2026-02-28T10:30:00Z' })
  expect(listener.types().slice(-2)).toEqual(['customer.subscription.updated', 'invoice.created'])
  const moved = listener.events.at(-2)?.data.previous_attributes as {
    items: { data: { current_period_end: number }[] }
  }
  expect(moved.items.data[0]?.current_period_end).toBe(subscription.items.data[0]?.current_period_end)
  const [draft] = (await stripe.invoices.list({ subscription: subscription.id })).data
  expect([draft?.status, draft?.billing_reason, draft?.amount_due]).toEqual([
    'draft',
    'subscription_cycle',
    4000,
  ])
  await advance({ to: '2026-02-28T11:40:00Z' })
  const held = await stripe.invoices.retrieve(draft?.id ?? '')
  const delivered = Number(held.webhooks_delivered_at)
  expect([held.status, Number(held.automatically_finalizes_at) - delivered]).toEqual(['draft', 3600])
  expect(new Date(delivered * 1000).toISOString()).toMatch(/^2026-02-28T11:00:/)
  const decimal = Stripe.Decimal.from
  await stripe.invoices.addLines(held.id, {
    lines: [
      {
        description: 'Voice',
        quantity: 50,
        discountable: false,
        price_data: { currency: 'usd', product_data: { name: 'Voice' }, unit_amount_decimal: decimal('1.3') },
      },
      {
        description: 'SMS',
        quantity: 20,
        discountable: false,
        price_data: { currency: 'usd', product_data: { name: 'SMS' }, unit_amount_decimal: decimal('0.75') },
      },
      {
        description: 'Number',
        quantity: 1,
        discountable: false,
        price_data: {
          currency: 'usd',
          product_data: { name: 'Number' },
          unit_amount_decimal: decimal('500'),
        },
      },
    ],
  })
  await advance({ to: '2026-02-28T12:30:00Z' })
  const paid = await stripe.invoices.retrieve(held.id, { expand: ['payments'] })
  expect([paid.status, paid.amount_paid, paid.attempt_count, paid.payments?.data[0]?.status]).toEqual([
    'paid',
    4580,
    1,
    'paid',
  ])
  expect(paid.lines.data.map(({ amount }) => amount)).toEqual([4000, 65, 15, 500])
  await expect(stripe.invoices.addLines(held.id, { lines: [{ amount: 1 }] })).rejects.toMatchObject({
    code: 'invoice_not_editable',
  })
})

test('the anchor of the 31st comes back after February', async () => {
  const { stripe, advance } = world
  await advance({ to: '2026-04-30T12:00:00Z' })
  const now = await stripe.subscriptions.retrieve(subscription.id)
  expect(new Date(Number(now.items.data[0]?.current_period_end) * 1000).toISOString().slice(0, 10)).toBe(
    '2026-05-31',
  )
})

test('cancelled at the period end it ends without a final invoice', async () => {
  const { stripe, advance, listener } = world
  const before = (await stripe.invoices.list({ subscription: subscription.id })).data.length
  const ending = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  expect(ending.cancel_at).toBe(ending.items.data[0]?.current_period_end)
  await advance({ to: '2026-06-01T00:00:00Z' })
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  expect(listener.types().at(-1)).toBe('customer.subscription.deleted')
  // One renewal was still due on 30 April, paid by then; none follows.
  expect((await stripe.invoices.list({ subscription: subscription.id })).data.length).toBe(before)
  expect(listener.problems).toEqual([])
})

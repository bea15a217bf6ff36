import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-04-01T00:00:00Z', deaf: true })
})
afterAll(() => world.close())

const decimal = Stripe.Decimal.from
const monthly = { interval: 'month' as const }

async function price(more: Partial<Stripe.PriceCreateParams>, name = 'Seats') {
  const product = await world.stripe.products.create({ name })
  return world.stripe.prices.create({ product: product.id, currency: 'usd', recurring: monthly, ...more })
}
const inTiers = (tiers_mode: 'graduated' | 'volume', tiers: Stripe.PriceCreateParams.Tier[]) =>
  price({ billing_scheme: 'tiered', tiers_mode, tiers })
const documented = [
  { up_to: 5, unit_amount: 700 },
  { up_to: 10, unit_amount: 650 },
  { up_to: 'inf' as const, unit_amount: 600 },
]

const subscribe = async (
  items: Stripe.SubscriptionCreateParams.Item[],
  more: Partial<Stripe.SubscriptionCreateParams> = {},
) => {
  const customer = await customerWithCard(world.stripe)
  return world.stripe.subscriptions.create({
    customer: customer.id,
    items,
    expand: ['latest_invoice'],
    ...more,
  })
}
const invoiceOf = ({ latest_invoice: invoice }: Stripe.Subscription): Stripe.Invoice => {
  if (!invoice || typeof invoice === 'string') throw new Error('There is no invoice.')
  return invoice
}
const shown = ({ description, amount, quantity }: Stripe.InvoiceLineItem) => [description, amount, quantity]

test('graduated tiers are a line each, and the invoice is their sum', async () => {
  const graduated = await inTiers('graduated', documented)
  const invoice = invoiceOf(await subscribe([{ price: graduated.id, quantity: 12 }]))
  expect(invoice.lines.data.map(shown)).toEqual([
    ['5 × Seats (Tier 1 at $7.00 / month)', 3500, 5],
    ['5 × Seats (Tier 2 at $6.50 / month)', 3250, 5],
    ['2 × Seats (Tier 3 at $6.00 / month)', 1200, 2],
  ])
  expect(invoice.lines.data.map(({ pricing }) => String(pricing?.unit_amount_decimal))).toEqual([
    '700',
    '650',
    '600',
  ])
  expect([invoice.status, invoice.total]).toEqual(['paid', 7950])
})

test('volume tiers are one line at the tier that holds the whole quantity', async () => {
  const volume = await inTiers('volume', documented)
  const invoice = invoiceOf(await subscribe([{ price: volume.id, quantity: 6 }]))
  expect(invoice.lines.data.map(shown)).toEqual([['6 × Seats (Tier 2 at $6.50 / month)', 3900, 6]])
})

test('a change of quantity in tiers credits all that was billed for it and debits what the new one comes to', async () => {
  const { stripe } = world
  const graduated = await inTiers('graduated', documented)
  const made = await subscribe([{ price: graduated.id, quantity: 6 }])
  // Half of April is over: 6 seats came to 4150, 12 come to 7950.
  await world.advance({ days: 15 })
  const after = await stripe.subscriptions.update(made.id, {
    items: [{ id: made.items.data[0]?.id ?? '', quantity: 12 }],
    proration_behavior: 'always_invoice',
    expand: ['latest_invoice'],
  })
  const [credit, debit] = invoiceOf(after).lines.data
  expect([credit?.amount, debit?.amount, invoiceOf(after).total]).toEqual([-2075, 3975, 1900])
  expect(credit?.parent?.subscription_item_details?.proration_details?.credited_items).toEqual({
    invoice: invoiceOf(made).id,
    invoice_line_items: invoiceOf(made).lines.data.map(({ id }) => id),
  })
  expect(debit?.description).toMatch(/^Remaining time on 12 × Seats after /)
})

test('a fraction of a cent is prorated before it is rounded', async () => {
  const { stripe } = world
  const exact = await price({ unit_amount_decimal: decimal('0.5') })
  const made = await subscribe([{ price: exact.id, quantity: 201 }])
  expect(invoiceOf(made).subtotal).toBe(101)
  const now = (await stripe.subscriptions.retrieve(made.id)).items.data[0]
  const start = now?.current_period_start ?? 0
  const end = now?.current_period_end ?? 0
  const half = start + (end - start) / 2
  await world.advance({ to: new Date(half * 1000).toISOString() })
  const added = await price({ unit_amount_decimal: decimal('0.5') }, 'More')
  const preview = await stripe.invoices.createPreview({
    subscription: made.id,
    subscription_details: {
      items: [{ price: added.id, quantity: 201 }],
      proration_behavior: 'always_invoice',
      proration_date: half,
    },
  })
  // 201 × 0.5 ÷ 2 is 50.25; half of the rounded 101 would be 51.
  expect(preview.lines.data.map(({ amount }) => amount)).toEqual([50])
})

test('a subscription in another currency is billed by the price of that currency', async () => {
  const { stripe } = world
  const both = await price({
    unit_amount: 1000,
    currency_options: { eur: { unit_amount: 900 }, jpy: { unit_amount: 150 } },
  })
  const made = await subscribe([{ price: both.id, quantity: 2 }], { currency: 'eur' })
  const invoice = invoiceOf(made)
  expect([made.currency, invoice.currency, invoice.total]).toEqual(['eur', 'eur', 1800])
  expect(invoice.lines.data.map((line) => [line.currency, ...shown(line)])).toEqual([
    ['eur', '2 × Seats (at €9.00 / month)', 1800, 2],
  ])
  expect(String(invoice.lines.data[0]?.pricing?.unit_amount_decimal)).toBe('900')
  const changed = await stripe.subscriptions.update(made.id, {
    items: [{ id: made.items.data[0]?.id ?? '', quantity: 3 }],
    proration_behavior: 'always_invoice',
    expand: ['latest_invoice'],
  })
  expect([invoiceOf(changed).currency, invoiceOf(changed).total]).toEqual(['eur', 900])
  const yen = invoiceOf(await subscribe([{ price: both.id }], { currency: 'jpy' }))
  expect(yen.lines.data.map(shown)).toEqual([['1 × Seats (at ¥150 / month)', 150, 1]])
  expect(await refusalOf(subscribe([{ price: both.id }], { currency: 'gbp' }))).toMatchObject({
    status: 400,
    param: 'items[0][price]',
  })
})

test('packages are counted before they are priced', async () => {
  const packages = await price({ unit_amount: 1000, transform_quantity: { divide_by: 5, round: 'up' } })
  const invoice = invoiceOf(await subscribe([{ price: packages.id, quantity: 11 }]))
  expect(invoice.lines.data.map(shown)).toEqual([['11 × Seats (at $10.00 per 5 units / month)', 3000, 11]])
})

test('a discount is taken off all the tiers together', async () => {
  const { stripe } = world
  const graduated = await inTiers('graduated', documented)
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' })
  const invoice = invoiceOf(
    await subscribe([{ price: graduated.id, quantity: 12 }], { discounts: [{ coupon: coupon.id }] }),
  )
  expect([invoice.subtotal, invoice.total]).toEqual([7950, 7155])
  const off = invoice.lines.data.flatMap(({ discount_amounts: amounts }) => amounts ?? [])
  expect(off.reduce((sum, { amount }) => sum + amount, 0)).toBe(795)
})

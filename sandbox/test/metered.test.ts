import Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { day, makeMeter } from './meter.ts'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
let customer: Stripe.Customer
beforeEach(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
  customer = await customerWithCard(world.stripe)
})
afterEach(() => world.close())

const opening = Date.UTC(2026, 0, 31, 10) / 1000
const decimal = Stripe.Decimal.from

/** A meter with a monthly metered price. */
async function meteredPrice(
  eventName: string,
  more: Partial<Stripe.PriceCreateParams> = {},
  formula: 'count' | 'last' | 'sum' = 'sum',
) {
  const { stripe } = world
  const meter = await makeMeter(world, eventName, { default_aggregation: { formula } })
  const product = await stripe.products.create({ name: `Use of ${eventName}`, unit_label: 'call' })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
    ...(more.billing_scheme ? {} : { unit_amount_decimal: decimal('1.3') }),
    ...more,
  })
  return { meter, product, price }
}

const report = (
  eventName: string,
  value: string,
  more: Partial<Stripe.Billing.MeterEventCreateParams> = {},
) =>
  world.stripe.billing.meterEvents.create({
    event_name: eventName,
    payload: { stripe_customer_id: customer.id, value },
    ...more,
  })

const subscribe = (
  items: Stripe.SubscriptionCreateParams.Item[],
  more: Partial<Stripe.SubscriptionCreateParams> = {},
) => world.stripe.subscriptions.create({ customer: customer.id, items, ...more })

type Line = Stripe.InvoiceLineItem
const shown = (line: Line) => [line.description, line.amount, line.quantity]
const periodOf = ({ period }: Line) => [period.start, period.end]
/** When an item's period began and ends: the clock flows on while a test asks. */
function boundsOf(made: Stripe.Subscription): [number, number] {
  const [item] = made.items.data
  return [item?.current_period_start ?? 0, item?.current_period_end ?? 0]
}
const latest = async (id: string): Promise<Stripe.Invoice> => {
  const { latest_invoice: invoice } = await world.stripe.subscriptions.retrieve(id, {
    expand: ['latest_invoice'],
  })
  if (!invoice || typeof invoice === 'string') throw new Error('There is no invoice.')
  return invoice
}

test('a subscription of metered use alone is active and makes no invoice before something was used', async () => {
  const { price } = await meteredPrice('alone')
  const made = await subscribe([{ price: price.id }])
  expect([made.status, made.latest_invoice]).toEqual(['active', null])
  expect(made.items.data[0]).not.toHaveProperty('quantity')
  expect((await world.stripe.invoices.list({ customer: customer.id })).data).toEqual([])
})

test('use is billed on the renewal for the period that closed, beside what is licensed for the one ahead', async () => {
  const { price, product } = await meteredPrice('mixed')
  const seats = await monthlyPrice(world.stripe, 1000)
  const made = await subscribe([{ price: seats.id, quantity: 2 }, { price: price.id }])
  expect((await latest(made.id)).lines.data.map(shown)).toEqual([['2 × Basic (at $10.00 / month)', 2000, 2]])
  await report('mixed', '700')
  await world.advance({ days: 10 })
  await report('mixed', '331.5')
  await world.advance({ to: '2026-02-28T13:00:00Z' })
  const renewal = await latest(made.id)
  expect(renewal.lines.data.map(shown)).toEqual([
    ['2 × Basic (at $10.00 / month)', 2000, 2],
    ['1031.5 call × Use of mixed (at $0.013 / month)', 1341, 1031],
  ])
  const [ahead, used] = renewal.lines.data as [Line, Line]
  const [start, end] = boundsOf(made)
  const next = await world.stripe.subscriptions.retrieve(made.id)
  expect([periodOf(ahead), periodOf(used)]).toEqual([boundsOf(next), [start, end]])
  expect(boundsOf(next)[0]).toBe(end)
  expect([String(used.quantity_decimal), String(used.pricing?.unit_amount_decimal)]).toEqual([
    '1031.5',
    '1.3',
  ])
  expect(used.pricing?.price_details).toEqual({ price: price.id, product: product.id })
  expect([renewal.status, renewal.total]).toEqual(['paid', 3341])
})

test.each([
  ['sum', 13],
  ['count', 3],
  ['last', 6],
] as const)('a meter that takes the %s bills it', async (formula, quantity) => {
  const { price } = await meteredPrice(formula, { unit_amount_decimal: decimal('100') }, formula)
  const made = await subscribe([{ price: price.id }])
  await report(formula, '5')
  await report(formula, '6', { timestamp: opening + 100 })
  await report(formula, '2', { timestamp: opening + 50 })
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  const renewal = await latest(made.id)
  expect(renewal.lines.data.map(({ quantity, amount }) => [quantity, amount])).toEqual([
    [quantity, quantity * 100],
  ])
})

test('what was used counts up to the turn and not from it, and less than nothing is nothing', async () => {
  const { price } = await meteredPrice('turn', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await world.advance({ to: '2026-02-28T09:59:00Z' })
  const [, end] = boundsOf(made)
  await report('turn', '3', { timestamp: end - 1 })
  await report('turn', '40', { timestamp: end })
  await world.advance({ to: '2026-02-28T10:02:00Z' })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
  await report('turn', '-50')
  await world.advance({ to: '2026-03-31T12:00:00Z' })
  expect((await latest(made.id)).lines.data.map(shown)).toEqual([
    ['0 call × Use of turn (at $1.00 / month)', 0, 0],
  ])
})

test('use that comes late is billed on the draft as long as it is one', async () => {
  const { price } = await meteredPrice('late', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await report('late', '1', { identifier: 'early' })
  await world.advance({ to: '2026-02-28T10:10:00Z' })
  const draft = await latest(made.id)
  expect([draft.status, draft.total]).toEqual(['draft', 100])
  const [, end] = boundsOf(made)
  await report('late', '5', { timestamp: end - 10 })
  await report('late', '70', { timestamp: end + 10 })
  const counted = await latest(made.id)
  expect([counted.total, counted.lines.data.map(({ id }) => id)]).toEqual([
    600,
    draft.lines.data.map(({ id }) => id),
  ])
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  const paid = await latest(made.id)
  expect([paid.status, paid.amount_paid]).toEqual(['paid', 600])
  await report('late', '9', { timestamp: end - 10 })
  expect((await latest(made.id)).total).toBe(600)
})

test('use in tiers is a line for each tier, with its flat fee as another', async () => {
  const tiers = [
    { up_to: 1000, unit_amount: 0, flat_amount: 900 },
    { up_to: 'inf' as const, unit_amount_decimal: decimal('3.6'), flat_amount: 0 },
  ]
  const { price } = await meteredPrice('tiers', { billing_scheme: 'tiered', tiers_mode: 'graduated', tiers })
  const made = await subscribe([{ price: price.id }])
  await report('tiers', '1031')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  const renewal = await latest(made.id)
  expect(renewal.lines.data.map(shown)).toEqual([
    ['1000 call × Use of tiers (Tier 1 at $0.00 / month)', 0, 1000],
    ['Use of tiers (Tier 1 at $9.00 / month)', 900, 0],
    ['31 call × Use of tiers (Tier 2 at $0.036 / month)', 112, 31],
    ['Use of tiers (Tier 2 at $0.00 / month)', 0, 0],
  ])
  expect([renewal.status, renewal.total]).toEqual(['paid', 1012])
})

test('use in packages is billed by the package', async () => {
  const { price } = await meteredPrice('packages', {
    unit_amount_decimal: decimal('8'),
    transform_quantity: { divide_by: 60, round: 'up' },
  })
  const made = await subscribe([{ price: price.id }])
  await report('packages', '9892')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await latest(made.id)).lines.data.map(shown)).toEqual([
    ['9892 call × Use of packages (at $0.08 per 60 units / month)', 1320, 9892],
  ])
})

test('a trial gives its use free, and the period after it counts from its end', async () => {
  const { price } = await meteredPrice('trial', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }], { trial_period_days: 7 })
  expect([made.status, made.latest_invoice]).toEqual(['trialing', null])
  await report('trial', '50')
  await world.advance({ days: 8 })
  const { status, latest_invoice: none } = await world.stripe.subscriptions.retrieve(made.id)
  expect([status, none]).toEqual(['active', null])
  await report('trial', '3')
  await world.advance({ days: 32 })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
})

test('previews and invoice.upcoming tell what was used so far', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('preview', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await report('preview', '4')
  const preview = await stripe.invoices.createPreview({ subscription: made.id })
  expect([preview.total, preview.lines.data.map(periodOf)]).toEqual([400, [boundsOf(made)]])
  await world.advance({ to: '2026-02-25T10:00:00Z' })
  const upcoming = world.listener.events.find(({ type }) => type === 'invoice.upcoming')
  expect(upcoming?.data.object).toMatchObject({ object: 'invoice', total: 400 })
})

test('a metered price that is removed is billed for what was used, unless proration is off', async () => {
  const { stripe } = world
  const seats = await monthlyPrice(stripe, 1000)
  const pending = async (proration_behavior: 'create_prorations' | 'none', eventName: string) => {
    const { price } = await meteredPrice(eventName, { unit_amount_decimal: decimal('100') })
    const made = await subscribe([{ price: seats.id }, { price: price.id }])
    await report(eventName, '6')
    const item = made.items.data.find((one) => one.price.id === price.id)
    await stripe.subscriptions.update(made.id, {
      items: [{ id: item?.id ?? '', deleted: true }],
      proration_behavior,
    })
    const { data } = await stripe.invoiceItems.list({ customer: customer.id, pending: true })
    await stripe.subscriptions.cancel(made.id)
    return data.map(({ amount, description }) => [amount, description])
  }
  expect(await pending('none', 'dropped')).toEqual([])
  expect(await pending('create_prorations', 'removed')).toEqual([
    [600, '6 call × Use of removed (at $1.00 / month)'],
  ])
})

test('after a change of price in the middle the new one counts from the change on', async () => {
  const { stripe } = world
  const { price, meter, product } = await meteredPrice('change', { unit_amount_decimal: decimal('100') })
  const dearer = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 200,
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
  })
  const made = await subscribe([{ price: price.id }])
  await report('change', '4')
  await world.advance({ days: 10 })
  await report('change', '1')
  await stripe.subscriptions.update(made.id, {
    items: [{ id: made.items.data[0]?.id ?? '', price: dearer.id }],
  })
  await report('change', '2')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  const { lines, total } = await latest(made.id)
  expect(lines.data.map(shown)).toEqual([
    ['5 call × Use of change (at $1.00 / month)', 500, 5],
    ['2 call × Use of change (at $2.00 / month)', 400, 2],
  ])
  const [before, after] = lines.data as [Line, Line]
  const [start, end] = boundsOf(made)
  expect([before.period.start, after.period.end]).toEqual([start, end])
  expect(before.period.end).toBe(after.period.start)
  expect(before.period.end).toBeGreaterThanOrEqual(start + 10 * day)
  expect(total).toBe(900)
})

test('a subscription that ends with its period is billed for its use then, one that used nothing is not', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('last', { unit_amount_decimal: decimal('100') })
  const used = await subscribe([{ price: price.id }], { cancel_at_period_end: true })
  await report('last', '7')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await stripe.subscriptions.retrieve(used.id)).status).toBe('canceled')
  const last = await latest(used.id)
  expect([last.status, last.amount_paid, last.billing_reason]).toEqual(['paid', 700, 'subscription_cycle'])
  const idle = await subscribe([{ price: price.id }], { cancel_at_period_end: true })
  await world.advance({ months: 2 })
  expect((await stripe.subscriptions.retrieve(idle.id)).latest_invoice).toBeNull()
})

test('a subscription that is cancelled at once bills its use only where it is asked to', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('now', { unit_amount_decimal: decimal('100') })
  const asked = await subscribe([{ price: price.id }])
  await report('now', '3')
  await stripe.subscriptions.cancel(asked.id, { invoice_now: true })
  expect((await latest(asked.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
  const silent = await subscribe([{ price: price.id }])
  await world.advance({ days: 1 })
  await report('now', '5')
  expect((await stripe.subscriptions.cancel(silent.id)).latest_invoice).toBeNull()
})

test('a quantity is refused where use is metered', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('quantity')
  expect(await refusalOf(subscribe([{ price: price.id, quantity: 2 }]))).toMatchObject({
    status: 400,
    param: 'items[0][quantity]',
  })
  const made = await subscribe([{ price: price.id }])
  const item = made.items.data[0]?.id ?? ''
  expect(
    await refusalOf(stripe.subscriptions.update(made.id, { items: [{ id: item, quantity: 2 }] })),
  ).toMatchObject({
    param: 'items[0][quantity]',
  })
})

test('a new anchor bills what was used before it at once, and counts from there', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('anchor', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await world.advance({ days: 10 })
  await report('anchor', '7')
  await stripe.subscriptions.update(made.id, { billing_cycle_anchor: { type: 'now' } })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([700])
  await report('anchor', '3')
  await world.advance({ months: 1 })
  await world.advance({ days: 1 })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
})

test('a preview of an end, now or with the period, shows what was used', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('ends', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await report('ends', '5')
  const preview = async (subscription_details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
    (await stripe.invoices.createPreview({ subscription: made.id, subscription_details })).total
  expect(await preview({ cancel_now: true })).toBe(500)
  expect(await preview({ cancel_at_period_end: true })).toBe(500)
})

test('a paid Checkout of metered use alone leaves an active subscription without an invoice', async () => {
  const { stripe, control } = world
  const { price } = await meteredPrice('checkout', { unit_amount_decimal: decimal('100') })
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price.id }],
    success_url: 'https://example.com/ok',
  })
  await control(`checkout/${session.id}/pay`, { card: '4242424242424242' })
  const done = await stripe.checkout.sessions.retrieve(session.id)
  expect([done.status, done.payment_status, done.amount_total, done.invoice]).toEqual([
    'complete',
    'no_payment_required',
    0,
    null,
  ])
  await report('checkout', '2')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await latest(String(done.subscription))).amount_paid).toBe(200)
})

test('use is reported and billed in the time of the customer’s test clock', async () => {
  const { stripe } = world
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Date.UTC(2025, 5, 1) / 1000 })
  customer = await stripe.customers.create({
    test_clock: clock.id,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const { price } = await meteredPrice('clock', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  expect((await report('clock', '4')).timestamp).toBe(clock.frozen_time)
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: Date.UTC(2025, 6, 2) / 1000 })
  await world.advance({ seconds: 0 })
  const paid = await latest(made.id)
  expect([paid.status, paid.total]).toEqual(['paid', 400])
})

test('a trial of use that ends early makes no empty invoice', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('early', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }], { trial_period_days: 10 })
  await report('early', '5')
  await world.advance({ days: 2 })
  const ended = await stripe.subscriptions.update(made.id, { trial_end: 'now' })
  expect([ended.status, ended.latest_invoice]).toEqual(['active', null])
  expect((await stripe.invoices.list({ customer: customer.id })).data).toEqual([])
})

test('use from before a subscription was made is billed with its first period where it is backdated', async () => {
  const { price } = await meteredPrice('backdated', { unit_amount_decimal: decimal('100') })
  await report('backdated', '5')
  await world.advance({ days: 2 })
  const made = await subscribe([{ price: price.id }], { backdate_start_date: opening })
  await report('backdated', '2')
  await world.advance({ months: 1 })
  await world.advance({ days: 1 })
  await report('backdated', '4')
  const [line] = (await latest(made.id)).lines.data
  expect([line?.amount, line?.period.start]).toEqual([700, opening])
  await world.advance({ months: 1 })
  await world.advance({ days: 1 })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([400])
})

test('between use and seats an item is billed for each in its time', async () => {
  const { stripe } = world
  const { price } = await meteredPrice('kinds', { unit_amount_decimal: decimal('100') })
  const seats = await monthlyPrice(stripe, 2800)
  const made = await subscribe([{ price: price.id }])
  const item = made.items.data[0]?.id ?? ''
  const change = (to: string) =>
    stripe.subscriptions.update(made.id, {
      items: [{ id: item, price: to }],
      proration_behavior: 'always_invoice',
    })
  await report('kinds', '5')
  await world.advance({ days: 14 })
  await change(seats.id)
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([500, 1400])
  await world.advance({ days: 7 })
  await change(price.id)
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([-700])
  await report('kinds', '2')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([200])
})

test('a schedule that changes the price of use bills what the phase before used', async () => {
  const { stripe } = world
  const { price, meter, product } = await meteredPrice('phases', { unit_amount_decimal: decimal('100') })
  const dearer = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 200,
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
  })
  const duration = { interval: 'month' as const, interval_count: 1 }
  const schedule = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [
      { items: [{ price: price.id }], duration },
      { items: [{ price: dearer.id }], duration },
    ],
  })
  await report('phases', '5')
  await world.advance({ to: '2026-02-28T12:00:00Z' })
  const id = String(schedule.subscription)
  expect((await latest(id)).lines.data.map(({ amount }) => amount)).toEqual([500])
  await report('phases', '3')
  await world.advance({ to: '2026-03-31T12:00:00Z' })
  expect((await latest(id)).lines.data.map(({ amount }) => amount)).toEqual([600])
})

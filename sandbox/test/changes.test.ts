import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
let small: Stripe.Price
let large: Stripe.Price
beforeAll(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z', deaf: true })
  small = await monthlyPrice(world.stripe, 4000, 'Secretary')
  large = await monthlyPrice(world.stripe, 28_000, 'Manager')
})
afterAll(() => world.close())

async function subscribe(quantity = 1, token?: string) {
  const customer = await customerWithCard(world.stripe, token)
  const made = await world.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: small.id, quantity }],
  })
  const [item] = made.items.data
  if (!item) throw new Error('The subscription has no item.')
  return { customer, subscription: made, item }
}

const half = Date.parse('2026-04-16T00:00:00Z') / 1000
const amounts = (invoice: Stripe.Invoice) => invoice.lines.data.map(({ amount }) => amount)

test('an upgrade half-way costs what its preview said, line for line', async () => {
  const { stripe, advance } = world
  const { subscription, item, customer } = await subscribe()
  await advance({ to: '2026-04-16T00:00:00Z' })
  const change = {
    items: [{ id: item.id, price: large.id }],
    proration_behavior: 'always_invoice' as const,
    proration_date: half,
  }
  const preview = await stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: change,
  })
  expect([amounts(preview), preview.amount_due, preview.billing_reason]).toEqual([
    [-2000, 14_000],
    12_000,
    'subscription_update',
  ])
  const untouched = await stripe.subscriptions.retrieve(subscription.id)
  expect(untouched.items.data[0]?.price.id).toBe(small.id)
  const changed = await stripe.subscriptions.update(subscription.id, {
    ...change,
    expand: ['latest_invoice'],
  })
  const invoice = changed.latest_invoice as Stripe.Invoice
  expect([amounts(invoice), invoice.status, invoice.amount_paid]).toEqual([[-2000, 14_000], 'paid', 12_000])
  const [credit, debit] = invoice.lines.data
  expect(credit?.description).toBe('Unused time on Secretary after 16 Apr 2026')
  expect(debit?.description).toBe('Remaining time on Manager after 16 Apr 2026')
  expect(credit?.parent?.subscription_item_details?.proration_details?.credited_items?.invoice).toBe(
    subscription.latest_invoice,
  )
  expect([credit?.discountable, credit?.period.end, credit?.pricing?.unit_amount_decimal]).toEqual([
    false,
    item.current_period_end,
    null,
  ])
  expect(((await stripe.customers.retrieve(customer.id)) as Stripe.Customer).balance).toBe(0)
})

test('a change back and forth in the same second nets to nothing', async () => {
  const { stripe } = world
  const { subscription, item, customer } = await subscribe(3)
  for (const { id: price } of [large, small])
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, price, quantity: 3 }] })
  const waiting = (await stripe.invoiceItems.list({ customer: customer.id, pending: true })).data
  expect(waiting).toHaveLength(4)
  // The second credit is for what is still pending; the first for a line that was invoiced.
  const [, second, pending, first] = waiting
  expect(second?.proration_details?.credited_items).toEqual({
    invoice_item: pending?.id,
    type: 'invoice_item',
  })
  expect(first?.proration_details?.credited_items).toMatchObject({
    invoice_line_item_details: { invoice: subscription.latest_invoice },
    type: 'invoice_line_items',
  })
  expect(waiting.reduce((sum, { amount }) => sum + amount, 0)).toBe(0)
})

test('create_prorations waits for the renewal, none leaves no trace', async () => {
  const { stripe, advance } = world
  const { subscription, item, customer } = await subscribe()
  await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, quantity: 2 }],
    proration_behavior: 'none',
  })
  expect((await stripe.invoiceItems.list({ customer: customer.id })).data).toEqual([])
  await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, quantity: 3 }] })
  const waiting = (await stripe.invoiceItems.list({ customer: customer.id, pending: true })).data
  // In flexible billing the credit is of what was debited: one seat, not the two that came without proration.
  expect(waiting.map(({ amount }) => amount)).toEqual([12_000, -4000])
  await advance({ months: 1 })
  const [renewal] = (await stripe.invoices.list({ subscription: subscription.id })).data
  expect(renewal && amounts(renewal)).toEqual([-4000, 12_000, 12_000])
})

test('an item that was never charged for gives nothing back', async () => {
  const { stripe } = world
  const { subscription, customer } = await subscribe()
  const added = await stripe.subscriptionItems.create({
    subscription: subscription.id,
    price: large.id,
    proration_behavior: 'none',
  })
  await stripe.subscriptionItems.del(added.id)
  expect((await stripe.invoiceItems.list({ customer: customer.id, pending: true })).data).toEqual([])
})

test('an upgrade that cannot be paid: past_due, or with error_if_incomplete unchanged', async () => {
  const { stripe, control } = world
  const { subscription, item, customer } = await subscribe()
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  const change = { items: [{ id: item.id, price: large.id }], proration_behavior: 'always_invoice' as const }
  const refused = stripe.subscriptions.update(subscription.id, {
    ...change,
    payment_behavior: 'error_if_incomplete',
  })
  await expect(refused).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' })
  const same = await stripe.subscriptions.retrieve(subscription.id)
  expect([same.status, same.items.data[0]?.price.id, same.latest_invoice]).toEqual([
    'active',
    small.id,
    subscription.latest_invoice,
  ])
  expect((await stripe.subscriptions.update(subscription.id, change)).status).toBe('past_due')
})

test('month to year keeps the anchor; a trial that is ended now starts a period of its own', async () => {
  const { stripe } = world
  const { subscription, item } = await subscribe()
  const yearly = await monthlyPrice(stripe, 40_000, 'Secretary', 'year')
  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: yearly.id }],
    proration_behavior: 'always_invoice',
    expand: ['latest_invoice'],
  })
  expect(changed.billing_cycle_anchor).toBe(subscription.billing_cycle_anchor)
  const debit = (changed.latest_invoice as Stripe.Invoice).lines.data.at(-1)
  expect([
    new Date(Number(debit?.period.end) * 1000).getUTCFullYear(),
    debit?.parent?.subscription_item_details?.proration,
  ]).toEqual([2027, true])

  const customer = await customerWithCard(stripe)
  const trial = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: small.id }],
    trial_period_days: 10,
  })
  const ended = await stripe.subscriptions.update(trial.id, { trial_end: 'now', expand: ['latest_invoice'] })
  const invoice = ended.latest_invoice as Stripe.Invoice
  expect([ended.status, amounts(invoice), invoice.status, ended.billing_cycle_anchor]).toEqual([
    'active',
    [4000],
    'paid',
    ended.items.data[0]?.current_period_start,
  ])
})

test('resetting the anchor credits the rest and charges a whole period', async () => {
  const { stripe } = world
  const { subscription, item } = await subscribe()
  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: large.id }],
    billing_cycle_anchor: { type: 'now' },
    expand: ['latest_invoice'],
  })
  expect(amounts(changed.latest_invoice as Stripe.Invoice)).toEqual([-4000, 28_000])
})

test('the preview of the next renewal counts what is pending', async () => {
  const { stripe } = world
  const { subscription, customer } = await subscribe()
  await stripe.invoiceItems.create({
    customer: customer.id,
    amount: 250,
    currency: 'usd',
    description: 'Extra',
  })
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id })
  expect([
    amounts(preview),
    preview.amount_due,
    preview.billing_reason,
    preview.id.startsWith('upcoming_in_'),
  ]).toEqual([[250, 4000], 4250, 'upcoming', true])
  expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(1)
})

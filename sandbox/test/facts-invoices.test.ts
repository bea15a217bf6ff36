import type Stripe from 'stripe'
import { afterEach, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start, typesDuring } from './start.ts'

const opened: Started[] = []
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close()
})

async function open(options: Parameters<typeof start>[0] = {}) {
  const world = await start({ now: '2026-01-10T12:00:00Z', ...options })
  opened.push(world)
  return world
}

const hour = 3600
const day = 86_400

/** A customer who subscribed on 10 January for `cents` a month, paid with a card that works. */
async function subscribed(world: Started, cents = 2000) {
  const { stripe } = world
  const price = await monthlyPrice(stripe, cents)
  const customer = await customerWithCard(stripe)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  return { customer, subscription }
}

async function latest({ stripe }: Started, subscription: Stripe.Subscription): Promise<Stripe.Invoice> {
  const [invoice] = (await stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data
  if (!invoice) throw new Error('The subscription has no invoice.')
  return invoice
}

const chargesOf = async ({ stripe }: Started, customer: Stripe.Customer) =>
  (await stripe.charges.list({ customer: customer.id, limit: 100 })).data.reverse()

const balanceOf = async ({ stripe }: Started, customer: Stripe.Customer) => {
  const found = await stripe.customers.retrieve(customer.id)
  return found.deleted ? undefined : found.balance
}

test('a renewal is a draft at the period’s turn, with automatically_finalizes_at', async () => {
  const world = await open()
  const { subscription } = await subscribed(world)
  await world.advance({ to: '2026-02-10T12:00:01Z' })
  const invoice = await latest(world, subscription)
  expect(invoice).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle', attempted: false })
  expect(Number(invoice.automatically_finalizes_at) - invoice.created).toBeGreaterThanOrEqual(hour)
})

test('it is finalised and tried one hour after the invoice.created webhooks were delivered', async () => {
  const world = await open()
  const { subscription } = await subscribed(world)
  await world.advance({ to: '2026-02-10T11:00:00Z' })
  // The webhook of the draft is refused at first, and taken an hour later.
  world.listener.answers.push(200, 500)
  await world.advance({ to: '2026-02-10T13:30:00Z' })
  const waiting = await latest(world, subscription)
  const delivered = Number(waiting.webhooks_delivered_at)
  expect([waiting.status, Math.floor((delivered - waiting.created) / hour)]).toEqual(['draft', 1])
  expect(waiting.automatically_finalizes_at).toBe(delivered + hour)
  await world.advance({ seconds: hour })
  const paid = await latest(world, subscription)
  expect([paid.status, paid.attempt_count]).toEqual(['paid', 1])
  expect(Number(paid.status_transitions.finalized_at)).toBe(delivered + hour)
})

test('where there are no webhooks it is finalised one hour after its creation', async () => {
  const world = await open({ deaf: true })
  const { subscription } = await subscribed(world)
  await world.advance({ to: '2026-02-10T12:59:00Z' })
  const draft = await latest(world, subscription)
  expect([draft.status, draft.webhooks_delivered_at]).toEqual(['draft', draft.created])
  await world.advance({ to: '2026-02-10T13:00:30Z' })
  const paid = await latest(world, subscription)
  expect([paid.status, paid.status_transitions.finalized_at]).toEqual(['paid', draft.created + hour])
})

test('if deliveries fail, it is held for up to 72 hours', async () => {
  const world = await open()
  const { subscription } = await subscribed(world)
  await world.advance({ to: '2026-02-10T11:00:00Z' })
  world.listener.answers.push(...Array<number>(200).fill(500))
  await world.advance({ to: '2026-02-13T11:59:00Z' })
  expect(await latest(world, subscription)).toMatchObject({ status: 'draft', webhooks_delivered_at: null })
  await world.advance({ to: '2026-02-13T13:01:00Z' })
  expect((await latest(world, subscription)).status).toBe('paid')
  world.listener.answers.length = 0
})

test('invoices made by the API advance by themselves only with auto_advance=true', async () => {
  const world = await open()
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const make = async (auto_advance?: boolean) => {
    const invoice = await stripe.invoices.create({
      customer: customer.id,
      ...(auto_advance === undefined ? {} : { auto_advance }),
    })
    await stripe.invoiceItems.create({ customer: customer.id, invoice: invoice.id, amount: 900 })
    return invoice.id
  }
  const [resting, advancing] = [await make(), await make(true)]
  await advance({ days: 4 })
  const states = [resting, advancing].map(async (id) => (await stripe.invoices.retrieve(id)).status)
  expect(await Promise.all(states)).toEqual(['draft', 'paid'])
})

test.each([false, true])(
  'the grace period of a draft is the account’s choice, an hour by default (without webhooks: %s)',
  async (deaf) => {
    const world = await open({ deaf })
    await world.control('settings', { draft_seconds: 6 * hour }, 'PUT')
    const { subscription } = await subscribed(world)
    await world.advance({ to: '2026-02-10T17:50:00Z' })
    expect((await latest(world, subscription)).status).toBe('draft')
    await world.advance({ to: '2026-02-10T18:10:00Z' })
    expect((await latest(world, subscription)).status).toBe('paid')
  },
)

const ofRenewal = (types: string[]) =>
  types.filter((type) => type === 'customer.subscription.updated' || /^invoice\./.test(type))

test('a renewal is told by customer.subscription.updated, invoice.created, and an hour later invoice.finalized and invoice.paid', async () => {
  const world = await open()
  await subscribed(world)
  await world.advance({ to: '2026-02-10T11:00:00Z' })
  const atTurn = await typesDuring(world, () => world.advance({ to: '2026-02-10T12:30:00Z' }))
  expect(ofRenewal(atTurn)).toEqual(['customer.subscription.updated', 'invoice.created'])
  const later = await typesDuring(world, () => world.advance({ to: '2026-02-10T13:30:00Z' }))
  expect(ofRenewal(later)).toEqual([
    'invoice.finalized',
    'invoice.updated',
    'invoice.paid',
    'invoice.payment_succeeded',
  ])
})

test('where it fails it is told by invoice.payment_failed and invoice.updated', async () => {
  const world = await open()
  const { customer } = await subscribed(world)
  await world.control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await world.advance({ to: '2026-02-10T12:30:00Z' })
  const later = await typesDuring(world, () => world.advance({ to: '2026-02-10T13:30:00Z' }))
  expect(ofRenewal(later)).toEqual([
    'invoice.finalized',
    'invoice.payment_failed',
    'invoice.updated',
    'customer.subscription.updated',
  ])
})

test('invoice.upcoming comes the account’s number of days ahead, seven by default, with an object that has no id', async () => {
  const world = await open()
  await subscribed(world)
  const told = () => world.listener.events.filter(({ type }) => type === 'invoice.upcoming')
  await world.advance({ to: '2026-02-03T11:59:00Z' })
  expect(told()).toEqual([])
  await world.advance({ to: '2026-02-03T12:00:30Z' })
  expect(told().map(({ data }) => data.object)).toEqual([
    expect.objectContaining({ object: 'invoice', amount_due: 2000, billing_reason: 'upcoming' }),
  ])
  expect(Object.keys(told()[0]?.data.object ?? {})).not.toContain('id')
  await world.control('settings', { upcoming_days: 3 }, 'PUT')
  await world.advance({ to: '2026-03-07T11:59:00Z' })
  expect(told()).toHaveLength(1)
  await world.advance({ to: '2026-03-07T12:00:30Z' })
  expect(told()).toHaveLength(2)
})

test('an amount below the minimum charge is marked paid and carried on the customer’s balance', async () => {
  const world = await open()
  const { customer, subscription } = await subscribed(world, 30)
  expect(await latest(world, subscription)).toMatchObject({ status: 'paid', total: 30, amount_paid: 0 })
  expect([await balanceOf(world, customer), await chargesOf(world, customer)]).toEqual([30, []])
  await world.advance({ to: '2026-02-10T13:30:00Z' })
  expect(await latest(world, subscription)).toMatchObject({ status: 'paid', total: 30, amount_paid: 60 })
  expect([await balanceOf(world, customer), (await chargesOf(world, customer)).length]).toEqual([0, 1])
})

test('a failed renewal is tried eight more times within two weeks', async () => {
  const world = await open()
  const { customer, subscription } = await subscribed(world)
  await world.control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await world.advance({ to: '2026-03-01T00:00:00Z' })
  const failed = (await chargesOf(world, customer)).filter(({ status }) => status === 'failed')
  expect([failed.length, (await latest(world, subscription)).attempt_count]).toEqual([9, 9])
  const [first, last] = [failed[0]?.created ?? 0, failed.at(-1)?.created ?? 0]
  expect((last - first) / day).toBeCloseTo(14, 1)
})

test('an account can choose its own days for the retries', async () => {
  const world = await open()
  await world.control('settings', { retry_days: [3, 5, 7] }, 'PUT')
  const { customer } = await subscribed(world)
  await world.control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await world.advance({ to: '2026-03-01T00:00:00Z' })
  const failed = (await chargesOf(world, customer)).filter(({ status }) => status === 'failed')
  const first = failed[0]?.created ?? 0
  expect(failed.map(({ created }) => Math.round((created - first) / day))).toEqual([0, 3, 5, 7])
})

test('without a payment method nothing is tried again, until there is one', async () => {
  const world = await open()
  const { customer } = await subscribed(world)
  for (const method of (await world.stripe.paymentMethods.list({ customer: customer.id })).data)
    await world.stripe.paymentMethods.detach(method.id)
  await world.advance({ to: '2026-02-16T00:00:00Z' })
  expect(await chargesOf(world, customer)).toHaveLength(1)
  await world.control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  await world.advance({ to: '2026-02-18T00:00:00Z' })
  expect((await chargesOf(world, customer)).map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
})

test('after a hard decline nothing is tried again, until the card was replaced', async () => {
  const world = await open()
  const { customer } = await subscribed(world)
  const { number } = await world.control('cards', { worksTimes: 0, thenDeclines: 'stolen_card' })
  await world.control(`customers/${customer.id}/card`, { card: number })
  await world.advance({ to: '2026-02-16T00:00:00Z' })
  expect((await chargesOf(world, customer)).map(({ failure_code }) => failure_code)).toEqual([
    null,
    'card_declined',
  ])
  await world.control(`customers/${customer.id}/card`, { card: '4242424242424242' })
  await world.advance({ to: '2026-02-18T00:00:00Z' })
  expect((await chargesOf(world, customer)).map(({ status }) => status)).toEqual([
    'succeeded',
    'failed',
    'succeeded',
  ])
})

test('the subscription’s payment method pays before the customer’s default', async () => {
  const world = await open()
  const { stripe } = world
  const { customer, subscription } = await subscribed(world)
  const own = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id })
  const other = await stripe.paymentMethods.attach('pm_card_amex', { customer: customer.id })
  const payers = async () =>
    (await chargesOf(world, customer)).map((charge) => charge.payment_method_details?.card?.brand)
  await stripe.subscriptions.update(subscription.id, { default_payment_method: own.id })
  await world.advance({ to: '2026-02-10T13:30:00Z' })
  expect(await payers()).toEqual(['visa', 'mastercard'])
  await stripe.subscriptions.update(subscription.id, { default_payment_method: '' })
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: other.id } })
  await world.advance({ to: '2026-03-10T13:30:00Z' })
  expect(await payers()).toEqual(['visa', 'mastercard', 'amex'])
})

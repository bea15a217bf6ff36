import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

async function draftOf(customer: string, amount: number, more: object = {}) {
  const draft = await world.stripe.invoices.create({ customer, ...more })
  return world.stripe.invoices.addLines(draft.id, { lines: [{ amount, description: 'Work' }] })
}
const finalOf = async (customer: string, amount: number, more: object = {}) =>
  world.stripe.invoices.finalizeInvoice((await draftOf(customer, amount, more)).id)

/** A customer's balance, which is always the sum of its transactions. */
async function balanceOf(id: string) {
  const found = await world.stripe.customers.retrieve(id)
  const { data } = await world.stripe.customers.listBalanceTransactions(id, { limit: 100 })
  const sum = data.reduce((total, { amount }) => total + amount, 0)
  const balance = 'balance' in found ? found.balance : Number.NaN
  expect(balance).toBe(sum)
  return { balance, types: data.map(({ type, amount }) => [type, amount]) }
}

const day = 86_400

test('an invoice that is sent is due on a day, and not charged', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const sent = { collection_method: 'send_invoice' as const }
  expect(await refusalOf(stripe.invoices.create({ customer: customer.id, ...sent }))).toMatchObject({
    code: 'parameter_missing',
    param: 'due_date',
  })
  const charged = stripe.invoices.create({ customer: customer.id, days_until_due: 3 })
  expect(await refusalOf(charged)).toMatchObject({ status: 400, param: 'days_until_due' })
  const past = stripe.invoices.create({ customer: customer.id, ...sent, due_date: 1 })
  expect(await refusalOf(past)).toMatchObject({ status: 400, param: 'due_date' })
  const draft = await draftOf(customer.id, 900, { ...sent, days_until_due: 30 })
  expect(draft).toMatchObject({ ...sent, due_date: draft.created + 30 * day })
  const types = await typesDuring(world, async () => {
    const open = await stripe.invoices.sendInvoice(draft.id)
    expect(open).toMatchObject({ attempted: false, attempt_count: 0, status: 'open' })
  })
  expect(types).toEqual(['payment_intent.created', 'invoice.finalized', 'invoice.sent'])
  const listed = await stripe.invoices.list({ ...sent, due_date: { gt: draft.created + 29 * day } })
  expect(listed.data.map(({ id }) => id)).toEqual([draft.id])
  expect((await stripe.invoices.list({ ...sent, due_date: { lt: draft.created } })).data).toEqual([])
  expect(await stripe.invoices.pay(draft.id)).toMatchObject({ amount_paid: 900, status: 'paid' })
  const own = await draftOf(customer.id, 100)
  expect((await refusalOf(stripe.invoices.sendInvoice(own.id))).status).toBe(400)
  const back = await stripe.invoices.update(
    (await draftOf(customer.id, 5, { ...sent, days_until_due: 1 })).id,
    {
      collection_method: 'charge_automatically',
    },
  )
  expect(back).toMatchObject({ collection_method: 'charge_automatically', due_date: null })
})

test('one that advances by itself is sent an hour later, and said to be due and overdue where that is wanted', async () => {
  const { stripe, advance, control } = world
  await control('settings', { will_be_due_days: [2], overdue_days: [1, 5] }, 'PUT')
  const customer = await customerWithCard(stripe)
  const more = { collection_method: 'send_invoice', days_until_due: 10, auto_advance: true }
  const draft = await draftOf(customer.id, 900, more)
  const soon = await typesDuring(world, () => advance({ seconds: 3700 }))
  expect(soon).toEqual(['payment_intent.created', 'invoice.finalized', 'invoice.sent'])
  const later = async (days: number) => {
    const types = await typesDuring(world, () => advance({ days }))
    return types.filter((type) => type.startsWith('invoice.'))
  }
  expect(await later(7)).toEqual([])
  expect(await later(1)).toEqual(['invoice.will_be_due'])
  expect(await later(3)).toEqual(['invoice.overdue'])
  await stripe.invoices.pay(draft.id)
  expect(await later(10)).toEqual([])
  await control('settings', { will_be_due_days: null, overdue_days: null }, 'PUT')
})

test('payments that were made elsewhere are attached, and the last of them pays the invoice', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await finalOf(customer.id, 1000)
  const intentOf = (amount: number) =>
    stripe.paymentIntents.create({
      amount,
      currency: 'usd',
      customer: customer.id,
      payment_method: String(customer.invoice_settings.default_payment_method),
    })
  const [first, second] = [await intentOf(400), await intentOf(700)]
  await stripe.paymentIntents.confirm(first.id, { return_url: 'https://example.com' })
  const part = await stripe.invoices.attachPayment(invoice.id, {
    payment_intent: first.id,
    expand: ['payments'],
  })
  expect(part).toMatchObject({ amount_paid: 400, amount_remaining: 600, status: 'open' })
  const shown = part.payments?.data.map((one) => [
    one.is_default,
    one.status,
    one.amount_requested,
    one.amount_paid,
  ])
  expect(shown?.sort()).toEqual([
    [false, 'paid', 400, 400],
    [true, 'open', 600, null],
  ])
  const waiting = await stripe.invoices.attachPayment(invoice.id, { payment_intent: second.id })
  expect(waiting).toMatchObject({ amount_paid: 400, status: 'open' })
  const types = await typesDuring(world, () =>
    stripe.paymentIntents.confirm(second.id, { return_url: 'https://example.com' }),
  )
  expect(types).toEqual(expect.arrayContaining(['invoice_payment.paid', 'invoice.paid', 'invoice.overpaid']))
  expect(await stripe.invoices.retrieve(invoice.id, { expand: ['payments'] })).toMatchObject({
    amount_overpaid: 100,
    amount_paid: 1000,
    amount_remaining: 0,
    status: 'paid',
  })
  expect(await balanceOf(customer.id)).toEqual({ balance: -100, types: [['invoice_overpaid', -100]] })
  const again = stripe.invoices.attachPayment(invoice.id, { payment_intent: first.id })
  expect((await refusalOf(again)).status).toBe(400)
})

test('paid outside of Stripe: its intent is cancelled and nothing is charged', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await finalOf(customer.id, 1000)
  const paid = await stripe.invoices.pay(invoice.id, { paid_out_of_band: true, expand: ['payments'] })
  expect(paid).toMatchObject({
    amount_paid: 1000,
    amount_paid_off_stripe: 1000,
    amount_remaining: 0,
    payments: { data: [{ status: 'canceled' }] },
    status: 'paid',
  })
  expect((await stripe.charges.list({ customer: customer.id })).data).toEqual([])
})

test('given up, it tells why, and can be paid all the same', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await finalOf(customer.id, 1000)
  const types = await typesDuring(world, async () => {
    expect(await stripe.invoices.markUncollectible(invoice.id)).toMatchObject({
      auto_advance: false,
      status: 'uncollectible',
      status_details: { uncollectible: { reason: 'user_forgiven' } },
    })
  })
  expect(types).toEqual(['invoice.updated', 'invoice.marked_uncollectible'])
  expect(await stripe.invoices.pay(invoice.id)).toMatchObject({ amount_paid: 1000, status: 'paid' })
  expect((await refusalOf(stripe.invoices.voidInvoice(invoice.id))).status).toBe(400)
})

test('one that was sent is past due on its day, and so is its subscription', async () => {
  const { stripe, advance } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000)
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    collection_method: 'send_invoice',
    days_until_due: 3,
  })
  await advance({ days: 2 })
  expect(await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })).toMatchObject({
    latest_invoice: { amount_due: 1000, attempt_count: 0, status: 'open' },
    status: 'active',
  })
  await advance({ days: 2 })
  const late = await stripe.subscriptions.retrieve(id)
  expect(late.status).toBe('past_due')
  await stripe.invoices.pay(String(late.latest_invoice))
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('active')
  // The card is there, but it is for the customer to pay.
  const more = await stripe.subscriptions.update(id, {
    items: [{ id: String(late.items.data[0]?.id), quantity: 2 }],
    proration_behavior: 'always_invoice',
  })
  expect(await typesDuring(world, () => advance({ days: 1 }))).toContain('invoice.sent')
  expect(await stripe.invoices.retrieve(String(more.latest_invoice))).toMatchObject({
    attempted: false,
    collection_method: 'send_invoice',
    status: 'open',
  })
})

test('after the last retry an invoice is given up where the account wants that', async () => {
  const { stripe, advance, control } = world
  await control('settings', { uncollectible_after_last_retry: true, retry_days: [1] }, 'PUT')
  const customer = await customerWithCard(stripe, 'pm_card_chargeCustomerFail')
  const draft = await draftOf(customer.id, 900, { auto_advance: true })
  await advance({ days: 3 })
  expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({
    attempt_count: 2,
    status: 'uncollectible',
    status_details: { uncollectible: { reason: 'max_payment_attempts' } },
  })
  await control('settings', { uncollectible_after_last_retry: null, retry_days: null }, 'PUT')
})

test('voiding an invoice gives back the balance that it used, credit and debt alike', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  await stripe.customers.createBalanceTransaction(customer.id, { amount: -300, currency: 'usd' })
  const draft = await draftOf(customer.id, 1000)
  // A draft has taken nothing yet.
  expect((await balanceOf(customer.id)).balance).toBe(-300)
  const open = await stripe.invoices.finalizeInvoice(draft.id)
  expect(open).toMatchObject({ amount_due: 700, ending_balance: 0, starting_balance: -300 })
  expect((await balanceOf(customer.id)).balance).toBe(0)
  await stripe.invoices.voidInvoice(open.id)
  expect(await balanceOf(customer.id)).toEqual({
    balance: -300,
    types: [
      ['unapplied_from_invoice', -300],
      ['applied_to_invoice', 300],
      ['adjustment', -300],
    ],
  })
  const unused = await draftOf(customer.id, 1000)
  await stripe.invoices.del(unused.id)
  await stripe.customers.createBalanceTransaction(customer.id, { amount: 500, currency: 'usd' })
  const owing = await finalOf(customer.id, 1000)
  expect(owing).toMatchObject({ amount_due: 1200, starting_balance: 200 })
  await stripe.invoices.voidInvoice(owing.id)
  expect((await balanceOf(customer.id)).balance).toBe(200)
})

test('what is too small to be charged, or less than nothing, is kept on the balance', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  expect(await finalOf(customer.id, 30)).toMatchObject({ amount_due: 0, status: 'paid', total: 30 })
  expect(await balanceOf(customer.id)).toEqual({ balance: 30, types: [['invoice_too_small', 30]] })
  const negative = await finalOf(customer.id, -500)
  expect(negative).toMatchObject({ amount_due: 0, ending_balance: -470, status: 'paid', total: -500 })
  expect((await balanceOf(customer.id)).balance).toBe(-470)
})

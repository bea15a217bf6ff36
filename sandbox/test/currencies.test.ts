import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

/** What becomes of an invoice of one amount, and of its customer's balance. */
async function billed(currency: string, amount: number) {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await stripe.invoices.create({ customer: customer.id, currency, auto_advance: false })
  await stripe.invoiceItems.create({ customer: customer.id, invoice: invoice.id, currency, amount })
  const open = await stripe.invoices.finalizeInvoice(invoice.id)
  const { balance } = await stripe.customers.retrieve(customer.id).then((found) => ({ balance: 0, ...found }))
  return [open.status, open.amount_due, balance]
}

test.each([
  ['usd', 50],
  ['gbp', 30],
  ['czk', 1500],
  ['huf', 17_500],
  ['jpy', 50],
])(
  'an invoice in %s below %i is carried on the balance, from there on it is charged',
  async (currency, least) => {
    expect(await billed(currency, least - 1)).toEqual(['paid', 0, least - 1])
    expect(await billed(currency, least)).toEqual(['open', least, 0])
  },
)

test('a payment in a currency of three decimals is a multiple of ten', async () => {
  const { stripe } = world
  const pay = (amount: number) => stripe.paymentIntents.create({ amount, currency: 'kwd' })
  expect((await pay(5120)).amount).toBe(5120)
  expect(await refusalOf(pay(5124))).toMatchObject({ status: 400, param: 'amount' })
})

test('a price in yen has no decimals, one in dinars has three', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const product = await stripe.products.create({ name: 'World' })
  const described = async (currency: string, unit_amount: number) => {
    const price = await stripe.prices.create({
      product: product.id,
      currency,
      unit_amount,
      recurring: { interval: 'month' },
    })
    const preview = await stripe.invoices.createPreview({
      customer: customer.id,
      subscription_details: { items: [{ price: price.id }] },
    })
    return preview.lines.data.map(({ description }) => description)
  }
  expect(await described('jpy', 150)).toEqual(['1 × World (at ¥150 / month)'])
  expect(await described('kwd', 5120)).toEqual(['1 × World (at 5.120 KWD / month)'])
})

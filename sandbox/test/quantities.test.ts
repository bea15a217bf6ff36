import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Started, start } from './start.ts'

let world: Started
let customer: Stripe.Customer
beforeAll(async () => {
  world = await start({ deaf: true })
  customer = await world.stripe.customers.create({ email: 'ann@example.com' })
})
afterAll(() => world.close())

const decimal = Stripe.Decimal.from
const draft = () => world.stripe.invoices.create({ customer: customer.id })
type Addition = Stripe.InvoiceAddLinesParams.Line
const line = (quantity: Partial<Addition>, unitAmount: string): Addition => ({
  description: 'Voice',
  price_data: { currency: 'usd', product_data: { name: 'Voice' }, unit_amount_decimal: decimal(unitAmount) },
  ...quantity,
})

test.each([
  ['12.5', '1.3', 16, 12],
  ['0.384615384615', '1.3', 0, 0],
  ['0.384615384616', '1.3', 1, 0],
  ['1234567.000000000001', '499999999.999999999999', 617_283_500_000_000, 1_234_567],
  ['0', '1.3', 0, 0],
  ['3', '0.5', 2, 3],
])('%s × %s cents on an added line is %i', async (quantity, unitAmount, amount, whole) => {
  const { stripe } = world
  const { id } = await draft()
  const invoice = await stripe.invoices.addLines(id, {
    lines: [line({ quantity_decimal: decimal(quantity) }, unitAmount)],
  })
  expect([invoice.subtotal, invoice.amount_due]).toEqual([amount, amount])
  for (const shown of [invoice.lines.data[0], (await stripe.invoices.listLineItems(id)).data[0]]) {
    expect([shown?.amount, shown?.subtotal, shown?.quantity]).toEqual([amount, amount, whole])
    expect(String(shown?.quantity_decimal)).toBe(quantity)
  }
  const [item] = (await stripe.invoiceItems.list({ invoice: id })).data
  expect([item?.amount, item?.quantity, String(item?.quantity_decimal)]).toEqual([amount, whole, quantity])
})

test('each line is rounded by itself, and their sum is the invoice’s', async () => {
  const { id } = await draft()
  const lines = ['0.3', '0.3', '0.4'].map((quantity) => line({ quantity_decimal: decimal(quantity) }, '1.3'))
  const invoice = await world.stripe.invoices.addLines(id, { lines })
  expect(invoice.lines.data.map(({ amount }) => amount)).toEqual([0, 0, 1])
  expect(invoice.subtotal).toBe(1)
})

test('an item of a fraction waits for its invoice and stands on it unchanged', async () => {
  const { stripe } = world
  const item = await stripe.invoiceItems.create({
    customer: customer.id,
    quantity_decimal: decimal('2.75'),
    unit_amount_decimal: decimal('0.75'),
  })
  expect([item.amount, item.quantity, String(item.quantity_decimal)]).toEqual([2, 2, '2.75'])
  const { id } = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
  })
  const [shown] = (await stripe.invoices.listLineItems(id)).data
  expect([shown?.amount, shown?.quantity, String(shown?.quantity_decimal)]).toEqual([2, 2, '2.75'])
})

test.each([
  ['quantity_decimal=1.0000000000001', 'quantity_decimal', 'Invalid decimal'],
  ['quantity_decimal=-1', 'quantity_decimal', 'greater than or equal to 0'],
  ['quantity=-1', 'quantity', 'greater than or equal to 0'],
  ['quantity=1.5', 'quantity', 'Invalid integer'],
  ['quantity=1&quantity_decimal=1', 'quantity_decimal', 'only specify one'],
])('%s is refused', async (given, param, message) => {
  const response = await fetch(`${world.sandbox.url}/v1/invoiceitems`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_start' },
    body: new URLSearchParams(`customer=${customer.id}&unit_amount_decimal=1.3&${given}`),
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { param, message: expect.stringContaining(message) } })
})

test('an amount takes no quantity beside it', async () => {
  const refused = world.stripe.invoiceItems.create({
    customer: customer.id,
    amount: 100,
    quantity_decimal: decimal('1.5'),
  })
  await expect(refused).rejects.toMatchObject({ param: 'quantity_decimal' })
})

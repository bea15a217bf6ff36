import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const textOf = async (url: string | null | undefined) => (await fetch(url ?? '')).text()

test('an invoice’s page and its PDF tell how the lines become what is to be paid', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  await stripe.customers.createBalanceTransaction(customer.id, { amount: -200, currency: 'usd' })
  const coupon = await stripe.coupons.create({ percent_off: 50, name: 'Half off' })
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  const draft = await stripe.invoices.create({
    customer: customer.id,
    custom_fields: [{ name: 'Order', value: '17' }],
    default_tax_rates: [rate.id],
    discounts: [{ coupon: coupon.id }],
    footer: 'Thank you',
  })
  await stripe.invoices.addLines(draft.id, { lines: [{ amount: 3000, description: 'Work' }] })
  const open = await stripe.invoices.finalizeInvoice(draft.id)
  const note = await stripe.creditNotes.create({ invoice: open.id, amount: 100, memo: 'Sorry' })
  const page = await textOf(open.hosted_invoice_url)
  const told = [...page.matchAll(/<li[^>]*><span>(.*?)<\/span><span>(.*?)<\/span><\/li>/g)]
  expect(told.map(([, words, amount]) => [words, amount])).toEqual([
    ['Work', '$30.00'],
    ['Half off', '-$15.00'],
    ['VAT 20 %', '$3.00'],
    ['Total', '$18.00'],
    ['Customer balance', '-$2.00'],
    ['Credit notes', '-$1.00'],
    ['Amount due', '$15.00'],
  ])
  expect(page).toContain('Pay $15.00 now')
  const pdf = await textOf(open.invoice_pdf)
  for (const words of ['Order: 17', 'Half off   -$15.00', 'Total $18.00', 'Amount due $15.00', 'Thank you'])
    expect(pdf).toContain(words)
  const credit = await textOf(note.pdf)
  for (const words of [`Credit note ${note.number}`, 'Sorry', 'Total $1.00']) expect(credit).toContain(words)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, refusalOf, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

/** A finalised invoice of one line for 2 × 1000. */
async function invoiceOf(customer: string) {
  const { stripe } = world
  const draft = await stripe.invoices.create({ customer })
  await stripe.invoiceItems.create({
    customer,
    invoice: draft.id,
    unit_amount_decimal: '1000',
    quantity: 2,
    description: 'Seats',
  } as never)
  return stripe.invoices.finalizeInvoice(draft.id)
}
const paidInvoice = async (customer: string) => world.stripe.invoices.pay((await invoiceOf(customer)).id)
const balanceOf = async (customer: string) => {
  const found = await world.stripe.customers.retrieve(customer)
  return 'balance' in found ? found.balance : Number.NaN
}

test('on an open invoice a credit note lowers what is due, and voiding it makes that due again', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await invoiceOf(customer.id)
  let id = ''
  const types = await typesDuring(world, async () => {
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      lines: [
        { type: 'invoice_line_item', invoice_line_item: String(invoice.lines.data[0]?.id), quantity: 1 },
      ],
      reason: 'order_change',
    })
    id = note.id
    expect(note).toMatchObject({
      amount: 1000,
      number: `${invoice.number}-CN-01`,
      pre_payment_amount: 1000,
      post_payment_amount: 0,
      refunds: [],
      status: 'issued',
      type: 'pre_payment',
    })
    expect(note.lines.data[0]).toMatchObject({ amount: 1000, description: 'Seats', quantity: 1 })
  })
  expect(types).toEqual(['credit_note.created', 'invoice.updated'])
  expect(await stripe.invoices.retrieve(invoice.id, { expand: ['payments'] })).toMatchObject({
    amount_due: 1000,
    amount_remaining: 1000,
    pre_payment_credit_notes_amount: 1000,
    payments: { data: [{ amount_requested: 1000 }] },
    total: 2000,
  })
  const voided = await stripe.creditNotes.voidCreditNote(id)
  expect(voided).toMatchObject({ status: 'void' })
  expect(voided.voided_at).toBeTypeOf('number')
  expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({
    amount_due: 2000,
    amount_remaining: 2000,
    pre_payment_credit_notes_amount: 0,
  })
  const paid = await stripe.invoices.pay(invoice.id, { expand: ['payments.data.payment.payment_intent'] })
  expect(paid).toMatchObject({ amount_paid: 2000, status: 'paid' })
  expect((await refusalOf(stripe.creditNotes.voidCreditNote(id))).status).toBe(400)
})

test('an open invoice that is credited in full is paid, and nothing is charged', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await invoiceOf(customer.id)
  await stripe.creditNotes.create({ invoice: invoice.id, amount: 2000 })
  expect(await stripe.invoices.retrieve(invoice.id, { expand: ['payments'] })).toMatchObject({
    amount_paid: 0,
    amount_remaining: 0,
    payments: { data: [{ status: 'canceled' }] },
    status: 'paid',
  })
  const { data } = await stripe.paymentIntents.list({ customer: customer.id })
  expect(data.map(({ status }) => status)).toEqual(['canceled'])
})

test('on a paid invoice it refunds, credits the balance, or speaks of what was given back elsewhere', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await paidInvoice(customer.id)
  const note = await stripe.creditNotes.create({
    invoice: invoice.id,
    amount: 1500,
    refund_amount: 500,
    credit_amount: 700,
    out_of_band_amount: 300,
    expand: ['refunds.refund', 'customer_balance_transaction'],
  })
  expect(note).toMatchObject({
    customer_balance_transaction: { amount: -700, type: 'credit_note', credit_note: note.id },
    out_of_band_amount: 300,
    post_payment_amount: 1500,
    refunds: [{ amount_refunded: 500, refund: { amount: 500, status: 'succeeded' }, type: 'refund' }],
    type: 'post_payment',
  })
  expect(await balanceOf(customer.id)).toBe(-700)
  expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({
    amount_due: 2000,
    amount_paid: 2000,
    post_payment_credit_notes_amount: 1500,
    status: 'paid',
  })
  const tooMuch = stripe.creditNotes.create({ invoice: invoice.id, amount: 501, credit_amount: 501 })
  expect(await refusalOf(tooMuch)).toMatchObject({ status: 400, param: 'amount' })
  const unbalanced = stripe.creditNotes.create({ invoice: invoice.id, amount: 500, credit_amount: 499 })
  expect(await refusalOf(unbalanced)).toMatchObject({ status: 400, param: 'credit_amount' })
  const rest = await stripe.creditNotes.create({ invoice: invoice.id, amount: 500, credit_amount: 500 })
  expect(rest.number).toBe(`${invoice.number}-CN-02`)
  expect(await balanceOf(customer.id)).toBe(-1200)
})

test('a refund that was made before can be linked, and counts against what may be credited where it is not', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await paidInvoice(customer.id)
  const { data } = await stripe.invoicePayments.list({ invoice: invoice.id })
  const intent = String(data[0]?.payment.payment_intent)
  const refund = await stripe.refunds.create({ payment_intent: intent, amount: 800 })
  const tooMuch = stripe.creditNotes.create({ invoice: invoice.id, amount: 1201, credit_amount: 1201 })
  expect(await refusalOf(tooMuch)).toMatchObject({ status: 400, param: 'amount' })
  const note = await stripe.creditNotes.create({
    invoice: invoice.id,
    amount: 800,
    refunds: [{ refund: refund.id }],
  })
  expect(note.refunds).toMatchObject([{ amount_refunded: 800, refund: refund.id }])
  const again = stripe.creditNotes.create({
    invoice: invoice.id,
    amount: 1,
    refunds: [{ refund: refund.id }],
  })
  expect(await refusalOf(again)).toMatchObject({ status: 400, param: 'refunds[0][refund]' })
})

test('a line is credited with its part of the discounts and taxes', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const coupon = await stripe.coupons.create({ percent_off: 10 })
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  const draft = await stripe.invoices.create({
    customer: customer.id,
    default_tax_rates: [rate.id],
    discounts: [{ coupon: coupon.id }],
  })
  await stripe.invoices.addLines(draft.id, { lines: [{ amount: 1000, description: 'Work' }] })
  const invoice = await stripe.invoices.pay(draft.id)
  expect(invoice).toMatchObject({ amount_paid: 1080, subtotal: 1000, total: 1080, total_excluding_tax: 900 })
  const note = await stripe.creditNotes.create({
    invoice: invoice.id,
    lines: [{ type: 'invoice_line_item', invoice_line_item: String(invoice.lines.data[0]?.id), amount: 500 }],
    refund_amount: 540,
  })
  expect(note).toMatchObject({
    amount: 540,
    discount_amount: 50,
    subtotal: 500,
    total_excluding_tax: 450,
    total_taxes: [{ amount: 90, taxable_amount: 450, tax_rate_details: { tax_rate: rate.id } }],
  })
  expect(note.lines.data[0]).toMatchObject({
    discount_amounts: [{ amount: 50, discount: invoice.discounts[0] }],
    tax_rates: [{ id: rate.id, object: 'tax_rate' }],
  })
  const own = await stripe.creditNotes.create({
    invoice: invoice.id,
    lines: [
      { type: 'custom_line_item', description: 'Sorry', unit_amount: 100, quantity: 2, tax_rates: [rate.id] },
    ],
    credit_amount: 240,
  })
  expect(own).toMatchObject({ amount: 240, subtotal: 200 })
})

test('a preview shows the note, moves no money and leaves nothing behind', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await paidInvoice(customer.id)
  const asked = { invoice: invoice.id, amount: 300, credit_amount: 200, refund_amount: 100 }
  const types = await typesDuring(world, async () => {
    const preview = await stripe.creditNotes.preview(asked)
    expect(preview).toMatchObject({ amount: 300, post_payment_amount: 300, refunds: [] })
    const lines = await stripe.creditNotes.listPreviewLineItems(asked)
    expect(lines.data).toMatchObject([{ amount: 300, type: 'custom_line_item' }])
  })
  expect(types).toEqual([])
  expect(await balanceOf(customer.id)).toBe(0)
  expect((await stripe.creditNotes.list({ invoice: invoice.id })).data).toEqual([])
  expect((await stripe.refunds.list({})).data.every(({ amount }) => amount !== 100)).toBe(true)
})

test('notes are listed, changed and refused where there is nothing to credit', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const invoice = await paidInvoice(customer.id)
  const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 10, out_of_band_amount: 10 })
  const types = await typesDuring(world, async () => {
    const after = await stripe.creditNotes.update(note.id, { memo: 'Told', metadata: { a: '1' } })
    expect(after).toMatchObject({ memo: 'Told', metadata: { a: '1' } })
  })
  expect(types).toEqual(['credit_note.updated'])
  expect((await stripe.creditNotes.list({ customer: customer.id })).data.map(({ id }) => id)).toEqual([
    note.id,
  ])
  expect((await stripe.creditNotes.listLineItems(note.id)).data).toHaveLength(1)
  const draft = await stripe.invoices.create({ customer: customer.id })
  expect(await refusalOf(stripe.creditNotes.create({ invoice: draft.id, amount: 1 }))).toMatchObject({
    status: 400,
    param: 'invoice',
  })
  expect(await refusalOf(stripe.creditNotes.create({ invoice: invoice.id }))).toMatchObject({
    code: 'parameter_missing',
  })
  expect((await refusalOf(stripe.creditNotes.voidCreditNote(note.id))).status).toBe(400)
})

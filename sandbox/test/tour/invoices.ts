import type Stripe from 'stripe'
import { customerWithCard, monthlyPrice, refusalOf, type Started } from '../start.ts'

async function tourTaxRates(stripe: Stripe): Promise<Stripe.TaxRate> {
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 20 })
  await stripe.taxRates.update(rate.id, { description: 'Value added tax', metadata: { a: 'b' } })
  await stripe.taxRates.retrieve(rate.id)
  await stripe.taxRates.list({ active: true })
  return rate
}

async function tourItems(stripe: Stripe, customer: string, rate: string): Promise<void> {
  const coupon = await stripe.coupons.create({ percent_off: 10 })
  const item = await stripe.invoiceItems.create({
    customer,
    amount: 700,
    currency: 'usd',
    discounts: [{ coupon: coupon.id }],
    tax_rates: [rate],
  })
  await stripe.invoiceItems.update(item.id, { description: 'Work', quantity: 2 })
  await stripe.invoiceItems.retrieve(item.id, { expand: ['discounts'] })
  await stripe.invoiceItems.list({ customer, pending: true })
  const gone = await stripe.invoiceItems.create({ customer, amount: 5, currency: 'usd' })
  await stripe.invoiceItems.del(gone.id)
}

/** A draft, edited line by line. */
async function tourDrafts(stripe: Stripe, customer: string): Promise<Stripe.Invoice> {
  const gone = await stripe.invoices.create({ customer })
  await stripe.invoices.del(gone.id)
  const draft = await stripe.invoices.create({
    customer,
    custom_fields: [{ name: 'Order', value: '17' }],
    pending_invoice_items_behavior: 'include',
  })
  const filled = await stripe.invoices.addLines(draft.id, {
    lines: [{ amount: 1000, description: 'One' }, { amount: 2000 }, { amount: 3000 }],
  })
  const [, first = '', second = '', third = ''] = filled.lines.data.map(({ id }) => id)
  await stripe.invoices.updateLineItem(draft.id, first, { description: 'First' })
  await stripe.invoices.updateLines(draft.id, { lines: [{ id: second, quantity: 2 }] })
  await stripe.invoices.removeLines(draft.id, { lines: [{ id: third, behavior: 'delete' }] })
  await stripe.invoices.listLineItems(draft.id)
  return stripe.invoices.update(draft.id, { description: 'For the tour', footer: 'Thank you' })
}

async function tourPayments(stripe: Stripe, customer: Stripe.Customer, draft: string): Promise<void> {
  await stripe.invoices.finalizeInvoice(draft)
  const intent = await stripe.paymentIntents.create({
    amount: 500,
    currency: 'usd',
    customer: customer.id,
    payment_method: String(customer.invoice_settings.default_payment_method),
  })
  await stripe.invoices.attachPayment(draft, { payment_intent: intent.id })
  await stripe.paymentIntents.confirm(intent.id, { return_url: 'https://example.com' })
  await stripe.invoices.pay(draft)
  const { data } = await stripe.invoicePayments.list({ invoice: draft })
  await stripe.invoicePayments.retrieve(String(data[0]?.id), { expand: ['payment.payment_intent'] })
  await stripe.invoices.retrieve(draft, { expand: ['payments', 'default_payment_method', 'customer'] })
  await stripe.invoices.list({ customer: customer.id, status: 'paid', expand: ['data.discounts'] })
  await stripe.invoices.search({ query: `customer:'${customer.id}'` })
}

async function tourSent(stripe: Stripe, customer: string): Promise<void> {
  const open = async () => {
    const draft = await stripe.invoices.create({
      customer,
      collection_method: 'send_invoice',
      days_until_due: 14,
    })
    await stripe.invoices.addLines(draft.id, { lines: [{ amount: 900 }] })
    return stripe.invoices.sendInvoice(draft.id)
  }
  await stripe.invoices.voidInvoice((await open()).id)
  await stripe.invoices.markUncollectible((await open()).id)
}

async function tourCreditNotes(stripe: Stripe, customer: string): Promise<void> {
  const draft = await stripe.invoices.create({ customer })
  await stripe.invoices.addLines(draft.id, { lines: [{ amount: 900 }] })
  await stripe.invoices.finalizeInvoice(draft.id)
  const asked = { invoice: draft.id, amount: 100 }
  await stripe.creditNotes.preview(asked)
  await stripe.creditNotes.listPreviewLineItems(asked)
  const note = await stripe.creditNotes.create(asked)
  await stripe.creditNotes.update(note.id, { memo: 'Sorry' })
  await stripe.creditNotes.retrieve(note.id, { expand: ['invoice', 'customer'] })
  await stripe.creditNotes.list({ invoice: draft.id })
  await stripe.creditNotes.listLineItems(note.id)
  await stripe.creditNotes.voidCreditNote(note.id)
  await stripe.invoices.pay(draft.id)
  await stripe.creditNotes.create({ ...asked, refund_amount: 60, credit_amount: 40 })
}

async function tourDiscountsAndPreviews(stripe: Stripe, customer: string): Promise<void> {
  const price = await monthlyPrice(stripe, 3000, 'Tour of invoices')
  const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'forever' })
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    discounts: [{ coupon: coupon.id }],
  })
  await stripe.invoices.createPreview({ subscription: subscription.id, expand: ['discounts'] })
  await stripe.invoices.createPreview({
    customer_details: { tax_exempt: 'none' },
    subscription_details: { items: [{ price: price.id }] },
    preview_mode: 'recurring',
  })
  await stripe.subscriptions.deleteDiscount(subscription.id)
  await refusalOf(stripe.customers.deleteDiscount(customer))
}

/** Calls every operation on invoices, their items, payments and credit notes, on tax rates and on discounts. */
export async function tourInvoices({ stripe }: Started): Promise<void> {
  const customer = await customerWithCard(stripe)
  const rate = await tourTaxRates(stripe)
  await tourItems(stripe, customer.id, rate.id)
  const draft = await tourDrafts(stripe, customer.id)
  await tourPayments(stripe, customer, draft.id)
  await tourSent(stripe, customer.id)
  await tourCreditNotes(stripe, customer.id)
  await tourDiscountsAndPreviews(stripe, customer.id)
}

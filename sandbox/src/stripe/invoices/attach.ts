import { invalid, missing } from '../api/errors.ts'
import { notYetAll, required, text, type Values } from '../api/params.ts'
import { findIntent, type PaymentIntent } from '../payments/payment-intents.ts'
import { type Call, listen, present, type World } from '../world.ts'
import { collectable, markPaid } from './collect.ts'
import { askForTheRest, keepOverpaid } from './credit.ts'
import { changeInvoice, findInvoice } from './invoice.ts'
import { closePayment, type InvoicePayment, openPayment } from './payments.ts'

export const attachment = { payment_intent: required(text), ...notYetAll('payment_record') }

/** Lets a payment intent that was made elsewhere pay for an open invoice, now or when it succeeds. */
export function attach({ world, params, ids }: Call<Values<typeof attachment>>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  const param = 'payment_intent'
  if (invoice.status !== 'open')
    throw invalid(`You can only attach payments to open invoices. This invoice is ${invoice.status}.`, {
      code: 'invoice_not_editable',
    })
  const intent = findIntent(world, params.payment_intent, param)
  if (intent.status === 'canceled')
    throw invalid('A canceled PaymentIntent cannot be attached to an invoice.', { param })
  if (intent.customer !== invoice.customer) throw missing('payment_intent', intent.id, param)
  if (intent.currency !== invoice.currency)
    throw invalid(`The PaymentIntent is in ${intent.currency}, the invoice in ${invoice.currency}.`, {
      param,
    })
  const taken = world.store.by<InvoicePayment>('invoice_payment', 'intent', intent.id)
  if (taken.some(({ status }) => status !== 'canceled'))
    throw invalid('This PaymentIntent is attached to an invoice already.', { param })
  openPayment(world, invoice.id, intent, false)
  if (intent.status === 'succeeded') creditAttached(world, intent)
  return present(world, findInvoice(world, invoice.id))
}

/** Counts what attached intents have brought: the invoice is paid by the last of them, and more is the customer's credit. */
function creditAttached(world: World, intent: PaymentIntent): void {
  for (const payment of world.store.by<InvoicePayment>('invoice_payment', 'intent', intent.id)) {
    if (payment.is_default || payment.status !== 'open') continue
    closePayment(world, intent, 'paid')
    const before = findInvoice(world, payment.invoice)
    const paid = before.amount_paid + intent.amount
    if (collectable(before) && paid < before.amount_due) {
      const left = { amount_paid: paid, amount_remaining: before.amount_due - paid }
      askForTheRest(world, changeInvoice(world, before, left))
      continue
    }
    const over = collectable(before) ? paid - before.amount_due : intent.amount
    if (collectable(before)) {
      askForTheRest(world, { ...before, amount_remaining: 0 })
      markPaid(world, before.id, before.amount_due)
    }
    if (over > 0) keepOverpaid(world, findInvoice(world, before.id), over)
  }
}

/** Declares what attached intents do when they succeed. */
export function startAttaching(world: World): void {
  listen<PaymentIntent>(world, 'payment_intent.settled', (intent) => {
    if (!intent.hidden.invoice && intent.status === 'succeeded') creditAttached(world, intent)
  })
}

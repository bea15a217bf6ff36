import { invalid, missing } from '../errors.ts'
import { notYetAll, required, text, type Values } from '../params.ts'
import { findIntent } from '../payment-intents.ts'
import { type Call, present } from '../world.ts'
import { creditAttached } from './collect.ts'
import { findInvoice } from './invoice.ts'
import { type InvoicePayment, openPayment } from './payments.ts'

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

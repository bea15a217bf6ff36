import { changeBalance } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { cancelIntent } from '../payments/cancel-intent.ts'
import { findIntent, type PaymentIntent } from '../payments/payment-intents.ts'
import type { World } from '../world.ts'
import { changeInvoice, type Invoice } from './invoice.ts'
import { closePayment, type InvoicePayment, paymentsOf } from './payments.ts'

/** Lets the intent that collects an invoice ask for what is left of it, or for nothing any more. */
export function askForTheRest(world: World, invoice: Invoice): void {
  if (!invoice.hidden.intent) return
  const intent = findIntent(world, invoice.hidden.intent)
  if (intent.status === 'succeeded' || intent.status === 'canceled') return
  if (invoice.amount_remaining === 0) {
    closePayment(world, cancelIntent(world, intent, 'automatic'), 'canceled')
    return
  }
  world.store.put<PaymentIntent>('payment_intent', { ...intent, amount: invoice.amount_remaining })
  for (const payment of paymentsOf(world, invoice.id)) {
    if (payment.is_default && payment.status === 'open')
      world.store.put<InvoicePayment>('invoice_payment', {
        ...payment,
        amount_requested: invoice.amount_remaining,
      })
  }
}

/** What is paid beyond what is due becomes the customer's credit. */
export function keepOverpaid(world: World, invoice: Invoice, amount: number): Invoice {
  const { id, customer, currency } = invoice
  changeBalance(world, customer, -amount, 'invoice_overpaid', { invoice: id, currency })
  const changes = { amount_overpaid: invoice.amount_overpaid + amount }
  const after = changeInvoice(world, invoice, changes)
  emit(world, 'invoice.overpaid', after)
  return after
}

import { invalid } from '../api/errors.ts'
import { boolean, notYetAll, text, type Values } from '../api/params.ts'
import { change } from '../events/events.ts'
import { declineError } from '../payments/attempt.ts'
import { findIntent } from '../payments/payment-intents.ts'
import { findPaymentMethod } from '../payments/payment-methods.ts'
import { type Call, present, type World } from '../world.ts'
import { collect, finalize, markPaid, methodFor, send } from './collect.ts'
import { askForTheRest } from './credit.ts'
import { writeOff } from './give-up.ts'
import { findInvoice, subscriptionOf } from './invoice.ts'

export const payment = {
  payment_method: text,
  paid_out_of_band: boolean,
  off_session: boolean,
  /** A card is charged in full or not at all: there is no difference to forgive. */
  forgive: boolean,
  ...notYetAll('mandate', 'source'),
}

export function pay({ world, params, ids }: Call<Values<typeof payment>>): object {
  const found = findInvoice(world, ids.id ?? '')
  if (found.status === 'paid') throw invalid('Invoice is already paid')
  if (found.status === 'void')
    throw invalid('Invoice is voided and cannot be paid.', { code: 'invoice_not_editable' })
  const chosen =
    params.payment_method === undefined ? undefined : findPaymentMethod(world, params.payment_method)
  if (chosen && chosen.customer !== found.customer) {
    throw invalid('The payment method must be attached to the customer of the invoice.', {
      param: 'payment_method',
    })
  }
  const invoice = found.status === 'draft' ? finalize(world, found) : found
  if (params.paid_out_of_band) {
    askForTheRest(world, { ...invoice, amount_remaining: 0 })
    const off = { amount_paid_off_stripe: invoice.amount_remaining }
    world.store.put('invoice', { ...findInvoice(world, invoice.id), ...off })
    return present(world, markPaid(world, invoice.id, invoice.amount_due))
  }
  const method = chosen ?? methodFor(world, invoice, subscriptionOf(invoice))
  if (!method && invoice.amount_remaining > 0) {
    throw invalid(
      'There is no `default_payment_method` set on this Customer or Invoice. Please update the Customer or Invoice with a `default_payment_method`. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
      { code: 'resource_missing' },
    )
  }
  const after = collect(world, invoice, method)
  if (after.status !== 'paid')
    throw declineError(world, findIntent(world, after.hidden.intent ?? ''), params.off_session)
  return present(world, after)
}

export const markUncollectible = ({ world, ids }: Call<unknown>): object =>
  present(world, writeOff(world, findInvoice(world, ids.id ?? '')))

/** Sends an invoice that the customer is to pay; a draft is finalised first. */
export function sendByHand(world: World, id: string): object {
  const found = findInvoice(world, id)
  if (found.collection_method !== 'send_invoice')
    throw invalid("You can only manually send an invoice if its collection method is 'send_invoice'.")
  if (found.status === 'void')
    throw invalid('A voided invoice cannot be sent.', { code: 'invoice_not_editable' })
  const open = found.status === 'draft' ? finalize(world, found) : found
  if (open.status === 'open' && open.amount_remaining === 0)
    return present(world, markPaid(world, open.id, 0))
  return present(world, send(world, open))
}

export function finalizeByHand(world: World, id: string, advance: boolean | undefined): object {
  const draft = findInvoice(world, id)
  const open = finalize(
    world,
    advance === undefined ? draft : change(world, draft, { auto_advance: advance }, null),
  )
  // An invoice that advances by itself is tried soon after; one of nothing is paid at once.
  if (open.amount_remaining === 0) return present(world, markPaid(world, open.id, 0))
  if (open.auto_advance && open.collection_method === 'send_invoice') send(world, open)
  else if (open.auto_advance) {
    const at = world.clock.now() + 3600
    world.store.put('invoice', { ...findInvoice(world, open.id), next_payment_attempt: at })
    world.clock.schedule({ id: `retry ${open.id}`, at, what: 'invoice.retry', object: open.id })
  }
  return present(world, findInvoice(world, open.id))
}

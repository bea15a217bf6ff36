import { invalid } from '../api/errors.ts'
import { changeBalance, transactionsOf } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { cancelIntent } from '../payments/cancel-intent.ts'
import { findIntent } from '../payments/payment-intents.ts'
import { listen, tell, type World } from '../world.ts'
import { changeInvoice, findInvoice, type Invoice } from './invoice.ts'
import { closePayment } from './payments.ts'

/** Gives back to the customer's balance what a finalised invoice took from it, or added to it. */
function giveBalanceBack(world: World, invoice: Invoice): void {
  const { id, customer, currency } = invoice
  if (world.store.get<{ deleted?: boolean }>('customer', customer)?.deleted) return
  const used = transactionsOf(world, customer)
    .filter((one) => one.invoice === id && one.type !== 'credit_note')
    .reduce((sum, { amount }) => sum + amount, 0)
  if (used !== 0) changeBalance(world, customer, -used, 'unapplied_from_invoice', { invoice: id, currency })
}

/** Voids a finalised invoice that was not paid: its payment is cancelled and the balance that it used given back. */
export function voidInvoice(world: World, invoice: Invoice): Invoice {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalid(`You can only pass in open invoices. This invoice isn't open.`, {
      code: 'status_transition_invalid',
    })
  }
  if (invoice.hidden.intent) {
    const intent = cancelIntent(world, findIntent(world, invoice.hidden.intent), 'void_invoice')
    closePayment(world, intent, 'canceled')
  }
  world.clock.cancel(`retry ${invoice.id}`)
  giveBalanceBack(world, invoice)
  const transitions = { ...invoice.status_transitions, voided_at: world.clock.now() }
  const changes = {
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void' as const,
    status_transitions: transitions,
  }
  const after = changeInvoice(world, invoice, changes)
  emit(world, 'invoice.voided', after)
  tell(world, 'invoice.voided', after)
  return after
}

/** Gives an open invoice up as one that nobody will pay. */
export function writeOff(world: World, invoice: Invoice, reason = 'user_forgiven'): Invoice {
  if (invoice.status !== 'open')
    throw invalid('Only open invoices can be marked uncollectible.', { code: 'status_transition_invalid' })
  world.clock.cancel(`retry ${invoice.id}`)
  const transitions = { ...invoice.status_transitions, marked_uncollectible_at: world.clock.now() }
  const after = changeInvoice(world, invoice, {
    auto_advance: false,
    next_payment_attempt: null,
    status: 'uncollectible',
    status_details: { uncollectible: { reason } },
    status_transitions: transitions,
  })
  emit(world, 'invoice.marked_uncollectible', after)
  tell(world, 'invoice.marked_uncollectible', after)
  return after
}

/** Declares what becomes of an invoice whose last retry has failed. */
export function startGivingUp(world: World): void {
  listen<Invoice>(world, 'invoice.given_up', ({ id }) => {
    const invoice = findInvoice(world, id)
    if (world.settings().uncollectible_after_last_retry && invoice.status === 'open')
      writeOff(world, invoice, 'max_payment_attempts')
  })
}

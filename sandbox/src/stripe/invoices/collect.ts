import { invalid } from '../api/errors.ts'
import { changeBalance, findCustomer } from '../customers/balance.ts'
import { change, emit } from '../events/events.ts'
import { minimumCharge } from '../money/currencies.ts'
import { confirmIntent } from '../payments/attempt.ts'
import { declineOf } from '../payments/card-use.ts'
import { createIntent, findIntent, type PaymentIntent } from '../payments/payment-intents.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import { listen, tell, type World } from '../world.ts'
import { customerFields } from './blank.ts'
import { planDueDate } from './due-dates.ts'
import {
  changeInvoice,
  findInvoice,
  type Invoice,
  planFinalization,
  recount,
  subscriptionOf,
} from './invoice.ts'
import { closePayment, openPayment } from './payments.ts'

const descriptions: Record<string, string> = {
  subscription_create: 'Subscription creation',
  subscription_cycle: 'Subscription update',
  subscription_update: 'Subscription update',
  manual: 'Payment for Invoice',
}

/** Whose card pays: the invoice's own, the subscription's, then the customer's default. */
export function methodFor(
  world: World,
  invoice: Pick<Invoice, 'customer' | 'default_payment_method'>,
  subscription: string | null,
): PaymentMethod | undefined {
  const held = subscription
    ? world.store.get<{ default_payment_method: string | null }>('subscription', subscription)
        ?.default_payment_method
    : null
  const { default_payment_method: usual } = findCustomer(world, invoice.customer, 'customer').invoice_settings
  const id = invoice.default_payment_method ?? held ?? usual
  const method = id ? world.store.get<PaymentMethod>('payment_method', id) : undefined
  return method?.customer === invoice.customer ? method : undefined
}

/** Uses the customer's balance on an invoice that is being finalised. */
function applyBalance(world: World, invoice: Invoice): Invoice {
  const counted = recount(world, invoice, null)
  const used = counted.amount_due - counted.total
  const small = counted.amount_due > 0 && counted.amount_due < minimumCharge(counted.currency)
  const about = { invoice: counted.id, currency: counted.currency }
  // Credit used is negative in `used`; it leaves the balance. A debt taken in leaves it as well.
  if (used !== 0) changeBalance(world, counted.customer, -used, 'applied_to_invoice', about)
  if (small) changeBalance(world, counted.customer, counted.amount_due, 'invoice_too_small', about)
  const { balance } = findCustomer(world, counted.customer)
  const due = small ? 0 : counted.amount_due
  return { ...counted, amount_due: due, amount_remaining: due, ending_balance: balance }
}

/** The usual size of a page in the account's country takes the place of one that was left open. */
const rendered = (rendering: Invoice['rendering']): Invoice['rendering'] =>
  rendering?.pdf?.page_size === 'auto' ? { ...rendering, pdf: { page_size: 'letter' } } : rendering

/** Makes a draft final: numbered, its amounts fixed, its payment intent made. Does not collect yet. */
export function finalize(world: World, draft: Invoice): Invoice {
  if (draft.status !== 'draft') {
    throw invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: 'invoice_no_longer_draft',
    })
  }
  tell(world, 'invoice.finalizing', draft)
  const now = world.clock.now()
  const customer = findCustomer(world, draft.customer, 'customer')
  const sequence = customer.next_invoice_sequence
  const number = draft.number ?? `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`
  const next = draft.number === null ? sequence + 1 : sequence
  change(world, customer, { next_invoice_sequence: next, currency: draft.currency }, null)
  const settled = applyBalance(world, draft)
  const address = `${world.address()}/i/${draft.id}`
  let open: Invoice = {
    ...settled,
    ...customerFields(world, customer),
    effective_at: draft.effective_at ?? now,
    hosted_invoice_url: address,
    invoice_pdf: `${address}/pdf`,
    automatically_finalizes_at: null,
    number,
    rendering: rendered(draft.rendering),
    status: 'open',
    status_transitions: { ...draft.status_transitions, finalized_at: now },
    webhooks_delivered_at: draft.webhooks_delivered_at ?? now,
  }
  if (open.amount_due > 0) {
    const intent = createIntent(world, {
      amount: open.amount_due,
      currency: open.currency,
      customer: open.customer,
      description: descriptions[open.billing_reason] ?? 'Payment for Invoice',
      invoice: open.id,
      method: null,
      subscribed: subscriptionOf(open) !== null,
    })
    open = { ...open, hidden: { ...open.hidden, intent: intent.id } }
    openPayment(world, open.id, intent)
  }
  world.store.put('invoice', open)
  planFinalization(world, open)
  planDueDate(world, open)
  emit(world, 'invoice.finalized', open)
  return open
}

/** What being paid means for an invoice and those who wait for it. */
export function markPaid(world: World, id: string, amountPaid: number, attempts?: number): Invoice {
  const before = findInvoice(world, id)
  const now = world.clock.now()
  world.clock.cancel(`retry ${id}`)
  const after = change(
    world,
    before,
    {
      amount_paid: amountPaid,
      amount_remaining: 0,
      attempt_count: attempts ?? before.attempt_count,
      attempted: true,
      auto_advance: false,
      next_payment_attempt: null,
      status: 'paid',
      status_transitions: { ...before.status_transitions, paid_at: now },
    },
    'invoice.updated',
  )
  emit(world, 'invoice.paid', after)
  emit(world, 'invoice.payment_succeeded', after)
  tell(world, 'invoice.paid', after)
  return findInvoice(world, id)
}

/** Whether an incomplete subscription waits for this invoice: it is never retried. */
function beginsSubscription(world: World, invoice: Invoice): boolean {
  const id = subscriptionOf(invoice)
  const status = id === null ? undefined : world.store.get<{ status: string }>('subscription', id)?.status
  return invoice.billing_reason === 'subscription_create' && status === 'incomplete'
}

/** When the next try is due after `attempts` tries; null when there is none left. */
function nextAttempt(world: World, invoice: Invoice, attempts: number): number | null {
  if (!invoice.auto_advance || beginsSubscription(world, invoice)) return null
  const days = world.settings().retry_days[attempts - 1]
  const first = invoice.status_transitions.finalized_at ?? world.clock.now()
  return days === undefined ? null : Math.max(first + days * 86_400, world.clock.now() + 3600)
}

/** What a failed attempt means: counted, the next one planned or the end of trying told, and said. */
function attemptFailed(world: World, id: string, why: 'declined' | 'no_method' | 'action'): Invoice {
  const before = findInvoice(world, id)
  // A first payment that waits for 3-D Secure was attempted but has not failed.
  const first = beginsSubscription(world, before)
  const counts = !(why === 'action' && first)
  const attempts = before.attempt_count + (counts ? 1 : 0)
  const next = nextAttempt(world, before, attempts)
  const changes = { attempt_count: attempts, attempted: true, next_payment_attempt: next }
  if (why === 'action') emit(world, 'invoice.payment_action_required', { ...before, ...changes })
  if (counts) emit(world, 'invoice.payment_failed', { ...before, ...changes })
  const after = changeInvoice(world, before, changes)
  if (next !== null) world.clock.schedule({ id: `retry ${id}`, at: next, what: 'invoice.retry', object: id })
  tell(world, 'invoice.payment_failed', after)
  const exhausted = next === null && after.auto_advance && !first
  if (exhausted) tell(world, 'invoice.given_up', after)
  return findInvoice(world, id)
}

/**
 * Tries to collect an open invoice, with the given payment method or the one that pays by default. One that the customer
 * is to pay is sent instead, unless a method is given.
 */
export function collect(world: World, invoice: Invoice, chosen?: PaymentMethod): Invoice {
  if (invoice.amount_remaining === 0) return markPaid(world, invoice.id, invoice.amount_paid)
  if (invoice.collection_method === 'send_invoice' && !chosen) return send(world, invoice)
  const method = chosen ?? methodFor(world, invoice, subscriptionOf(invoice))
  if (!method) return attemptFailed(world, invoice.id, 'no_method')
  confirmIntent(world, findIntent(world, invoice.hidden.intent ?? ''), method)
  return findInvoice(world, invoice.id)
}

/** Whether an invoice can still be paid. */
export const collectable = ({ status }: Invoice) => status === 'open' || status === 'uncollectible'

function settled(world: World, intent: PaymentIntent): void {
  if (!intent.hidden.invoice) return
  const invoice = findInvoice(world, intent.hidden.invoice)
  if (!collectable(invoice)) return
  if (intent.status === 'succeeded') {
    closePayment(world, intent, 'paid')
    markPaid(world, invoice.id, invoice.amount_paid + intent.amount, invoice.attempt_count + 1)
  } else attemptFailed(world, invoice.id, intent.status === 'requires_action' ? 'action' : 'declined')
}

/** A card that was refused for good is not tried again until it was replaced. */
const hardDeclines = ['lost_card', 'stolen_card']

function retry(world: World, id: string): void {
  const invoice = world.store.get<Invoice>('invoice', id)
  if (invoice?.status !== 'open' || !invoice.auto_advance) return
  const method = methodFor(world, invoice, subscriptionOf(invoice))
  const hard = method && hardDeclines.includes(declineOf(world, method)?.decline_code ?? '')
  if (method && !hard) collect(world, invoice, method)
  else attemptFailed(world, id, 'no_method')
}

/** Sends a finalised invoice to the customer; in test mode no mail leaves. */
export function send(world: World, invoice: Invoice): Invoice {
  emit(world, 'invoice.sent', invoice)
  return invoice
}

const longestWait = 72 * 3600

/** Declares what time and payments do to invoices. */
export function startCollecting(world: World): void {
  listen<PaymentIntent>(world, 'payment_intent.settled', (intent) => settled(world, intent))
  world.clock.on('invoice.retry', ({ object }) => retry(world, object))
  world.clock.on('invoice.finalize', ({ object }) => {
    const draft = world.store.get<Invoice>('invoice', object)
    if (draft?.status !== 'draft' || !draft.auto_advance) return
    if (world.store.get<{ deleted?: boolean }>('customer', draft.customer)?.deleted) return
    const now = world.clock.now()
    if (draft.webhooks_delivered_at === null && now < draft.created + longestWait) {
      // Its webhooks were not delivered yet: Stripe holds a draft for them, up to 72 hours.
      const later = world.store.put('invoice', {
        ...draft,
        automatically_finalizes_at: now + world.settings().draft_seconds,
      })
      planFinalization(world, later)
      return
    }
    collect(world, finalize(world, draft))
  })
  listen<{ type: string; data: { object: { id?: string } } }>(world, 'event.delivered', (event) => {
    if (event.type !== 'invoice.created') return
    const invoice = world.store.get<Invoice>('invoice', event.data.object.id ?? '')
    if (!invoice || invoice.webhooks_delivered_at !== null) return
    const now = world.clock.now()
    const moved = invoice.status === 'draft' && invoice.auto_advance && invoice.hidden.finalizesAt === null
    const planned = moved ? { automatically_finalizes_at: now + world.settings().draft_seconds } : {}
    planFinalization(
      world,
      world.store.put('invoice', { ...invoice, ...planned, webhooks_delivered_at: now }),
    )
  })
}

import { missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { notYetAll, object, oneOf, required, text } from '../api/params.ts'
import { emit } from '../events/events.ts'
import type { PaymentIntent } from '../payments/payment-intents.ts'
import { longId, operation, present, type Resource, type Stored, type World } from '../world.ts'

export type InvoicePayment = Stored & {
  amount_paid: number | null
  amount_requested: number
  created: number
  invoice: string
  is_default: boolean
  payment: { payment_intent: string; type: 'payment_intent' }
  status: 'open' | 'paid' | 'canceled'
  status_transitions: { canceled_at: number | null; paid_at: number | null }
}

export const paymentsOf = (world: World, invoice: string): InvoicePayment[] =>
  world.store.by<InvoicePayment>('invoice_payment', 'invoice', invoice)

/** An invoice's payments as it shows them when they are expanded. */
export function shownPayments(world: World, invoice: string): object {
  const all = paymentsOf(world, invoice).map((one) => present(world, one))
  const shown = 10
  return {
    object: 'list',
    data: all.slice(0, shown),
    has_more: all.length > shown,
    url: '/v1/invoices/payments',
  }
}

/** The link between an invoice and an intent that pays it: the one that was made for it, or another. */
export function openPayment(
  world: World,
  invoice: string,
  intent: Pick<PaymentIntent, 'id' | 'amount' | 'currency'>,
  isDefault = true,
): InvoicePayment {
  const payment = {
    id: longId('inpay_'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: intent.amount,
    created: world.clock.now(),
    currency: intent.currency,
    invoice,
    is_default: isDefault,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' as const },
    status: 'open' as const,
    status_transitions: { canceled_at: null, paid_at: null },
  }
  return world.store.put<InvoicePayment>('invoice_payment', payment)
}

/** Closes the payment of an intent: paid in full, or canceled. */
export function closePayment(world: World, intent: PaymentIntent, status: 'paid' | 'canceled'): void {
  const now = world.clock.now()
  for (const payment of world.store.by<InvoicePayment>('invoice_payment', 'intent', intent.id)) {
    if (payment.status !== 'open') continue
    const transitions = { ...payment.status_transitions, [`${status}_at`]: now }
    const amount = status === 'paid' ? intent.amount : payment.amount_paid
    const after = { ...payment, amount_paid: amount, status, status_transitions: transitions }
    world.store.put<InvoicePayment>('invoice_payment', after)
    if (status === 'paid') emit(world, 'invoice_payment.paid', after)
  }
}

export const invoicePayments: Resource = {
  object: 'invoice_payment',
  links: { invoice: 'invoice', 'payment.payment_intent': 'payment_intent', 'payment.charge': 'charge' },
  start(world) {
    world.store.index<InvoicePayment>('invoice_payment', 'invoice', ({ invoice }) => invoice)
    world.store.index<InvoicePayment>('invoice_payment', 'intent', ({ payment }) => payment.payment_intent)
  },
  operations: [
    operation(
      'GET /v1/invoice_payments',
      {
        ...pagingAndCreated,
        invoice: text,
        payment: object({
          type: required(oneOf('payment_intent', 'payment_record')),
          payment_intent: text,
          ...notYetAll('payment_record'),
        }),
        status: oneOf('canceled', 'open', 'paid'),
      },
      (call) => {
        const { invoice, payment, status } = call.params
        const { store } = call.world
        const from =
          invoice !== undefined
            ? paymentsOf(call.world, invoice)
            : payment?.payment_intent !== undefined
              ? store.by<InvoicePayment>('invoice_payment', 'intent', payment.payment_intent)
              : [...store.all<InvoicePayment>('invoice_payment')]
        const fits = (one: InvoicePayment) =>
          (status === undefined || one.status === status) &&
          (payment?.payment_intent === undefined || one.payment.payment_intent === payment.payment_intent)
        return page(call, from.filter(fits))
      },
    ),
    operation('GET /v1/invoice_payments/{id}', {}, ({ world, ids }) => {
      const found = world.store.get<InvoicePayment>('invoice_payment', ids.id ?? '')
      if (!found) throw missing('invoice payment', ids.id ?? '')
      return present(world, found)
    }),
  ],
}

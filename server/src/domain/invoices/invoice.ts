import type { RemoteInvoice } from '../../providers/stripe/port.ts'

/** An invoice of an account and what became of it. Amounts are minor units. */
export type Payment = {
  accountId: string
  paymentId: string
  stripeInvoiceId: string
  stripeSubscriptionId: string | null
  number: string | null
  reason: string
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
  amountCents: bigint
  paidCents: bigint
  refundedCents: bigint
  currency: string
  periodStart: Date
  periodEnd: Date
  invoicedAt: Date
  dueAt: Date | null
  paidAt: Date | null
  finalizesAt: Date | null
  /** When its period is frozen and the overage put on it; null where it carries none. */
  sealDueAt: Date | null
  attemptCount: number
  stripePaymentIntentId: string | null
  hostedInvoiceUrl: string | null
  invoicePdfUrl: string | null
  lines: PaymentLine[]
}

export type PaymentLine = {
  description: string
  quantity: number | null
  unitAmountCents: string | null
  amountCents: number
}

export type InvoiceFact = 'payment.succeeded' | 'invoice.finalised'

/**
 * What our row becomes when Stripe says `remote`, and what became true with it.
 */
export function convergeInvoice(
  current: Payment | undefined,
  remote: RemoteInvoice,
  context: { accountId: string; paymentId: string; freezeMinutesBefore: number },
): { next: Payment; facts: InvoiceFact[] } {
  const next: Payment = {
    accountId: context.accountId,
    paymentId: current?.paymentId ?? context.paymentId,
    stripeInvoiceId: remote.id,
    stripeSubscriptionId: remote.subscriptionId,
    number: remote.number,
    reason: remote.reason,
    status: remote.status,
    amountCents: remote.totalCents,
    paidCents: remote.amountPaidCents,
    refundedCents: current?.refundedCents ?? 0n,
    currency: remote.currency,
    periodStart: remote.periodStart,
    periodEnd: remote.periodEnd,
    invoicedAt: remote.createdAt,
    dueAt: remote.dueAt,
    paidAt: remote.paidAt,
    finalizesAt: remote.finalizesAt,
    sealDueAt: sealDueAt(remote, context.freezeMinutesBefore),
    attemptCount: remote.attemptCount,
    stripePaymentIntentId: remote.paymentIntentId,
    hostedInvoiceUrl: remote.hostedUrl,
    invoicePdfUrl: remote.pdfUrl,
    lines: remote.lines.map((line) => ({
      description: line.description,
      quantity: line.quantity,
      unitAmountCents: line.unitAmountCents,
      amountCents: Number(line.amountCents),
    })),
  }
  const facts: InvoiceFact[] = []
  if (remote.status !== 'draft' && (current === undefined || current.status === 'draft'))
    facts.push('invoice.finalised')
  // A trial's invoice over nothing is paid at once and is no payment.
  if (remote.status === 'paid' && current?.status !== 'paid' && remote.amountPaidCents > 0n) {
    facts.push('payment.succeeded')
  }
  return { next, facts }
}

// Stripe finalises a renewal's draft an hour after its webhooks were delivered, at the earliest
// (docs.stripe.com/billing/subscriptions/webhooks): the time to count with where it names none.
const DRAFT_HOUR_MS = 3_600_000

/**
 * When the period that an invoice closes is frozen and billed. Only one with the reason `subscription_cycle` closes a
 * period: never a proration or a one-off invoice. One that was finalised before we heard of it is due at once.
 */
function sealDueAt(remote: RemoteInvoice, freezeMinutesBefore: number): Date | null {
  if (remote.reason !== 'subscription_cycle' || remote.status === 'void') return null
  if (remote.status !== 'draft') return remote.createdAt
  const finalizesAt = remote.finalizesAt?.getTime() ?? remote.createdAt.getTime() + DRAFT_HOUR_MS
  return new Date(finalizesAt - freezeMinutesBefore * 60_000)
}

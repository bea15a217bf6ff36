import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Payment } from './invoice.ts'

/** Writes an invoice as a fetch saw it; the caller holds the account's lock and has checked the sequence. */
export async function upsertPayment(
  tx: Tx,
  payment: Payment,
  origin: { remote: object; sequence: bigint },
): Promise<void> {
  const p = payment
  await tx.run(sql`
    insert into payments (account_id, payment_id, stripe_invoice_id, stripe_subscription_id, number, reason, status,
      amount_cents, paid_cents, refunded_cents, currency, period_start, period_end, invoiced_at, due_at, paid_at,
      finalizes_at, seal_due_at, attempt_count, stripe_payment_intent_id, hosted_invoice_url, invoice_pdf_url, lines,
      remote, synced_sequence)
    values (${p.accountId}, ${p.paymentId}, ${p.stripeInvoiceId}, ${p.stripeSubscriptionId}, ${p.number}, ${p.reason},
      ${p.status}, ${p.amountCents}, ${p.paidCents}, ${p.refundedCents}, ${p.currency}, ${p.periodStart},
      ${p.periodEnd}, ${p.invoicedAt}, ${p.dueAt}, ${p.paidAt}, ${p.finalizesAt}, ${p.sealDueAt}, ${p.attemptCount},
      ${p.stripePaymentIntentId}, ${p.hostedInvoiceUrl}, ${p.invoicePdfUrl}, ${JSON.stringify(p.lines)},
      ${JSON.stringify(origin.remote)}, ${origin.sequence})
    on conflict (account_id, payment_id) do update set
      number = excluded.number, status = excluded.status, amount_cents = excluded.amount_cents,
      paid_cents = excluded.paid_cents, refunded_cents = excluded.refunded_cents, due_at = excluded.due_at,
      paid_at = excluded.paid_at, finalizes_at = excluded.finalizes_at, seal_due_at = excluded.seal_due_at,
      attempt_count = excluded.attempt_count, stripe_payment_intent_id = excluded.stripe_payment_intent_id,
      hosted_invoice_url = excluded.hosted_invoice_url, invoice_pdf_url = excluded.invoice_pdf_url,
      lines = excluded.lines, remote = excluded.remote, synced_sequence = excluded.synced_sequence`)
}

export type NewBillingEvent = {
  accountId: string
  billingEventId: string
  naturalKey: string
  type: string
  description: string
  at: Date
  amountCents: bigint | null
  currency: string | null
  object: string | null
}

/** Answers whether the event is new: under its natural key it stands once, however often it is told. */
export async function insertBillingEvent(tx: Tx, event: NewBillingEvent): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into billing_events (account_id, billing_event_id, natural_key, type, description, at, amount_cents,
      currency, object)
    values (${event.accountId}, ${event.billingEventId}, ${event.naturalKey}, ${event.type}, ${event.description},
      ${event.at}, ${event.amountCents}, ${event.currency}, ${event.object})
    on conflict (account_id, natural_key) do nothing`)
  return inserted === 1
}

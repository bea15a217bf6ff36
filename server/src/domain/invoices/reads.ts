import type { Statement, Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Cursor } from '../../lib/pagination.ts'
import type { Payment, PaymentLine } from './invoice.ts'

type PaymentRow = {
  account_id: string
  payment_id: string
  stripe_invoice_id: string
  stripe_subscription_id: string | null
  number: string | null
  reason: string
  status: Payment['status']
  amount_cents: bigint
  paid_cents: bigint
  refunded_cents: bigint
  currency: string
  period_start: Date
  period_end: Date
  invoiced_at: Date
  due_at: Date | null
  paid_at: Date | null
  finalizes_at: Date | null
  seal_due_at: Date | null
  attempt_count: number
  stripe_payment_intent_id: string | null
  hosted_invoice_url: string | null
  invoice_pdf_url: string | null
  lines: PaymentLine[]
  synced_sequence: bigint
}

function toPayment(row: PaymentRow): Payment {
  return {
    accountId: row.account_id,
    paymentId: row.payment_id,
    stripeInvoiceId: row.stripe_invoice_id,
    stripeSubscriptionId: row.stripe_subscription_id,
    number: row.number,
    reason: row.reason,
    status: row.status,
    amountCents: row.amount_cents,
    paidCents: row.paid_cents,
    refundedCents: row.refunded_cents,
    currency: row.currency,
    periodStart: row.period_start,
    periodEnd: row.period_end,
    invoicedAt: row.invoiced_at,
    dueAt: row.due_at,
    paidAt: row.paid_at,
    finalizesAt: row.finalizes_at,
    sealDueAt: row.seal_due_at,
    attemptCount: row.attempt_count,
    stripePaymentIntentId: row.stripe_payment_intent_id,
    hostedInvoiceUrl: row.hosted_invoice_url,
    invoicePdfUrl: row.invoice_pdf_url,
    lines: row.lines,
  }
}

const select = (rest: Statement): Statement => ({
  text: `select account_id, payment_id, stripe_invoice_id, stripe_subscription_id, number, reason, status,
      amount_cents, paid_cents, refunded_cents, currency, period_start, period_end, invoiced_at, due_at, paid_at,
      finalizes_at, seal_due_at, attempt_count, stripe_payment_intent_id, hosted_invoice_url, invoice_pdf_url, lines,
      synced_sequence
    from payments ${rest.text}`,
  values: rest.values,
})

/** The row of a Stripe invoice, with the sequence of the fetch that it was written from. */
export async function findByInvoice(
  tx: Tx,
  stripeInvoiceId: string,
): Promise<{ payment: Payment; syncedSequence: bigint } | undefined> {
  const row = await tx.maybe<PaymentRow>(select(sql`where stripe_invoice_id = ${stripeInvoiceId}`))
  return row && { payment: toPayment(row), syncedSequence: row.synced_sequence }
}

export async function paymentOf(tx: Tx, accountId: string, paymentId: string): Promise<Payment> {
  const statement = select(sql`where account_id = ${accountId} and payment_id = ${paymentId}`)
  return toPayment(await tx.one<PaymentRow>(statement))
}

/** Newest first; `limit` rows at most. */
export async function listPayments(
  tx: Tx,
  options: { accountId: string; after: Cursor | undefined; limit: number },
): Promise<Payment[]> {
  const { accountId, after, limit } = options
  const rows = await tx.rows<PaymentRow>(
    select(sql`
      where account_id = ${accountId}
        and (${after?.at ?? null}::timestamptz is null
          or (invoiced_at, payment_id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? ''}))
      order by invoiced_at desc, payment_id desc
      limit ${limit}`),
  )
  return rows.map(toPayment)
}

export type HistoryEntry = {
  id: string
  at: Date
  type: string
  description: string
  amountCents: bigint | null
  currency: string | null
  object: string | null
}

/** What happened to an account's billing, newest first. */
export async function listHistory(
  tx: Tx,
  options: { accountId: string; after: Cursor | undefined; limit: number },
): Promise<HistoryEntry[]> {
  const { accountId, after, limit } = options
  const rows = await tx.rows<{
    billing_event_id: string
    at: Date
    type: string
    description: string
    amount_cents: bigint | null
    currency: string | null
    object: string | null
  }>(sql`
    select billing_event_id, at, type, description, amount_cents, currency, object from billing_events
    where account_id = ${accountId}
      and (${after?.at ?? null}::timestamptz is null
        or (date_trunc('milliseconds', at), billing_event_id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? ''}))
    order by date_trunc('milliseconds', at) desc, billing_event_id desc
    limit ${limit}`)
  return rows.map((row) => ({
    id: row.billing_event_id,
    at: row.at,
    type: row.type,
    description: row.description,
    amountCents: row.amount_cents,
    currency: row.currency,
    object: row.object,
  }))
}

/** The draft of the renewal that Stripe is about to finalise; undefined outside of that hour. */
export async function renewalDraft(tx: Tx, accountId: string): Promise<Payment | undefined> {
  const row = await tx.maybe<PaymentRow>(
    select(sql`
      where account_id = ${accountId} and status = 'draft' and reason = 'subscription_cycle'
      order by invoiced_at desc limit 1`),
  )
  return row && toPayment(row)
}

const IS_UNSEALED = sql`
  p.seal_due_at is not null and not exists (
    select from seals s
    where s.account_id = p.account_id and s.stripe_invoice_id = p.stripe_invoice_id and s.status <> 'frozen')`

/** Renewal drafts of all accounts whose period is to be sealed at or before `by`, the longest due first. */
export async function draftsToSeal(
  tx: Tx,
  by: Date,
  limit: number,
): Promise<{ accountId: string; stripeInvoiceId: string }[]> {
  const rows = await tx.rows<{ account_id: string; stripe_invoice_id: string }>(sql`
    select p.account_id, p.stripe_invoice_id from payments p
    where ${IS_UNSEALED} and p.seal_due_at <= ${by} order by p.seal_due_at limit ${limit}`)
  return rows.map((row) => ({ accountId: row.account_id, stripeInvoiceId: row.stripe_invoice_id }))
}

/** When the next draft is to be sealed that is not due yet; null where none waits. */
export async function nextSealDueAt(tx: Tx): Promise<Date | null> {
  const { due_at } = await tx.one<{ due_at: Date | null }>(sql`
    select min(p.seal_due_at) as due_at from payments p where ${IS_UNSEALED} and p.seal_due_at > business_now()`)
  return due_at
}

import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Seal } from './seal.ts'

type OfInvoice = { accountId: string; stripeInvoiceId: string }

export async function insertSeal(tx: Tx, seal: Omit<Seal, 'status' | 'refusedCount'>): Promise<void> {
  const s = seal
  await tx.run(sql`
    insert into seals (account_id, seal_id, period_id, meter, status, recorded, carried_in, included, billed, waived,
      unbilled, carried_out, unit_cents, amount_cents, currency, description, stripe_invoice_id)
    values (${s.accountId}, ${s.sealId}, ${s.periodId}, ${s.meter}, 'frozen', ${s.recorded.toFixed()},
      ${s.carriedIn.toFixed()}, ${s.included.toFixed()}, ${s.billed.toFixed()}, ${s.waived.toFixed()},
      ${s.unbilled.toFixed()}, ${s.carriedOut.toFixed()}, ${s.unitCents.toFixed()}, ${s.amountCents}, ${s.currency},
      ${s.description}, ${s.stripeInvoiceId})`)
}

/** What the seals bill stands on the invoice. Answers how many were not known to before. */
export async function markAttached(tx: Tx, { accountId, stripeInvoiceId }: OfInvoice): Promise<number> {
  return tx.run(sql`
    update seals set status = 'attached'
    where account_id = ${accountId} and stripe_invoice_id = ${stripeInvoiceId} and status = 'frozen'`)
}

/** Counts a definite refusal, unless another run has counted it already. */
export async function countRefusal(
  tx: Tx,
  { accountId, stripeInvoiceId }: OfInvoice,
  before: number,
): Promise<void> {
  await tx.run(sql`
    update seals set refused_count = refused_count + 1
    where account_id = ${accountId} and stripe_invoice_id = ${stripeInvoiceId} and status = 'frozen'
      and refused_count = ${before}`)
}

export async function markFinalised(tx: Tx, { accountId, stripeInvoiceId }: OfInvoice): Promise<void> {
  await tx.run(sql`
    update seals set status = 'finalised'
    where account_id = ${accountId} and stripe_invoice_id = ${stripeInvoiceId} and status = 'attached'`)
}

import Big from 'big.js'
import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Seal } from './seal.ts'

type SealRow = {
  account_id: string
  seal_id: string
  period_id: string
  meter: string
  status: Seal['status']
  recorded: string
  carried_in: string
  included: string
  billed: string
  waived: string
  unbilled: string
  carried_out: string
  unit_cents: string
  amount_cents: bigint
  currency: string
  description: string
  stripe_invoice_id: string
  refused_count: number
}

function toSeal(row: SealRow): Seal {
  return {
    accountId: row.account_id,
    sealId: row.seal_id,
    periodId: row.period_id,
    meter: row.meter,
    status: row.status,
    recorded: new Big(row.recorded),
    carriedIn: new Big(row.carried_in),
    included: new Big(row.included),
    billed: new Big(row.billed),
    waived: new Big(row.waived),
    unbilled: new Big(row.unbilled),
    carriedOut: new Big(row.carried_out),
    unitCents: new Big(row.unit_cents),
    amountCents: row.amount_cents,
    currency: row.currency,
    description: row.description,
    stripeInvoiceId: row.stripe_invoice_id,
    refusedCount: row.refused_count,
  }
}

/** The seals that closed a period, by meter; none while it is not closed. */
export async function sealsOf(tx: Tx, accountId: string, periodId: string): Promise<Seal[]> {
  const rows = await tx.rows<SealRow>(sql`
    select account_id, seal_id, period_id, meter, status, recorded, carried_in, included, billed, waived, unbilled,
      carried_out, unit_cents, amount_cents, currency, description, stripe_invoice_id, refused_count
    from seals where account_id = ${accountId} and period_id = ${periodId} order by meter`)
  return rows.map(toSeal)
}

/** Whether an invoice carries what its period owes: the lines stand on it, or there was nothing to bill. */
export async function isSealed(tx: Tx, accountId: string, stripeInvoiceId: string): Promise<boolean> {
  const row = await tx.maybe(sql`
    select from seals where account_id = ${accountId} and stripe_invoice_id = ${stripeInvoiceId} and status <> 'frozen'
    limit 1`)
  return row !== undefined
}

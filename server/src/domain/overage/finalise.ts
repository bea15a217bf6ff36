import type { Database } from '../../lib/db.ts'
import { markFinalised } from './writes.ts'

/** The invoice is final, and with it what was put on it. A seal that never reached the invoice stays frozen. Repeatable. */
export async function finaliseSeals(
  { db }: { db: Database },
  input: { accountId: string; stripeInvoiceId: string },
): Promise<void> {
  await db.tenant(input.accountId, (tx) => markFinalised(tx, input))
}

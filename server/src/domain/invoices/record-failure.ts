import { NotKnownYet } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { formatMoney } from '../../lib/money.ts'
import { enqueueFact } from '../../lib/queue.ts'
import { accountOfCustomer } from '../accounts/reads.ts'
import { insertBillingEvent } from './writes.ts'

export type FailedPayment = {
  stripeInvoiceId: string
  stripeCustomerId: string
  attempt: number
  amountCents: bigint
  currency: string
  at: Date
}

/**
 * Records that an attempt to pay failed, from the event's own payload: the state may have moved on since, but the
 * history has every attempt, once, in any order of deliveries.
 */
export async function recordFailure({ db }: { db: Database }, failed: FailedPayment): Promise<void> {
  const accountId = await db.system((tx) => accountOfCustomer(tx, failed.stripeCustomerId))
  if (accountId === undefined) throw new NotKnownYet(`customer ${failed.stripeCustomerId}`)
  const key = `${failed.stripeInvoiceId}:${failed.attempt}`
  await db.tenant(accountId, async (tx) => {
    const isNew = await insertBillingEvent(tx, {
      accountId,
      billingEventId: newId('evt'),
      naturalKey: `payment_failed:${key}`,
      type: 'payment_failed',
      description: `Payment of ${formatMoney(failed.amountCents, failed.currency)} failed, attempt ${failed.attempt}`,
      at: failed.at,
      amountCents: failed.amountCents,
      currency: failed.currency,
      object: failed.stripeInvoiceId,
    })
    if (!isNew) return
    const { stripeInvoiceId, attempt } = failed
    const amountCents = failed.amountCents.toString()
    const payload = { stripeInvoiceId, attempt, amountCents, currency: failed.currency }
    await enqueueFact(tx, { name: 'payment.failed', accountId, key, payload })
  })
}

import { NotKnownYet } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { enqueueFact } from '../../lib/queue.ts'
import { nextSequence } from '../../lib/sequence.ts'
import type { StripePort } from '../../providers/stripe/port.ts'
import { accountOfCustomer, lockAccount } from '../accounts/reads.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { convergeInvoice } from './invoice.ts'
import { findByInvoice } from './reads.ts'
import { upsertPayment } from './writes.ts'

/**
 * The one way in for what Stripe says of an invoice: fetches it again, writes it and says what became true.
 * Answers whose it is. Throws NotKnownYet while its customer is unknown here.
 */
export async function syncInvoice(
  { db, stripe, catalogs }: { db: Database; stripe: Pick<StripePort, 'fetchInvoice'>; catalogs: Catalogs },
  stripeInvoiceId: string,
): Promise<string> {
  const sequence = await nextSequence(db)
  const remote = await stripe.fetchInvoice(stripeInvoiceId)
  const accountId = await db.system((tx) => accountOfCustomer(tx, remote.customerId))
  if (accountId === undefined) throw new NotKnownYet(`customer ${remote.customerId}`)

  await db.tenant(accountId, async (tx) => {
    await lockAccount(tx, accountId)
    const known = await findByInvoice(tx, stripeInvoiceId)
    if (known !== undefined && known.syncedSequence > sequence) return
    const { catalog } = await catalogs.current(tx)
    const { next, facts } = convergeInvoice(known?.payment, remote, {
      accountId,
      paymentId: newId('pay'),
      freezeMinutesBefore: catalog.overage.freezeMinutesBefore,
    })
    await upsertPayment(tx, next, { remote: remote.raw, sequence })
    for (const name of facts) {
      const { paymentId } = next
      await enqueueFact(tx, {
        name,
        accountId,
        key: stripeInvoiceId,
        payload: { paymentId, stripeInvoiceId },
      })
    }
  })
  return accountId
}

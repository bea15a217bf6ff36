import { NotKnownYet } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import { nextSequence } from '../../lib/sequence.ts'
import type { StripePort } from '../../providers/stripe/port.ts'
import { accountOfCustomer } from './reads.ts'
import { updateCustomer } from './writes.ts'

/** Brings what we know of a customer in line with Stripe: deleted or not, with a payment method or without. */
export async function syncCustomer(
  { db, stripe }: { db: Database; stripe: Pick<StripePort, 'fetchCustomer'> },
  stripeCustomerId: string,
): Promise<string> {
  const sequence = await nextSequence(db)
  const remote = await stripe.fetchCustomer(stripeCustomerId)
  return db.system(async (tx) => {
    const accountId = await accountOfCustomer(tx, stripeCustomerId)
    if (accountId === undefined) throw new NotKnownYet(`customer ${stripeCustomerId}`)
    const { isDeleted, hasPaymentMethod } = remote
    await updateCustomer(tx, { stripeCustomerId, isLive: !isDeleted, hasPaymentMethod, sequence })
    return accountId
  })
}

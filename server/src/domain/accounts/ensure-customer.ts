import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import type { StripePort } from '../../providers/stripe/port.ts'
import { accountOf, liveCustomer } from './reads.ts'
import { claimCustomer, setStripeCustomer } from './writes.ts'

/**
 * The account's one customer at Stripe, made if there is none. The row comes first and its id is the idempotency
 * key, so that parallel callers and a crash after Stripe answered all end with the same customer; keys live about a
 * day at Stripe, so a row that was there before is looked up by its metadata first.
 */
export async function ensureCustomer(
  { db, stripe }: { db: Database; stripe: Pick<StripePort, 'createCustomer' | 'findCustomer'> },
  accountId: string,
): Promise<string> {
  const { account, customer, isNew } = await db.tenant(accountId, async (tx) => {
    const claimed = await claimCustomer(tx, accountId, newId('cust'))
    const row = await liveCustomer(tx, accountId)
    if (row === undefined) throw new Error(`account ${accountId} has no customer row after claiming one`)
    return { account: await accountOf(tx, accountId), customer: row, isNew: claimed }
  })
  if (customer.stripeCustomerId !== null) return customer.stripeCustomerId

  const { customerId } = customer
  const { email, name, phone, externalId } = account
  const earlier = isNew ? undefined : await stripe.findCustomer({ customerId, email })
  const remote =
    earlier ?? (await stripe.createCustomer({ customerId, accountId, externalId, name, email, phone }))
  await db.tenant(accountId, (tx) =>
    setStripeCustomer(tx, { accountId, customerId, stripeCustomerId: remote.id }),
  )
  return remote.id
}

import { NotKnownYet } from '../../errors.ts'
import type { StripePort } from '../../providers/stripe/port.ts'
import type { SyncSubscription } from './sync.ts'
import { syncSubscription } from './sync.ts'
import { closeCheckout } from './writes.ts'

/** What became of a Checkout session: its subscription is brought in, or it is over without one. */
export async function syncCheckout(
  deps: SyncSubscription & { stripe: Pick<StripePort, 'fetchCheckout'> },
  stripeSessionId: string,
): Promise<string> {
  const session = await deps.stripe.fetchCheckout(stripeSessionId)
  const accountId = session.metadata.tollgate_account
  const checkoutId = session.metadata.tollgate_checkout
  if (accountId === undefined || checkoutId === undefined) {
    throw new NotKnownYet(`the account of Checkout session ${stripeSessionId}`)
  }
  if (session.status === 'open') return accountId
  const status = session.status === 'complete' ? 'completed' : 'expired'
  await deps.db.tenant(accountId, (tx) => closeCheckout(tx, { accountId, checkoutId, status }))
  if (session.subscriptionId !== null) await syncSubscription(deps, session.subscriptionId)
  return accountId
}

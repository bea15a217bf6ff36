import { NotKnownYet } from '../../errors.ts'
import { businessNow } from '../../lib/clock.ts'
import type { Database, Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { enqueueFact } from '../../lib/queue.ts'
import { nextSequence } from '../../lib/sequence.ts'
import type { RemoteSubscription, StripePort } from '../../providers/stripe/port.ts'
import { accountOfCustomer, lockAccount } from '../accounts/reads.ts'
import type { Plan } from '../catalog/catalog.ts'
import { planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { planPrice } from '../catalog/reads.ts'
import { checkoutPreference, findByStripeId } from './reads.ts'
import type { Subscription } from './subscription.ts'
import { converge, hasEnded, isInForce } from './subscription.ts'
import { upsertSubscription } from './writes.ts'

/** Opens the usage period that Stripe names, or corrects it, in the transaction that wrote the subscription. */
type ConfirmPeriod = (
  tx: Tx,
  period: {
    accountId: string
    subscriptionId: string
    plan: Plan
    catalogVersion: number
    startsAt: Date
    endsAt: Date
    anchor: Date
    interval: 'month' | 'year'
    isRolling: boolean
  },
) => Promise<void>

/** Ends the usage period of a subscription that is over. */
type EndPeriod = (
  tx: Tx,
  period: { accountId: string; subscriptionId: string; endedAt: Date },
) => Promise<void>

export type SyncSubscription = {
  db: Database
  stripe: Pick<StripePort, 'fetchSubscription'>
  catalogs: Catalogs
  confirmPeriod: ConfirmPeriod
  endPeriod: EndPeriod
}

/**
 * The one way in for what Stripe says of a subscription: fetches it again and brings our row, the account's usage
 * period and the facts that became true in line with it. Webhooks, return pages and reconciliation all call it, so
 * the order of deliveries, their repetition and their loss are no cases of their own.
 *
 * Answers whose it is. Throws NotKnownYet while its customer or price is unknown here: the event waits and is tried again.
 */
export async function syncSubscription(
  deps: SyncSubscription,
  stripeSubscriptionId: string,
): Promise<string> {
  const sequence = await nextSequence(deps.db)
  const remote = await deps.stripe.fetchSubscription(stripeSubscriptionId)
  const accountId = await deps.db.system((tx) => accountOfCustomer(tx, remote.customerId))
  if (accountId === undefined) throw new NotKnownYet(`customer ${remote.customerId}`)

  await deps.db.tenant(accountId, async (tx) => {
    await lockAccount(tx, accountId)
    const known = await findByStripeId(tx, stripeSubscriptionId)
    if (known !== undefined && known.syncedSequence > sequence) return
    const price = await planPrice(
      tx,
      remote.items.map((item) => item.priceId),
    )
    if (price === undefined)
      throw new NotKnownYet(`price ${remote.items.map((item) => item.priceId).join(', ')}`)
    const { next, facts } = converge(known?.subscription, remote, {
      accountId,
      subscriptionId: newId('sub'),
      price,
      numberPreference: await checkoutPreference(tx, remote.metadata.tollgate_checkout),
      now: await businessNow(tx),
    })
    await upsertSubscription(tx, next, { remote: remote.raw, sequence })
    await followPeriod(deps, tx, { next, remote })
    for (const name of facts) {
      const { subscriptionId } = next
      await enqueueFact(tx, { name, accountId, key: subscriptionId, payload: { subscriptionId } })
    }
  })
  return accountId
}

async function followPeriod(
  deps: SyncSubscription,
  tx: Tx,
  { next, remote }: { next: Subscription; remote: RemoteSubscription },
): Promise<void> {
  const { accountId, subscriptionId } = next
  if (hasEnded(next.status)) {
    const endedAt = remote.endedAt ?? remote.canceledAt
    if (endedAt !== null) await deps.endPeriod(tx, { accountId, subscriptionId, endedAt })
    return
  }
  if (!isInForce(next.status) || next.plan === null || next.catalogVersion === null) return
  const { catalog, version } = await deps.catalogs.version(tx, next.catalogVersion)
  const plan = planOf(catalog, next.plan)
  if (plan === undefined) throw new Error(`catalog version ${version} has no plan ${next.plan}`)
  await deps.confirmPeriod(tx, {
    accountId,
    subscriptionId,
    plan,
    catalogVersion: version,
    startsAt: next.periodStart,
    endsAt: next.periodEnd,
    anchor: next.billingCycleAnchor,
    interval: next.interval === 'year' ? 'year' : 'month',
    isRolling: !next.cancelAtPeriodEnd && next.cancelAt === null,
  })
}

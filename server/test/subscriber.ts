import { catalog as assistant } from '../../examples/assistant/catalog.ts'
import { createAccount } from '../src/domain/accounts/create.ts'
import { checkCatalog } from '../src/domain/catalog/catalog.ts'
import { type Catalogs, openCatalogs, versionByHash } from '../src/domain/catalog/reads.ts'
import { insertVersion, makeCurrent } from '../src/domain/catalog/writes.ts'
import type { Subscription } from '../src/domain/subscriptions/subscription.ts'
import { upsertSubscription } from '../src/domain/subscriptions/writes.ts'
import { businessNow } from '../src/lib/clock.ts'
import type { Database } from '../src/lib/db.ts'
import { newId, randomText } from '../src/lib/ids.ts'

/** Makes the assistant's catalog the one on sale, without asking a provider. */
export async function assistantCatalogs(db: Database): Promise<Catalogs> {
  const { catalog } = checkCatalog(assistant)
  if (catalog === undefined) throw new Error('the example is not a catalog')
  await db.system(async (tx) => {
    await insertVersion(tx, catalog, 'assistant')
    await makeCurrent(tx, (await versionByHash(tx, 'assistant')).version)
  })
  return openCatalogs()
}

/** An account; with a `plan`, one that a sync found subscribed to it. */
export async function subscriber(
  db: Database,
  given: { phone?: string; plan?: string } & Partial<Subscription> = {},
): Promise<{ accountId: string; subscriptionId: string; subscription: Subscription }> {
  const { phone, ...wanted } = given
  const { account } = await createAccount(
    { db },
    { externalId: randomText(8), name: 'Ada Lovelace', email: 'ada@example.com', phone, currency: 'usd' },
  )
  const now = await db.system((tx) => businessNow(tx))
  const { version } = await db.system((tx) => versionByHash(tx, 'assistant'))
  const subscription = activeSubscription(account.accountId, now, { catalogVersion: version, ...wanted })
  if (given.plan !== undefined) await saveSubscription(db, subscription)
  return { accountId: account.accountId, subscriptionId: subscription.subscriptionId, subscription }
}

/** A subscription as a sync would find it active since `now`. */
export function activeSubscription(
  accountId: string,
  now: Date,
  wanted: Partial<Subscription> = {},
): Subscription {
  return {
    accountId,
    subscriptionId: newId('sub'),
    stripeSubscriptionId: `sub_${randomText(14)}`,
    stripeCustomerId: `cus_${randomText(14)}`,
    kind: 'plan',
    plan: null,
    catalogVersion: null,
    interval: 'month',
    currency: 'usd',
    status: 'active',
    billingCycleAnchor: now,
    periodStart: now,
    periodEnd: new Date(now.getTime() + 30 * 86_400_000),
    trialStart: null,
    trialEnd: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    endedAt: null,
    cancellationReason: null,
    cancellationFeedback: null,
    hasPaymentMethod: true,
    items: [],
    numberPreference: {},
    activatedAt: now,
    pastDueSince: null,
    createdAt: now,
    ...wanted,
  }
}

/** Writes a subscription as a later sync would. */
export async function saveSubscription(db: Database, subscription: Subscription): Promise<void> {
  await db.tenant(subscription.accountId, (tx) =>
    upsertSubscription(tx, subscription, { remote: {}, sequence: 1n }),
  )
}

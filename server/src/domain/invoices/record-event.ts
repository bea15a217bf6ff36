import { businessNow } from '../../lib/clock.ts'
import type { Database, Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { formatMoney } from '../../lib/money.ts'
import type { Fact } from '../../lib/queue.ts'
import { planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { subscriptionOf } from '../subscriptions/reads.ts'
import { paymentOf } from './reads.ts'
import { insertBillingEvent } from './writes.ts'

type Entry = {
  description: string
  at?: Date | null
  amountCents?: bigint
  currency?: string
  object: string
}

type Describe = (deps: { tx: Tx; catalogs: Catalogs }, fact: Fact) => Promise<Entry>

const DESCRIPTIONS: Record<string, Describe> = {
  'subscription.activated': async (deps, fact) => {
    const { subscription, planName } = await planNameOf(deps, fact)
    return {
      description: `Subscribed to ${planName}`,
      at: subscription.activatedAt,
      object: subscription.stripeSubscriptionId,
    }
  },
  'subscription.ended': async (deps, fact) => {
    const { subscription, planName } = await planNameOf(deps, fact)
    return {
      description: `Subscription to ${planName} ended`,
      at: subscription.endedAt,
      object: subscription.stripeSubscriptionId,
    }
  },
  'payment.succeeded': async ({ tx }, fact) => {
    const payment = await paymentOf(tx, fact.accountId, String(fact.payload.paymentId))
    return {
      description: `Payment of ${formatMoney(payment.paidCents, payment.currency)} received`,
      at: payment.paidAt,
      amountCents: payment.paidCents,
      currency: payment.currency,
      object: payment.stripeInvoiceId,
    }
  },
  'number.provisioned': async (_, fact) => ({
    description: `Phone number ${String(fact.payload.e164)} added`,
    object: String(fact.payload.numberId),
  }),
  'number.released': async (_, fact) => ({
    description: `Phone number ${String(fact.payload.e164)} released`,
    object: String(fact.payload.numberId),
  }),
}

/** Writes a fact into the account's history, in words, once. */
export async function recordEvent(
  { db, catalogs }: { db: Database; catalogs: Catalogs },
  fact: Fact,
): Promise<void> {
  const describe = DESCRIPTIONS[fact.name]
  if (describe === undefined) throw new Error(`no words for the fact ${fact.name} in the history`)
  await db.tenant(fact.accountId, async (tx) => {
    const entry = await describe({ tx, catalogs }, fact)
    await insertBillingEvent(tx, {
      accountId: fact.accountId,
      billingEventId: newId('evt'),
      naturalKey: `${fact.name}:${fact.key}`,
      type: fact.name.replace('.', '_'),
      description: entry.description,
      at: entry.at ?? (await businessNow(tx)),
      amountCents: entry.amountCents ?? null,
      currency: entry.currency ?? null,
      object: entry.object,
    })
  })
}

async function planNameOf({ tx, catalogs }: { tx: Tx; catalogs: Catalogs }, fact: Fact) {
  const subscription = await subscriptionOf(tx, fact.accountId, String(fact.payload.subscriptionId))
  if (subscription.plan === null || subscription.catalogVersion === null)
    return { subscription, planName: 'phone numbers' }
  const { catalog } = await catalogs.version(tx, subscription.catalogVersion)
  return { subscription, planName: planOf(catalog, subscription.plan)?.name ?? subscription.plan }
}

import type { RemoteItem, RemoteSubscription, SubscriptionStatus } from '../../providers/stripe/port.ts'
import type { CatalogPrice } from '../catalog/reads.ts'

/** What an account subscribed to at Stripe, as the last sync saw it. */
export type Subscription = {
  accountId: string
  subscriptionId: string
  stripeSubscriptionId: string
  stripeCustomerId: string
  /** `plan` holds a plan of the catalog; `numbers` only phone numbers. */
  kind: 'plan' | 'numbers'
  plan: string | null
  catalogVersion: number | null
  interval: string | null
  currency: string
  status: SubscriptionStatus
  billingCycleAnchor: Date
  periodStart: Date
  periodEnd: Date
  trialStart: Date | null
  trialEnd: Date | null
  cancelAt: Date | null
  cancelAtPeriodEnd: boolean
  canceledAt: Date | null
  endedAt: Date | null
  cancellationReason: string | null
  cancellationFeedback: string | null
  hasPaymentMethod: boolean
  items: SubscriptionItem[]
  numberPreference: NumberPreference
  /** When its plan first came into force; null before that. What starts with a plan starts then, once. */
  activatedAt: Date | null
  /** When the payment that is owed now was first missed. */
  pastDueSince: Date | null
  createdAt: Date
}

export type SubscriptionItem = {
  id: string
  priceId: string
  quantity: number
  unitAmountCents: number | null
  currency: string
  interval: string | null
}

/** Which number an account would like to get with its plan. */
export type NumberPreference = { country?: string; areaCode?: string; contains?: string }

const LIVE: readonly SubscriptionStatus[] = [
  'incomplete',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
]
const IN_FORCE: readonly SubscriptionStatus[] = ['trialing', 'active', 'past_due', 'unpaid']
const ENDED: readonly SubscriptionStatus[] = ['canceled', 'incomplete_expired']

/** At most one live plan subscription per account. */
export function isLive(status: SubscriptionStatus): boolean {
  return LIVE.includes(status)
}

/** Whether use is counted against the subscription's own periods. */
export function isInForce(status: SubscriptionStatus): boolean {
  return IN_FORCE.includes(status)
}

export function hasEnded(status: SubscriptionStatus): boolean {
  return ENDED.includes(status)
}

export type SubscriptionFact = 'subscription.activated' | 'subscription.ended'

/**
 * What our row becomes when Stripe says `remote`, and which facts became true with it. Pure: whatever the order of
 * webhooks, the last answer decides, and a fact is told apart from its repetition by what the row already says.
 */
export function converge(
  current: Subscription | undefined,
  remote: RemoteSubscription,
  context: {
    accountId: string
    subscriptionId: string
    price: CatalogPrice | undefined
    numberPreference: NumberPreference
    now: Date
  },
): { next: Subscription; facts: SubscriptionFact[] } {
  const activatesNow = remote.status === 'active' && (current?.activatedAt ?? null) === null
  const endsNow = hasEnded(remote.status) && current !== undefined && !hasEnded(current.status)
  const isOwed = remote.status === 'past_due' || remote.status === 'unpaid'
  const next: Subscription = {
    accountId: context.accountId,
    subscriptionId: current?.subscriptionId ?? context.subscriptionId,
    stripeSubscriptionId: remote.id,
    stripeCustomerId: remote.customerId,
    kind: context.price === undefined ? 'numbers' : 'plan',
    plan: context.price?.plan ?? null,
    catalogVersion: context.price?.catalogVersion ?? null,
    interval: context.price?.interval ?? null,
    currency: remote.currency,
    status: remote.status,
    billingCycleAnchor: remote.billingCycleAnchor,
    periodStart: remote.periodStart,
    periodEnd: remote.periodEnd,
    trialStart: remote.trialStart,
    trialEnd: remote.trialEnd,
    cancelAt: remote.cancelAt,
    cancelAtPeriodEnd: remote.cancelAtPeriodEnd,
    canceledAt: remote.canceledAt,
    endedAt: remote.endedAt,
    cancellationReason: remote.cancellationReason,
    cancellationFeedback: remote.cancellationFeedback,
    hasPaymentMethod: remote.hasPaymentMethod,
    items: remote.items.map(toItem),
    numberPreference: current?.numberPreference ?? context.numberPreference,
    activatedAt: activatesNow ? context.now : (current?.activatedAt ?? null),
    pastDueSince: isOwed ? (current?.pastDueSince ?? context.now) : null,
    createdAt: remote.createdAt,
  }
  const facts: SubscriptionFact[] = []
  if (activatesNow) facts.push('subscription.activated')
  if (endsNow && next.activatedAt !== null) facts.push('subscription.ended')
  return { next, facts }
}

function toItem(item: RemoteItem): SubscriptionItem {
  return {
    id: item.id,
    priceId: item.priceId,
    quantity: item.quantity,
    unitAmountCents: item.unitAmountCents === null ? null : Number(item.unitAmountCents),
    currency: item.currency,
    interval: item.interval,
  }
}

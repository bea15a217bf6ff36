import type { Statement, Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { SubscriptionStatus } from '../../providers/stripe/port.ts'
import type { NumberPreference, Subscription, SubscriptionItem } from './subscription.ts'

type SubscriptionRow = {
  account_id: string
  subscription_id: string
  stripe_subscription_id: string
  stripe_customer_id: string
  kind: 'plan' | 'numbers'
  plan: string | null
  catalog_version: number | null
  interval: string | null
  currency: string
  status: SubscriptionStatus
  billing_cycle_anchor: Date
  period_start: Date
  period_end: Date
  trial_start: Date | null
  trial_end: Date | null
  cancel_at: Date | null
  cancel_at_period_end: boolean
  canceled_at: Date | null
  ended_at: Date | null
  cancellation_reason: string | null
  cancellation_feedback: string | null
  has_payment_method: boolean
  items: SubscriptionItem[]
  number_preference: NumberPreference
  activated_at: Date | null
  past_due_since: Date | null
  created_at: Date
  synced_sequence: bigint
}

function toSubscription(row: SubscriptionRow): Subscription {
  return {
    accountId: row.account_id,
    subscriptionId: row.subscription_id,
    stripeSubscriptionId: row.stripe_subscription_id,
    stripeCustomerId: row.stripe_customer_id,
    kind: row.kind,
    plan: row.plan,
    catalogVersion: row.catalog_version,
    interval: row.interval,
    currency: row.currency,
    status: row.status,
    billingCycleAnchor: row.billing_cycle_anchor,
    periodStart: row.period_start,
    periodEnd: row.period_end,
    trialStart: row.trial_start,
    trialEnd: row.trial_end,
    cancelAt: row.cancel_at,
    cancelAtPeriodEnd: row.cancel_at_period_end,
    canceledAt: row.canceled_at,
    endedAt: row.ended_at,
    cancellationReason: row.cancellation_reason,
    cancellationFeedback: row.cancellation_feedback,
    hasPaymentMethod: row.has_payment_method,
    items: row.items,
    numberPreference: row.number_preference,
    activatedAt: row.activated_at,
    pastDueSince: row.past_due_since,
    createdAt: row.created_at,
  }
}

const select = (rest: Statement): Statement => ({
  text: `select account_id, subscription_id, stripe_subscription_id, stripe_customer_id, kind, plan, catalog_version,
      interval, currency, status, billing_cycle_anchor, period_start, period_end, trial_start, trial_end, cancel_at,
      cancel_at_period_end, canceled_at, ended_at, cancellation_reason, cancellation_feedback, has_payment_method,
      items, number_preference, activated_at, past_due_since, created_at, synced_sequence
    from subscriptions ${rest.text}`,
  values: rest.values,
})

const IS_LIVE = `status in ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused')`

/** The account's plan subscription: the live one, or else the one that ended last. */
export async function planSubscription(tx: Tx, accountId: string): Promise<Subscription | undefined> {
  const row = await tx.maybe<SubscriptionRow>(
    select(sql`
      where account_id = ${accountId} and kind = 'plan'
      order by ${{ text: IS_LIVE, values: [] }} desc, created_at desc limit 1`),
  )
  return row && toSubscription(row)
}

export async function subscriptionOf(
  tx: Tx,
  accountId: string,
  subscriptionId: string,
): Promise<Subscription> {
  return toSubscription(
    await tx.one<SubscriptionRow>(
      select(sql`where account_id = ${accountId} and subscription_id = ${subscriptionId}`),
    ),
  )
}

/** All of an account's subscriptions, older ones included, newest first. */
export async function subscriptionsOf(tx: Tx, accountId: string): Promise<Subscription[]> {
  const rows = await tx.rows<SubscriptionRow>(
    select(sql`where account_id = ${accountId} order by created_at desc, subscription_id`),
  )
  return rows.map(toSubscription)
}

/** The row of a Stripe subscription, with the sequence of the fetch that it was written from. */
export async function findByStripeId(
  tx: Tx,
  stripeSubscriptionId: string,
): Promise<{ subscription: Subscription; syncedSequence: bigint } | undefined> {
  const row = await tx.maybe<SubscriptionRow>(
    select(sql`where stripe_subscription_id = ${stripeSubscriptionId}`),
  )
  return row && { subscription: toSubscription(row), syncedSequence: row.synced_sequence }
}

export async function hadTrial(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx.maybe(sql`
    select from subscriptions where account_id = ${accountId} and trial_start is not null limit 1`)
  return row !== undefined
}

export type OpenCheckout = { checkoutId: string; stripeSessionId: string | null }

export async function openCheckouts(tx: Tx, accountId: string): Promise<OpenCheckout[]> {
  const rows = await tx.rows<{ checkout_id: string; stripe_session_id: string | null }>(sql`
    select checkout_id, stripe_session_id from checkouts where account_id = ${accountId} and status = 'open'`)
  return rows.map((row) => ({ checkoutId: row.checkout_id, stripeSessionId: row.stripe_session_id }))
}

/** The number that was wished for at the checkout which a subscription came from. */
export async function checkoutPreference(tx: Tx, checkoutId: string | undefined): Promise<NumberPreference> {
  const row = await tx.maybe<{ number_preference: NumberPreference }>(sql`
    select number_preference from checkouts where checkout_id = ${checkoutId ?? ''}`)
  return row?.number_preference ?? {}
}

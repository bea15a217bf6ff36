import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { NumberPreference, Subscription } from './subscription.ts'

/** Writes a subscription as a fetch saw it; the caller holds the account's lock and has checked the sequence. */
export async function upsertSubscription(
  tx: Tx,
  subscription: Subscription,
  origin: { remote: object; sequence: bigint },
): Promise<void> {
  const s = subscription
  await tx.run(sql`
    insert into subscriptions (account_id, subscription_id, stripe_subscription_id, stripe_customer_id, kind, plan,
      catalog_version, interval, currency, status, billing_cycle_anchor, period_start, period_end, trial_start,
      trial_end, cancel_at, cancel_at_period_end, canceled_at, ended_at, cancellation_reason, cancellation_feedback,
      has_payment_method, items, number_preference, activated_at, past_due_since, created_at, remote, synced_sequence)
    values (${s.accountId}, ${s.subscriptionId}, ${s.stripeSubscriptionId}, ${s.stripeCustomerId}, ${s.kind}, ${s.plan},
      ${s.catalogVersion}, ${s.interval}, ${s.currency}, ${s.status}, ${s.billingCycleAnchor}, ${s.periodStart},
      ${s.periodEnd}, ${s.trialStart}, ${s.trialEnd}, ${s.cancelAt}, ${s.cancelAtPeriodEnd}, ${s.canceledAt},
      ${s.endedAt}, ${s.cancellationReason}, ${s.cancellationFeedback}, ${s.hasPaymentMethod},
      ${JSON.stringify(s.items)}, ${JSON.stringify(s.numberPreference)}, ${s.activatedAt}, ${s.pastDueSince},
      ${s.createdAt}, ${JSON.stringify(origin.remote)}, ${origin.sequence})
    on conflict (account_id, subscription_id) do update set
      stripe_customer_id = excluded.stripe_customer_id, kind = excluded.kind, plan = excluded.plan,
      catalog_version = excluded.catalog_version, interval = excluded.interval, status = excluded.status,
      billing_cycle_anchor = excluded.billing_cycle_anchor, period_start = excluded.period_start,
      period_end = excluded.period_end, trial_start = excluded.trial_start, trial_end = excluded.trial_end,
      cancel_at = excluded.cancel_at, cancel_at_period_end = excluded.cancel_at_period_end,
      canceled_at = excluded.canceled_at, ended_at = excluded.ended_at,
      cancellation_reason = excluded.cancellation_reason, cancellation_feedback = excluded.cancellation_feedback,
      has_payment_method = excluded.has_payment_method, items = excluded.items, activated_at = excluded.activated_at,
      past_due_since = excluded.past_due_since, remote = excluded.remote, synced_sequence = excluded.synced_sequence`)
}

export type NewCheckout = {
  accountId: string
  checkoutId: string
  plan: string
  interval: string
  currency: string
  userId: string | null
  numberPreference: NumberPreference
}

export async function insertCheckout(tx: Tx, checkout: NewCheckout): Promise<void> {
  await tx.run(sql`
    insert into checkouts (account_id, checkout_id, plan, interval, currency, user_id, number_preference)
    values (${checkout.accountId}, ${checkout.checkoutId}, ${checkout.plan}, ${checkout.interval},
      ${checkout.currency}, ${checkout.userId}, ${JSON.stringify(checkout.numberPreference)})`)
}

export async function openCheckout(
  tx: Tx,
  input: {
    accountId: string
    checkoutId: string
    stripeSessionId: string
    url: string | null
    expiresAt: Date
  },
): Promise<void> {
  await tx.run(sql`
    update checkouts set status = 'open', stripe_session_id = ${input.stripeSessionId}, url = ${input.url},
      expires_at = ${input.expiresAt}
    where account_id = ${input.accountId} and checkout_id = ${input.checkoutId} and status = 'creating'`)
}

export async function closeCheckout(
  tx: Tx,
  input: { accountId: string; checkoutId: string; status: 'completed' | 'expired' },
): Promise<void> {
  await tx.run(sql`
    update checkouts set status = ${input.status}
    where account_id = ${input.accountId} and checkout_id = ${input.checkoutId} and status in ('creating', 'open')`)
}

import { invalid } from '../api/errors.ts'
import { object, oneOf, required, type Values } from '../api/params.ts'
import { isMetered } from '../catalog/prices.ts'
import { change, emit } from '../events/events.ts'
import { pendingItems } from '../invoices/items.ts'
import { billUsage, startCounting } from '../meters/usage-lines.ts'
import { type Call, present, type World } from '../world.ts'
import { planTurn } from './due.ts'
import { billPending } from './pending-items.ts'
import { dropPlanned } from './planned.ts'
import { creditUnused } from './prorations.ts'
import { findSubscription, itemsOf, type PauseReason, priceOf, type Subscription } from './subscription.ts'

export const pausing = {
  bill_for: object({
    outstanding_usage_through: object({ type: required(oneOf('none', 'now')) }),
    unused_time_from: object({ type: required(oneOf('item_current_period_start', 'none', 'now')) }),
  }),
  invoicing_behavior: oneOf('invoice', 'pending_invoice_item'),
  type: oneOf('subscription'),
}

/** Puts a subscription to `paused`: it makes no invoices and its periods stand still until it is resumed. */
export function enterPause(world: World, subscription: Subscription, reason: PauseReason): Subscription {
  const details = {
    paused: {
      subscription: { type: reason },
      transitioned_at: world.clock.now(),
      type: 'subscription' as const,
    },
  }
  const changes = { status: 'paused' as const, status_details: details }
  const paused = change(world, subscription, changes, 'customer.subscription.updated')
  emit(world, 'customer.subscription.paused', paused)
  planTurn(world, paused)
  return paused
}

function checkPausable(world: World, subscription: Subscription): void {
  const { billing_mode: mode, collection_method: method, schedule, status } = subscription
  const lateToo = world.settings().pausable === 'active_or_past_due'
  if (status !== 'active' && !(lateToo && status === 'past_due'))
    throw invalid(`Only active subscriptions can be paused; this one is ${status}.`)
  if (mode.type !== 'flexible')
    throw invalid('Only subscriptions in flexible billing mode can be paused. Migrate it first.')
  if (method !== 'charge_automatically')
    throw invalid('Only subscriptions that charge automatically can be paused.')
  if (schedule !== null)
    throw invalid(
      `The subscription is managed by the subscription schedule \`${schedule}\` and cannot be paused.`,
    )
}

/**
 * Pauses an active subscription (docs.stripe.com/api/subscriptions/pause): bills what was used until now and gives credit
 * for unused time, from now or from the period's start, as pending items or on an invoice made at once.
 */
export function pause({ world, params, ids }: Call<Values<typeof pausing>>): object {
  const found = findSubscription(world, ids.id ?? '')
  checkPausable(world, found)
  const subscription = dropPlanned(world, found)
  const items = itemsOf(world, subscription.id)
  if (params.bill_for?.outstanding_usage_through?.type !== 'none') {
    billUsage(world, subscription, items)
    for (const item of items) if (isMetered(priceOf(world, item))) startCounting(world, subscription, item)
  }
  const from = params.bill_for?.unused_time_from?.type ?? 'now'
  if (from !== 'none') {
    for (const item of items) {
      const at = from === 'now' ? world.clock.now() : item.current_period_start
      creditUnused(world, { subscription, at }, item)
    }
  }
  const paused = enterPause(world, subscription, 'pause_requested')
  const waiting = pendingItems(world, paused.customer, paused.currency, paused.id)
  const bills = params.invoicing_behavior === 'invoice' && waiting.length > 0
  return present(
    world,
    bills ? billPending(world, paused, { reason: 'subscription_update', waits: false }) : paused,
  )
}

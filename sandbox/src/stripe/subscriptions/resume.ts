import { invalid } from '../api/errors.ts'
import { integer, object, oneOf, required, type Values } from '../api/params.ts'
import { change } from '../events/events.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize, markPaid } from '../invoices/collect.ts'
import { announceDraft, type Invoice } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import { putItemLines } from '../invoices/lines.ts'
import { afterIntervals } from '../periods.ts'
import { type Call, present, type World } from '../world.ts'
import { billingPeriod } from './anchor.ts'
import { applyPlanned, dropPlanned, lapse } from './planned.ts'
import { debitRemaining, isCredited } from './prorations.ts'
import {
  findSubscription,
  type Item,
  itemsOf,
  type Planned,
  priceOf,
  recurringOf,
  type Subscription,
} from './subscription.ts'

export const resuming = {
  billing_cycle_anchor: object({ type: required(oneOf('now', 'unchanged')) }),
  payment_behavior: oneOf('resume_on_payment_attempt', 'resume_on_payment_success'),
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  proration_date: integer,
}
type Asked = Values<typeof resuming>

const unattended = 23 * 3600

function checkResumable(subscription: Subscription): void {
  if (subscription.status !== 'paused')
    throw invalid(`Only paused subscriptions can be resumed; this one is ${subscription.status}.`)
  if (subscription.collection_method !== 'charge_automatically')
    throw invalid('Only subscriptions that charge automatically can be resumed.')
}

/** The items as they are once the subscription goes on: from now, or in the period that surrounds now. */
function resumedItems(world: World, subscription: Subscription, fromNow: boolean): Item[] {
  const now = world.clock.now()
  return itemsOf(world, subscription.id).map((item) => {
    const { interval, interval_count: every } = recurringOf(priceOf(world, item))
    const period = fromNow
      ? { start: now, end: afterIntervals(now, interval, every) }
      : billingPeriod(subscription, { interval, interval_count: every }, now)
    return { ...item, current_period_start: period.start, current_period_end: period.end }
  })
}

/** Debits, where the anchor stays, for what is left of periods that nobody has paid. */
function prorate(world: World, subscription: Subscription, items: Item[], asked: Asked): void {
  const at = asked.proration_date ?? world.clock.now()
  const starts = items.map((item) => item.current_period_start)
  if (at > world.clock.now() || at < Math.min(...starts)) {
    throw invalid(
      'Invalid proration_date: it must be within the current billing period, and not in the future.',
      {
        param: 'proration_date',
      },
    )
  }
  const before = new Map(itemsOf(world, subscription.id).map((item) => [item.id, item]))
  for (const item of items) {
    const same = before.get(item.id)?.current_period_end === item.current_period_end
    // A period that was paid and for which the pause gave nothing back is still paid.
    if (!same || isCredited(world, item)) debitRemaining(world, { subscription, at }, item)
  }
}

function resumptionDraft(world: World, subscription: Subscription, items: Item[], asked: Asked): Invoice {
  const now = world.clock.now()
  const { id, customer, currency, metadata } = subscription
  const date = asked.proration_date === undefined ? {} : { prorationDate: asked.proration_date }
  const draft = blankInvoice(world, {
    customer,
    currency,
    reason: 'subscription_update',
    autoAdvance: asked.payment_behavior === 'resume_on_payment_success',
    period: { start: now, end: now },
    subscription: { id, metadata, ...date },
  })
  for (const item of pendingItems(world, customer, currency)) putOnInvoice(world, item, draft.id)
  if (asked.billing_cycle_anchor?.type === 'unchanged') return draft
  for (const item of items) {
    const period = { start: item.current_period_start, end: item.current_period_end }
    const line = { invoice: draft.id, item, price: priceOf(world, item), period }
    putItemLines(world, line)
  }
  return draft
}

function bill(world: World, subscription: Subscription, draft: Invoice, asked: Asked): void {
  const open = finalize(world, announceDraft(world, draft))
  if (open.amount_remaining === 0) markPaid(world, open.id, 0)
  else {
    const due = { id: lapse(subscription.id), at: world.clock.now() + unattended, what: 'subscription.lapse' }
    world.clock.schedule({ ...due, object: subscription.id })
    if (asked.payment_behavior === 'resume_on_payment_success') collect(world, open)
  }
}

/**
 * Resumes a paused subscription (docs.stripe.com/api/subscriptions/resume): at once where nothing is to be paid,
 * otherwise when its resumption invoice is paid or, on demand, as soon as that was tried.
 */
export function resume({ world, params, ids }: Call<Asked>): object {
  const found = findSubscription(world, ids.id ?? '')
  checkResumable(found)
  const before = dropPlanned(world, found)
  const fromNow = params.billing_cycle_anchor?.type !== 'unchanged'
  const items = resumedItems(world, before, fromNow)
  const behavior = params.proration_behavior ?? 'create_prorations'
  if (!fromNow && behavior !== 'none') prorate(world, before, items, params)
  const waiting = pendingItems(world, before.customer, before.currency)
  const draft =
    fromNow || (behavior === 'always_invoice' && waiting.length > 0)
      ? resumptionDraft(world, before, items, params)
      : null
  const planned: Planned = {
    kind: params.payment_behavior === 'resume_on_payment_success' ? 'resume' : 'resume on attempt',
    invoice: draft?.id ?? '',
    changes: { status: 'active', ...(fromNow ? { billing_cycle_anchor: world.clock.now() } : {}) },
    items,
    metadata: {},
  }
  if (!draft) return present(world, applyPlanned(world, before, planned))
  const changes = { latest_invoice: draft.id, hidden: { ...before.hidden, planned } }
  bill(world, change(world, before, changes, 'customer.subscription.updated'), draft, params)
  return present(world, findSubscription(world, before.id))
}

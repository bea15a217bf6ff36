import { change, emit, emitShown, previousAttributes } from '../events/events.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { methodFor } from '../invoices/collect.ts'
import { voidInvoice } from '../invoices/give-up.ts'
import { amountsOf, announceDraft, type Invoice } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import { linesOf, type Period } from '../invoices/lines.ts'
import { billFinalUsage, putUsage } from '../meters/usage-lines.ts'
import { present, tell, type World } from '../world.ts'
import { billingPeriod } from './anchor.ts'
import { cancelSubscription } from './cancel.ts'
import { planTurn, planWarnings } from './due.ts'
import { enterPause } from './pause.ts'
import { withhold } from './pause-collection.ts'
import { dropPlanned } from './planned.ts'
import { putStretch } from './stretch-lines.ts'
import {
  ended,
  findSubscription,
  type Item,
  itemsOf,
  nextTurn,
  priceOf,
  recurringOf,
  type Subscription,
} from './subscription.ts'

/** The period that follows for an item at `now`, counted from the anchor. */
function following(subscription: Subscription, item: Item, world: World, now: number): Period {
  const whole = billingPeriod(subscription, recurringOf(priceOf(world, item)), now)
  // After a trial that leaves the anchor alone the first period is a part of one; so is the last before an end.
  return {
    start: Math.max(whole.start, Math.min(item.current_period_end, now)),
    end: Math.min(whole.end, subscription.cancel_at ?? Infinity),
  }
}

/** The draft of a renewal, not announced: the items that turned, and what was pending. */
function renewalDraft(
  world: World,
  subscription: Subscription,
  turned: Item[],
  closed: Period,
  autoAdvance: boolean,
): Invoice {
  const draft = blankInvoice(world, {
    customer: subscription.customer,
    currency: subscription.currency,
    reason: 'subscription_cycle',
    autoAdvance,
    period: closed,
    subscription: { id: subscription.id, metadata: subscription.metadata },
  })
  for (const item of pendingItems(world, subscription.customer, subscription.currency, subscription.id))
    putOnInvoice(world, item, draft.id)
  for (const item of turned) {
    const { current_period_start: start, current_period_end: end } = item
    if (start < (subscription.hidden.freeUntil ?? 0)) continue
    const price = priceOf(world, item)
    const whole = billingPeriod(subscription, recurringOf(price), start)
    putStretch(world, { invoice: draft.id, item, price }, { start, end, whole })
  }
  return draft
}

/** The items whose periods are over at an instant, as they are before they turn. */
const closingItems = (world: World, subscription: Subscription, at: number): Item[] =>
  itemsOf(world, subscription.id).filter((item) => item.current_period_end <= at)

function turnItems(world: World, subscription: Subscription, now: number): Item[] {
  return closingItems(world, subscription, now).map((item) => {
    const period = following(subscription, item, world, now)
    return world.store.put('subscription_item', {
      ...item,
      current_period_start: period.start,
      current_period_end: period.end,
    })
  })
}

/**
 * Renews: the items' periods move, `customer.subscription.updated`, then the draft and `invoice.created`. `before` is
 * the subscription as the API showed it before anything of this turn was done.
 */
function renew(world: World, subscription: Subscription, before: Record<string, unknown>): void {
  const now = world.clock.now()
  const closed = nextTurn(itemsOf(world, subscription.id))
  const closing = closingItems(world, subscription, now)
  const turned = turnItems(world, subscription, now)
  const { pause_collection: withheld } = subscription
  const advances = subscription.status !== 'unpaid' && withheld === null
  const draft = renewalDraft(world, subscription, turned, closed, advances)
  putUsage(world, subscription, closing, draft.id)
  const status = subscription.status === 'trialing' ? 'active' : subscription.status
  // A first stretch that is free has no invoice, not even one of nothing.
  const bills = linesOf(world, draft.id).length > 0
  const latest = bills ? { latest_invoice: draft.id } : {}
  const after = world.store.put('subscription', { ...subscription, ...latest, status })
  const previous = previousAttributes(before, present(world, after))
  emit(world, 'customer.subscription.updated', after, previous)
  const announced = bills && announceDraft(world, draft)
  if (announced && withheld) withhold(world, announced, withheld.behavior)
  planTurn(world, after)
  planWarnings(world, after)
}

/** A turn that renews nothing: whoever was told of it took away the items whose period was over. */
function keep(world: World, subscription: Subscription, before: Record<string, unknown>): void {
  const previous = previousAttributes(before, present(world, subscription))
  if (Object.keys(previous).length > 0) emit(world, 'customer.subscription.updated', subscription, previous)
  planTurn(world, subscription)
  planWarnings(world, subscription)
}

/** A trial's end where nobody left a card: as the subscription's settings say. */
function endTrialWithoutCard(
  world: World,
  subscription: Subscription,
  before: Record<string, unknown>,
): void {
  const behavior = subscription.trial_settings.end_behavior.missing_payment_method
  if (behavior === 'cancel') cancelSubscription(world, subscription, { reason: null })
  else if (behavior === 'create_invoice') renew(world, subscription, before)
  else {
    enterPause(world, subscription, 'trial_end_without_payment_method')
  }
}

/** What a subscription's turn is told to those who may change it first, as a schedule does: `at` is the turn's instant. */
export type Turning = { subscription: string; at: number }

/** Does what the end of a period, a trial or the subscription brings. */
export function turn(world: World, given: Subscription): void {
  const now = world.clock.now()
  const before = present(world, dropPlanned(world, given))
  tell<Turning>(world, 'subscription.turning', { subscription: given.id, at: now })
  const subscription = findSubscription(world, given.id)
  if (ended(subscription)) return
  if (subscription.cancel_at !== null && subscription.cancel_at <= now) {
    cancelSubscription(world, subscription, { reason: subscription.cancellation_details.reason })
    billFinalUsage(world, subscription)
    return
  }
  if (subscription.status === 'incomplete') return
  const ending = subscription.status === 'trialing' && (subscription.trial_end ?? 0) <= now
  if (
    ending &&
    !methodFor(world, { customer: subscription.customer, default_payment_method: null }, subscription.id)
  ) {
    endTrialWithoutCard(world, subscription, before)
  } else if (nextTurn(itemsOf(world, subscription.id)).end <= now) renew(world, subscription, before)
  else keep(world, subscription, before)
}

/** What the next renewal would be, as an invoice view that is not kept. */
export function previewRenewal(world: World, given: Subscription): Record<string, unknown> {
  return world.store.dryRun(() => {
    const closed = nextTurn(itemsOf(world, given.id))
    tell<Turning>(world, 'subscription.turning', { subscription: given.id, at: closed.end })
    const subscription = findSubscription(world, given.id)
    const closing = closingItems(world, subscription, closed.end)
    const turned = turnItems(world, subscription, closed.end)
    const ending = subscription.cancel_at !== null && subscription.cancel_at <= closed.end
    const draft = renewalDraft(world, subscription, ending ? [] : turned, closed, true)
    putUsage(world, subscription, closing, draft.id)
    return shownPreview(world, { ...draft, billing_reason: 'upcoming' })
  })
}

/** A draft as a preview shows it: counted, with the time at which it would be made and tried. */
export function shownPreview(world: World, draft: Invoice): Record<string, unknown> {
  const at = Math.max(draft.period_end, world.clock.now())
  const counted = {
    ...draft,
    ...amountsOf(world, draft, draft.starting_balance),
    created: at,
    next_payment_attempt: at + 3600,
  }
  const ending = Math.min(0, draft.starting_balance + counted.total)
  const id = `upcoming_${draft.id}`
  const shown = present(world, { ...counted, ending_balance: ending })
  const lines = shown.lines as { data: { invoice: string }[] }
  return { ...shown, id, lines: { ...lines, data: lines.data.map((line) => ({ ...line, invoice: id })) } }
}

/** Declares what time does to subscriptions. */
export function startTurning(world: World): void {
  const live = (id: string) => {
    const found = world.store.get<Subscription>('subscription', id)
    return found && !ended(found) ? found : undefined
  }
  world.clock.on('subscription.turn', ({ object }) => {
    const subscription = live(object)
    if (subscription) turn(world, subscription)
  })
  world.clock.on('subscription.upcoming', ({ object }) => {
    const subscription = live(object)
    if (!subscription || subscription.status === 'paused') return
    if (subscription.pause_collection) return
    if ((subscription.cancel_at ?? Infinity) <= nextTurn(itemsOf(world, object)).end) return
    // What is announced is no invoice yet, and so has no id.
    const { id: _, ...upcoming } = previewRenewal(world, subscription)
    emitShown(world, 'invoice.upcoming', upcoming)
  })
  world.clock.on('subscription.lapse', ({ object }) => {
    const subscription = live(object)
    const planned = subscription?.hidden.planned
    if (!subscription || !planned) return
    // A resumption that was tried goes on being tried; only one that nobody tried lapses.
    const tried = world.store.get<Invoice>('invoice', planned.invoice)?.attempted
    if (planned.kind === 'update' || !tried) dropPlanned(world, subscription)
  })
  world.clock.on('subscription.trial_will_end', ({ object }) => {
    const subscription = live(object)
    if (subscription?.status === 'trialing') emit(world, 'customer.subscription.trial_will_end', subscription)
  })
  world.clock.on('subscription.expire', ({ object }) => {
    const subscription = live(object)
    if (subscription?.status !== 'incomplete') return
    const changes = { ended_at: world.clock.now(), status: 'incomplete_expired' as const }
    const after = change(world, subscription, changes, 'customer.subscription.updated')
    planTurn(world, after)
    const invoice = world.store.get<Invoice>('invoice', subscription.latest_invoice ?? '')
    if (invoice?.status === 'open') voidInvoice(world, invoice)
  })
}

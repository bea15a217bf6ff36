import { invalid, missing, notImplemented, StripeError } from '../errors.ts'
import { emit, previousAttributes } from '../events.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize, markPaid } from '../invoices/collect.ts'
import { announceDraft, findInvoice, type Invoice } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import { subscriptionLine } from '../invoices/lines.ts'
import { declineError, findIntent } from '../payment-intents.ts'
import { afterIntervals, periodAt } from '../periods.ts'
import { present, shortId, type World } from '../world.ts'
import { checkPrices, type PaymentBehavior } from './create.ts'
import { creditUnused, debitRemaining } from './prorations.ts'
import {
  findSubscription,
  type Item,
  itemsOf,
  nextTurn,
  priceOf,
  recurringOf,
  type Subscription,
} from './subscription.ts'
import { planTurn, planWarnings } from './turn.ts'

export type ItemChange = {
  id?: string
  price?: string
  quantity?: number
  deleted?: boolean
  metadata?: Record<string, string>
}
type ProrationBehavior = 'create_prorations' | 'always_invoice' | 'none'
export type Update = {
  fields: Partial<Subscription>
  items: ItemChange[]
  proration: ProrationBehavior
  prorationDate?: number
  anchorNow?: boolean
  trialEnd?: number | 'now'
  behavior?: PaymentBehavior
  offSession?: boolean
}

type Step = { before: Item | null; after: Item | null }

/** Each given change beside the item it is about, with what the item becomes. */
function stepsOf(world: World, subscription: Subscription, changes: ItemChange[]): Step[] {
  const items = itemsOf(world, subscription.id)
  const now = world.clock.now()
  const steps = changes.map((change, position): Step => {
    const param = `items[${position}]`
    if (change.id === undefined) {
      if (change.price === undefined)
        throw invalid(`Missing required param: ${param}[price].`, {
          param: `${param}[price]`,
          code: 'parameter_missing',
        })
      const fresh: Item = {
        id: shortId('si_'),
        object: 'subscription_item',
        ...{ billing_thresholds: null, current_trial: null, discounts: [], tax_rates: [] },
        created: now,
        current_period_start: now,
        current_period_end: now,
        metadata: change.metadata ?? {},
        price: change.price,
        quantity: change.quantity ?? 1,
        subscription: subscription.id,
      }
      return { before: null, after: fresh }
    }
    const before = items.find((item) => item.id === change.id)
    if (!before) throw missing('subscription_item', change.id, `${param}[id]`)
    if (change.deleted) return { before, after: null }
    const after = {
      ...before,
      price: change.price ?? before.price,
      quantity: change.quantity ?? before.quantity,
      metadata: change.metadata ?? before.metadata,
    }
    return { before, after }
  })
  const touched = new Set(steps.map(({ before }) => before?.id))
  const left = [
    ...items.filter((item) => !touched.has(item.id)),
    ...steps.flatMap(({ after }) => after ?? []),
  ]
  if (left.length === 0)
    throw invalid('A subscription must have at least one item; cancel it instead.', { param: 'items' })
  if (left.length > 20) throw invalid('A subscription may have at most 20 items.', { param: 'items' })
  checkPrices(world, left, subscription.currency)
  return steps
}

const differs = ({ before, after }: Step) =>
  !before || !after || before.price !== after.price || before.quantity !== after.quantity

/** The period of an item from now on: the trial's, a new one where the anchor is reset, or the one on the anchor's grid. */
function placed(world: World, subscription: Subscription, item: Item, update: Update): Item {
  const now = world.clock.now()
  const { interval, interval_count: every } = recurringOf(priceOf(world, item))
  if (update.anchorNow)
    return { ...item, current_period_start: now, current_period_end: afterIntervals(now, interval, every) }
  if (subscription.status === 'trialing') {
    const start = item.current_period_end > item.current_period_start ? item.current_period_start : now
    return { ...item, current_period_start: start, current_period_end: subscription.trial_end ?? now }
  }
  const period = periodAt(subscription.billing_cycle_anchor, { interval, interval_count: every }, now)
  return { ...item, current_period_start: period.start, current_period_end: period.end }
}

/** Puts the items as they become, with their credits and debits as pending invoice items. */
function changeItems(world: World, before: Subscription, after: Subscription, update: Update): Item[] {
  const at = update.prorationDate ?? world.clock.now()
  const steps = stepsOf(world, before, update.items)
  const touched = new Set(steps.map((step) => step.before?.id))
  const rest =
    update.anchorNow || update.trialEnd !== undefined
      ? itemsOf(world, before.id).filter((item) => !touched.has(item.id))
      : []
  const all = [...steps, ...rest.map((item) => ({ before: item, after: item }))]
  const prorates = update.proration !== 'none' && before.status !== 'trialing'
  const about = { subscription: after, at }
  const changed = all.filter((step) => update.anchorNow || differs(step))
  if (prorates) for (const step of changed) if (step.before) creditUnused(world, about, step.before)
  const kept: Item[] = []
  const debited: Item[] = []
  for (const step of all) {
    if (!step.after) {
      if (step.before) world.store.remove('subscription_item', step.before.id)
      continue
    }
    const keepsPeriod =
      step.before &&
      !update.anchorNow &&
      update.trialEnd === undefined &&
      step.before.price === step.after.price
    const item = keepsPeriod ? step.after : placed(world, after, step.after, update)
    world.store.put('subscription_item', item)
    kept.push(item)
    if (!update.anchorNow && differs(step)) debited.push(item)
  }
  // Once all items stand: a discount of an amount is spread over them.
  if (prorates) for (const item of debited) debitRemaining(world, about, item)
  return kept
}

/** The draft that an update makes at once: everything pending, and full lines where a new period begins. */
export function updateDraft(
  world: World,
  subscription: Subscription,
  update: Update,
  fresh: Item[],
): Invoice {
  const turn = nextTurn(itemsOf(world, subscription.id))
  const now = world.clock.now()
  const draft = blankInvoice(world, {
    customer: subscription.customer,
    currency: subscription.currency,
    reason: 'subscription_update',
    autoAdvance: true,
    period: { start: turn.start, end: now },
    subscription: {
      id: subscription.id,
      metadata: subscription.metadata,
      ...(update.prorationDate === undefined ? {} : { prorationDate: update.prorationDate }),
    },
  })
  for (const item of pendingItems(world, subscription.customer, subscription.currency))
    putOnInvoice(world, item, draft.id)
  for (const item of update.anchorNow ? fresh : []) {
    const period = { start: item.current_period_start, end: item.current_period_end }
    world.store.put(
      'line_item',
      subscriptionLine(world, { invoice: draft.id, item, price: priceOf(world, item), period }),
    )
  }
  return draft
}

function withTrial(world: World, subscription: Subscription, update: Update): Subscription {
  const now = world.clock.now()
  const { trialEnd } = update
  const anchored = update.anchorNow ? { ...subscription, billing_cycle_anchor: now } : subscription
  if (trialEnd === undefined) return anchored
  if (trialEnd === 'now') {
    if (subscription.status !== 'trialing') return anchored
    return { ...subscription, billing_cycle_anchor: now, status: 'active', trial_end: now }
  }
  if (subscription.status !== 'trialing')
    throw notImplemented('a new trial on a running subscription', 'trial_end')
  if (trialEnd <= now) throw invalid('Invalid trial_end: it must be in the future.', { param: 'trial_end' })
  return { ...subscription, billing_cycle_anchor: trialEnd, trial_end: trialEnd }
}

function checkDate(world: World, subscription: Subscription, at: number | undefined): void {
  if (at === undefined) return
  const turn = nextTurn(itemsOf(world, subscription.id))
  if (at >= turn.start && at <= turn.end && at <= world.clock.now() + 60) return
  throw invalid('Invalid proration_date: it must be within the current billing period.', {
    param: 'proration_date',
  })
}

/** What an update made: the subscription, and the draft of the invoice it wants at once. */
export type Prepared = { subscription: Subscription; draft: Invoice | null }

/** Applies an update up to, and without, the invoice's announcement: a preview is the same without the last step. */
export function prepareUpdate(world: World, before: Subscription, given: Update): Prepared {
  checkDate(world, before, given.prorationDate)
  const endsTrial = given.trialEnd === 'now' && before.status === 'trialing'
  const update = endsTrial ? { ...given, anchorNow: true } : given
  const shownBefore = present(world, before)
  const trialed = withTrial(world, { ...before, ...update.fields }, update)
  const reshapes = update.items.length > 0 || update.anchorNow || update.trialEnd !== undefined
  const fresh = reshapes ? changeItems(world, before, trialed, update) : []
  const pending = pendingItems(world, before.customer, before.currency).length > 0
  const invoices =
    update.anchorNow ||
    (update.proration === 'always_invoice' &&
      update.items.length > 0 &&
      pending &&
      before.status !== 'trialing')
  const draft = invoices ? updateDraft(world, trialed, update, fresh) : null
  const end = trialed.cancel_at_period_end ? nextTurn(itemsOf(world, trialed.id)).end : trialed.cancel_at
  const after = world.store.put<Subscription>('subscription', {
    ...trialed,
    cancel_at: end,
    ...(draft ? { latest_invoice: draft.id } : {}),
  })
  const previous = previousAttributes(shownBefore, present(world, after))
  if (Object.keys(previous).length) emit(world, 'customer.subscription.updated', after, previous)
  return { subscription: after, draft }
}

/** Changes a subscription; an invoice that this makes is finalised and tried at once. */
export function updateSubscription(world: World, before: Subscription, update: Update): Subscription {
  const { subscription, draft } = prepareUpdate(world, before, update)
  if (draft) {
    const open = finalize(world, announceDraft(world, draft))
    if (open.amount_remaining === 0) markPaid(world, open.id, 0)
    else if (update.behavior !== 'default_incomplete') collect(world, open)
    const after = findInvoice(world, open.id)
    if (after.status !== 'paid' && update.behavior === 'error_if_incomplete') {
      const { status, fields } = declineError(
        world,
        findIntent(world, after.hidden.intent ?? ''),
        update.offSession,
      )
      const { payment_intent: _, charge: __, ...shown } = fields
      throw new StripeError(status, shown)
    }
  }
  const now = findSubscription(world, subscription.id)
  planTurn(world, now)
  if (draft || update.trialEnd !== undefined || update.items.length) planWarnings(world, now)
  return now
}

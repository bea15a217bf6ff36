import { invalid, StripeError } from '../api/errors.ts'
import { change, emit, previousAttributes } from '../events/events.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize, markPaid } from '../invoices/collect.ts'
import { announceDraft, findInvoice, type Invoice } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import { linesOf, putItemLines } from '../invoices/lines.ts'
import { declineError } from '../payments/attempt.ts'
import { findIntent } from '../payments/payment-intents.ts'
import { present, tell, type World } from '../world.ts'
import { type Addition, addItems } from './added-items.ts'
import { billingPeriod } from './anchor.ts'
import type { PaymentBehavior } from './create.ts'
import { planTurn, planWarnings } from './due.ts'
import { type CancelAt, cancelInstant } from './fields.ts'
import { type Course, changeItems, type ItemChange } from './item-changes.ts'
import { withhold } from './pause-collection.ts'
import { dropPlanned } from './planned.ts'
import { creditUnused } from './prorations.ts'
import { putStretch } from './stretch-lines.ts'
import {
  findSubscription,
  type Item,
  itemsOf,
  nextTurn,
  priceOf,
  recurringOf,
  type Subscription,
} from './subscription.ts'

type ProrationBehavior = 'create_prorations' | 'always_invoice' | 'none'
export type Update = {
  fields: Partial<Subscription>
  items: ItemChange[]
  proration: ProrationBehavior
  prorationDate?: number
  anchorNow?: boolean
  trialEnd?: number | 'now'
  /** When it is to end; where that is before its periods do, the rest of them is prorated. */
  cancelAt?: Exclude<CancelAt, null>
  /** One-time charges for the next invoice. */
  additions?: Addition[]
  behavior?: PaymentBehavior
  offSession?: boolean
}

/** Whether an update changes what is billed. */
export const reshapes = (update: Update): boolean =>
  update.items.length > 0 || update.anchorNow === true || update.trialEnd !== undefined

/** Whether an update takes the place of one that still waits for its payment: it bills anew, or ends otherwise. */
export function displaces({ pending_update: pending }: Subscription, update: Update): boolean {
  const { cancel_at_period_end: ends } = update.fields
  const waits = pending?.cancel_at_period_end ?? null
  return reshapes(update) || (waits !== null && ends !== undefined && ends !== waits)
}

/** The draft that an update makes at once: everything pending, and the lines of the periods that begin now. */
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
    autoAdvance: subscription.pause_collection === null,
    period: { start: turn.start, end: now },
    subscription: {
      id: subscription.id,
      metadata: subscription.metadata,
      ...(update.prorationDate === undefined ? {} : { prorationDate: update.prorationDate }),
    },
  })
  for (const item of pendingItems(world, subscription.customer, subscription.currency))
    putOnInvoice(world, item, draft.id)
  for (const item of fresh) {
    const period = { start: item.current_period_start, end: item.current_period_end }
    const about = { invoice: draft.id, item, price: priceOf(world, item) }
    if (subscription.status === 'trialing') putItemLines(world, { ...about, period, trial: true })
    else {
      const whole = billingPeriod(subscription, recurringOf(about.price), period.start)
      putStretch(world, about, { ...period, whole })
    }
  }
  return draft
}

/** The subscription with its trial begun, moved or ended, and its anchor where that or the update moves it. */
function withTrial(world: World, subscription: Subscription, update: Update): Subscription {
  const now = world.clock.now()
  const { trialEnd } = update
  const anchored = update.anchorNow ? { ...subscription, billing_cycle_anchor: now } : subscription
  const trials = subscription.status === 'trialing'
  if (trialEnd === undefined || (trialEnd === 'now' && !trials)) return anchored
  const keeps = subscription.trial_settings.end_behavior.billing_cycle_anchor === 'unchanged'
  const anchor = (at: number) => (keeps ? {} : { billing_cycle_anchor: at })
  if (trialEnd === 'now') return { ...anchored, ...anchor(now), status: 'active', trial_end: now }
  if (trialEnd <= now) throw invalid('Invalid trial_end: it must be in the future.', { param: 'trial_end' })
  if (trialEnd > now + 730 * 86_400)
    throw invalid('Invalid trial_end: it must be at most two years away.', { param: 'trial_end' })
  const start = trials ? {} : { status: 'trialing' as const, trial_start: now }
  return { ...subscription, ...start, ...anchor(trialEnd), trial_end: trialEnd }
}

function checkDate(world: World, subscription: Subscription, at: number | undefined): void {
  if (at === undefined) return
  const turn = nextTurn(itemsOf(world, subscription.id))
  if (at >= turn.start && at <= turn.end && at <= world.clock.now() + 60) return
  throw invalid('Invalid proration_date: it must be within the current billing period.', {
    param: 'proration_date',
  })
}

function checkTimes(world: World, before: Subscription, update: Update): void {
  checkDate(world, before, update.prorationDate)
  if (before.status === 'trialing' && update.anchorNow && update.trialEnd === undefined) {
    throw invalid('The billing cycle anchor must not be before the end of the trial. End the trial first.', {
      param: 'billing_cycle_anchor',
      code: 'subscription_update_trial_after_billing_cycle_anchor',
    })
  }
  if (before.status === 'paused' && (update.anchorNow || update.trialEnd !== undefined))
    throw invalid('The periods of a paused subscription stand still. Resume it first.', {
      param: update.anchorNow ? 'billing_cycle_anchor' : 'trial_end',
    })
}

/** In classic billing a price of another interval begins a period of its own. */
function changesInterval(world: World, before: Subscription, update: Update): boolean {
  if (before.billing_mode.type !== 'classic') return false
  const items = itemsOf(world, before.id)
  const intervalOf = (item: { price: string }) => {
    const { interval, interval_count: every } = recurringOf(priceOf(world, item))
    return `${every} ${interval}`
  }
  return update.items.some(({ id, price }) => {
    const item = items.find((one) => one.id === id)
    return item && price !== undefined && intervalOf(item) !== intervalOf({ price })
  })
}

function courseOf(world: World, before: Subscription, given: Update): Course & { endsTrial: boolean } {
  const trials = before.status === 'trialing'
  const endsTrial = given.trialEnd === 'now' && trials
  const anchorNow = given.anchorNow === true || (!trials && changesInterval(world, before, given))
  const after = withTrial(world, { ...before, ...given.fields }, { ...given, anchorNow })
  const startsTrial = after.status === 'trialing' && !trials
  return {
    before,
    after,
    endsTrial,
    restarts: anchorNow || endsTrial || startsTrial,
    movesTrial: typeof given.trialEnd === 'number',
    prorates: given.proration !== 'none' && !trials && before.status !== 'paused',
    at: given.prorationDate ?? world.clock.now(),
  }
}

/** When it ends, now that its items stand; answers whether credit was given for time after that. */
function endingOf(
  world: World,
  subscription: Subscription,
  update: Update,
  prorates: boolean,
): { cancelAt: number | null; credited: boolean } {
  const items = itemsOf(world, subscription.id)
  if (subscription.cancel_at_period_end) return { cancelAt: nextTurn(items).end, credited: false }
  if (update.cancelAt === undefined) return { cancelAt: subscription.cancel_at, credited: false }
  const ends = items.map((item) => item.current_period_end)
  const at = cancelInstant(world, update.cancelAt, ends)
  const cut = prorates && at !== null ? items.filter((item) => item.current_period_end > at) : []
  for (const item of cut) creditUnused(world, { subscription, at: at ?? 0 }, item)
  return { cancelAt: at, credited: cut.length > 0 }
}

/** What an update made: the subscription, and the draft of the invoice it wants at once. */
export type Prepared = { subscription: Subscription; draft: Invoice | null }

/** Applies an update up to, and without, the invoice's announcement: a preview is the same without the last step. */
export function prepareUpdate(world: World, before: Subscription, update: Update): Prepared {
  checkTimes(world, before, update)
  const shownBefore = present(world, before)
  const course = courseOf(world, before, update)
  const { after: shaped, restarts } = course
  const items = reshapes(update) || restarts ? changeItems(world, update.items, course) : []
  const { cancelAt, credited } = endingOf(world, shaped, update, course.prorates)
  addItems(world, shaped, update.additions ?? [])
  const pending = pendingItems(world, before.customer, before.currency).length > 0
  const bills =
    update.proration === 'always_invoice' &&
    course.before.status !== 'trialing' &&
    course.before.status !== 'paused' &&
    (update.items.length > 0 || credited)
  const made =
    restarts || (bills && pending) ? updateDraft(world, shaped, update, restarts ? items : []) : null
  // Where only use is billed later there is nothing yet, and then no invoice either.
  const draft = made && linesOf(world, made.id).length > 0 ? made : null
  const after = world.store.put<Subscription>('subscription', {
    ...shaped,
    cancel_at: cancelAt,
    ...(draft ? { latest_invoice: draft.id } : {}),
  })
  const previous = previousAttributes(shownBefore, present(world, after))
  if (Object.keys(previous).length) emit(world, 'customer.subscription.updated', after, previous)
  if (course.endsTrial) emit(world, 'customer.subscription.trial_will_end', after)
  return { subscription: after, draft }
}

/** Finalises the invoice of an update and tries it, as far as the payment behaviour says. */
export function settleDraft(world: World, draft: Invoice, update: Update): Invoice {
  const announced = announceDraft(world, draft)
  const subscription = findSubscription(world, draft.parent?.subscription_details.subscription ?? '')
  if (subscription.pause_collection) {
    withhold(world, announced, subscription.pause_collection.behavior)
    return findInvoice(world, draft.id)
  }
  // An invoice that is sent is final after its hour, as a renewal's is.
  if (subscription.collection_method === 'send_invoice') return announced
  const open = finalize(world, announced)
  if (open.amount_remaining === 0) return markPaid(world, open.id, 0)
  if (update.behavior !== 'default_incomplete') collect(world, open)
  const after = findInvoice(world, open.id)
  if (after.status === 'paid' || update.behavior !== 'error_if_incomplete') return after
  const intent = findIntent(world, after.hidden.intent ?? '')
  const { status, fields } = declineError(world, intent, update.offSession)
  const { payment_intent: _, charge: __, ...shown } = fields
  throw new StripeError(status, shown)
}

/** Changes a subscription; an invoice that this makes is finalised and tried at once. */
export function updateSubscription(world: World, given: Subscription, update: Update): Subscription {
  const before = displaces(given, update) ? dropPlanned(world, given) : given
  const { subscription, draft } = prepareUpdate(world, before, update)
  const invoice = draft && settleDraft(world, draft, update)
  const billed = findSubscription(world, subscription.id)
  // Where the payment waits for a person nothing was tried, and yet it is due.
  const owes = invoice?.status === 'open' && billed.status === 'active'
  const now = owes ? change(world, billed, { status: 'past_due' }, 'customer.subscription.updated') : billed
  planTurn(world, now)
  if (draft || update.trialEnd !== undefined || update.items.length) planWarnings(world, now)
  if (update.items.length) tell(world, 'subscription.changed', now)
  return now
}

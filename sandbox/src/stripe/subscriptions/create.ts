import { findCustomer } from '../balance.ts'
import { discountsAt } from '../discounts/discount.ts'
import { type Asked, redeem } from '../discounts/redeem.ts'
import { sumOf, takeOff } from '../discounts/take-off.ts'
import { invalid, notImplemented, StripeError } from '../errors.ts'
import { change, emit } from '../events.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize, markPaid, methodFor } from '../invoices/collect.ts'
import { announceDraft, findInvoice, type Invoice } from '../invoices/invoice.ts'
import { pendingItems, putOnInvoice } from '../invoices/items.ts'
import { type Period, subscriptionLine } from '../invoices/lines.ts'
import { lineAmount } from '../money.ts'
import { declineError, findIntent } from '../payment-intents.ts'
import { afterIntervals } from '../periods.ts'
import { findPrice, type Price } from '../prices.ts'
import { checkSubscriptions } from '../test-clocks/test-clock.ts'
import { longId, shortId, type World } from '../world.ts'
import {
  constants,
  findSubscription,
  type Item,
  itemsOf,
  type Missing,
  priceOf,
  recurringOf,
  type Subscription,
} from './subscription.ts'
import { planTurn, planWarnings } from './turn.ts'

export type PaymentBehavior = 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete'
export type NewSubscription = {
  customer: string
  items: { price: string; quantity: number; metadata?: Record<string, string> }[]
  metadata?: Record<string, string>
  description?: string | null
  discounts?: Asked[]
  trialEnd?: number | null
  anchor?: number
  method?: string | null
  behavior?: PaymentBehavior
  missing?: Missing
  cancelAtPeriodEnd?: boolean
  cancelAt?: number | null
  automaticTax?: boolean
  saveMethod?: boolean
  offSession?: boolean
}

const longestTrial = 730 * 86_400

/** The prices of the items, refused as Stripe does where they do not go together. */
export function checkPrices(
  world: World,
  items: { price: string }[],
  currency?: string,
  name = 'items',
): Price[] {
  const prices = items.map((item, position) => {
    const param = `${name}[${position}][price]`
    const price = findPrice(world, item.price, param)
    if (!price.active)
      throw invalid(`The price specified is inactive. This field only accepts active prices.`, { param })
    if (!price.recurring) {
      throw invalid(
        `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
        { param },
      )
    }
    return price
  })
  const wanted = currency ?? prices[0]?.currency
  if (prices.some((price) => price.currency !== wanted)) {
    throw invalid('All prices on a subscription must have the same currency.', { param: name })
  }
  if (new Set(items.map(({ price }) => price)).size < items.length) {
    throw invalid('Cannot add multiple subscription items with the same price.', { param: name })
  }
  return prices
}

function firstPeriod(now: number, given: NewSubscription, price: Price): Period {
  const { interval, interval_count: every } = recurringOf(price)
  return { start: now, end: given.trialEnd ?? afterIntervals(now, interval, every) }
}

function noMethod(): StripeError {
  return invalid(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  )
}

/** The first invoice: of the items' first periods, and of what was pending for the customer. */
function firstInvoice(world: World, subscription: Subscription): Invoice {
  const draft = blankInvoice(world, {
    customer: subscription.customer,
    currency: subscription.currency,
    reason: 'subscription_create',
    autoAdvance: false,
    subscription: { id: subscription.id, metadata: subscription.metadata },
  })
  for (const item of itemsOf(world, subscription.id)) {
    const period = { start: item.current_period_start, end: item.current_period_end }
    const trial = subscription.status === 'trialing'
    world.store.put(
      'line_item',
      subscriptionLine(world, { invoice: draft.id, item, price: priceOf(world, item), period, trial }),
    )
  }
  for (const item of pendingItems(world, subscription.customer, subscription.currency, subscription.id))
    putOnInvoice(world, item, draft.id)
  const announced = announceDraft(world, draft)
  world.store.put('subscription', {
    ...findSubscription(world, subscription.id),
    latest_invoice: announced.id,
  })
  return finalize(world, announced)
}

function blank(world: World, given: NewSubscription, currency: string): Subscription {
  const now = world.clock.now()
  const trialing = given.trialEnd != null
  return {
    id: longId('sub_'),
    object: 'subscription',
    ...constants(now),
    ...(given.automaticTax
      ? { automatic_tax: { disabled_reason: null, enabled: true, liability: { type: 'self' } } }
      : {}),
    ...(given.saveMethod
      ? {
          payment_settings: {
            payment_method_options: null,
            payment_method_types: null,
            save_default_payment_method: 'on_subscription',
          },
        }
      : {}),
    billing_cycle_anchor: given.trialEnd ?? now,
    cancel_at: given.cancelAt ?? null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    created: now,
    currency,
    customer: given.customer,
    default_payment_method: given.method ?? null,
    description: given.description ?? null,
    discounts: [],
    ended_at: null,
    latest_invoice: null,
    metadata: given.metadata ?? {},
    pending_setup_intent: null,
    start_date: now,
    status: trialing ? 'trialing' : 'incomplete',
    test_clock: world.clock.testClock(),
    trial_end: given.trialEnd ?? null,
    trial_start: trialing ? now : null,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: given.missing ?? 'create_invoice' },
    },
  }
}

/**
 * Makes a subscription with its first invoice, which is finalised and tried at once (behaviour of the create call).
 * Throws a 402 for a failed payment under `error_if_incomplete`, having made nothing.
 */
export function createSubscription(world: World, given: NewSubscription): Subscription {
  const now = world.clock.now()
  const customer = findCustomer(world, given.customer, 'customer')
  checkSubscriptions(world, customer.id)
  const prices = checkPrices(world, given.items)
  const currency = (prices[0] as Price).currency
  if (customer.currency && customer.currency !== currency) {
    throw invalid(
      `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${customer.currency}`,
      { param: 'currency' },
    )
  }
  if (given.anchor !== undefined)
    throw notImplemented('the parameter billing_cycle_anchor', 'billing_cycle_anchor')
  if (given.trialEnd != null && (given.trialEnd <= now || given.trialEnd > now + longestTrial)) {
    throw invalid('Invalid trial_end: it must be in the future and at most two years away.', {
      param: 'trial_end',
    })
  }
  const lines = prices.map((price, position) => ({
    amount: lineAmount(price.unit_amount_decimal, given.items[position]?.quantity ?? 1),
    product: price.product,
    discountable: true,
  }))
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0)
  const plain = blank(world, given, currency)
  const about = { customer: customer.id, currency, subtotal, subscription: plain.id }
  const subscription = { ...plain, discounts: redeem(world, given.discounts ?? [], about) }
  world.store.put('subscription', subscription)
  given.items.forEach((item, position) => {
    const period = firstPeriod(now, given, prices[position] as Price)
    world.store.put<Item>('subscription_item', {
      id: shortId('si_'),
      object: 'subscription_item',
      ...{ billing_thresholds: null, current_trial: null, discounts: [], tax_rates: [] },
      created: now,
      current_period_start: period.start,
      current_period_end: period.end,
      metadata: item.metadata ?? {},
      price: item.price,
      quantity: item.quantity,
      subscription: subscription.id,
    })
  })
  const behavior = given.behavior ?? 'allow_incomplete'
  const method = methodFor(world, { customer: customer.id, default_payment_method: null }, subscription.id)
  const terms = discountsAt(world, subscription.discounts, now).map(({ hidden }) => hidden.terms)
  const free = subtotal === sumOf(takeOff(lines, terms))
  const canWait = behavior === 'default_incomplete' || given.trialEnd != null || free
  if (!method && !canWait) throw noMethod()
  if (!customer.currency) world.store.put('customer', { ...customer, currency })
  emit(world, 'customer.subscription.created', subscription)
  const invoice = firstInvoice(world, subscription)
  begin(world, subscription.id, invoice, { behavior, ...(given.offSession ? { offSession: true } : {}) })
  const made = findSubscription(world, subscription.id)
  const ending = given.cancelAtPeriodEnd
    ? world.store.put('subscription', {
        ...made,
        cancel_at_period_end: true,
        cancel_at: itemsOf(world, made.id)[0]?.current_period_end ?? null,
        canceled_at: now,
      })
    : made
  planTurn(world, ending)
  planWarnings(world, ending)
  return ending
}

const incompleteLife = 23 * 3600

function begin(
  world: World,
  id: string,
  invoice: Invoice,
  how: { behavior: PaymentBehavior; offSession?: boolean },
): void {
  if (invoice.amount_remaining === 0) {
    markPaid(world, invoice.id, 0)
    return
  }
  if (how.behavior !== 'default_incomplete') collect(world, invoice)
  const after = findInvoice(world, invoice.id)
  if (after.status === 'paid') return
  if (how.behavior === 'error_if_incomplete') {
    // Nothing of this attempt stays: the refusal takes everything back.
    const { status, fields } = declineError(
      world,
      findIntent(world, after.hidden.intent ?? ''),
      how.offSession,
    )
    const { payment_intent: _, charge: __, ...shown } = fields
    throw new StripeError(status, shown)
  }
  world.clock.schedule({
    id: `expire ${id}`,
    at: world.clock.now() + incompleteLife,
    what: 'subscription.expire',
    object: id,
  })
}

/** The invoice of a subscription was paid: what was incomplete or overdue becomes active. */
export function invoicePaid(world: World, subscription: Subscription, invoice: Invoice): void {
  if (subscription.latest_invoice !== invoice.id) return
  const wakes = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status)
  if (!wakes) return
  world.clock.cancel(`expire ${subscription.id}`)
  change(world, subscription, { status: 'active' }, 'customer.subscription.updated')
}

import { invalid } from '../api/errors.ts'
import { findPrice, isMetered, offersCurrency, type Price } from '../catalog/prices.ts'
import { findCustomer } from '../customers/balance.ts'
import { type Asked, redeem } from '../discounts/redeem.ts'
import { change, emit } from '../events/events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { countFrom } from '../meters/usage-lines.ts'
import { checkSubscriptions } from '../test-clocks/test-clock.ts'
import { shortId, type World } from '../world.ts'
import { type Addition, addItems } from './added-items.ts'
import {
  type AnchorConfig,
  billingPeriod,
  configuredAnchor,
  naturalBillingDate,
  type Stretch,
  stretches,
} from './anchor.ts'
import { type Beginning, blankSubscription } from './blank.ts'
import { planTurn, planWarnings } from './due.ts'
import { type CancelAt, cancelInstant } from './fields.ts'
import { begin, firstInvoice } from './first-invoice.ts'
import { itemDiscounts } from './item-discounts.ts'
import { planPendingItems } from './pending-items.ts'
import {
  type BillingMode,
  findSubscription,
  type Item,
  itemAmount,
  itemsOf,
  type Missing,
  recurringOf,
  type Subscription,
} from './subscription.ts'

export type PaymentBehavior = 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete'
export type NewSubscription = {
  customer: string
  /** By default the first price's own. */
  currency?: string
  items: {
    price: string
    quantity: number
    metadata?: Record<string, string>
    taxRates?: string[]
    discounts?: Asked[]
  }[]
  metadata?: Record<string, string>
  description?: string | null
  discounts?: Asked[]
  trialEnd?: number | null
  anchor?: number
  anchorConfig?: AnchorConfig
  /** When it began, where that was before now. */
  backdate?: number
  /** Whether the time up to the anchor, and since it began, is billed; by default it is. */
  prorates?: boolean
  additions?: Addition[]
  mode?: 'classic' | 'flexible'
  method?: string | null
  behavior?: PaymentBehavior
  missing?: Missing
  cancelAtPeriodEnd?: boolean
  cancelAt?: CancelAt
  automaticTax?: boolean
  offSession?: boolean
  /** Other fields, as they are from the start. */
  fields?: Partial<Subscription>
  /** The schedule that makes it: it is active at once, and its first invoice stays a draft as a renewal's does. */
  schedule?: string
}

const longestTrial = 730 * 86_400
const mostItems = 20

/** The prices of the items, refused as Stripe does where they do not go together. */
export function checkPrices(
  world: World,
  items: { price: string }[],
  currency?: string,
  name = 'items',
): Price[] {
  if (items.length > mostItems)
    throw invalid(`A subscription may have at most ${mostItems} items.`, { param: name })
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
  const wanted = currency ?? prices[0]?.currency ?? ''
  const other = prices.findIndex((price) => !offersCurrency(price, wanted))
  if (other >= 0) {
    const only = prices[other]?.currency
    throw invalid(
      `The price specified only supports \`${only}\`. This doesn't match the expected currency: \`${wanted}\`.`,
      { param: `${name}[${other}][price]` },
    )
  }
  if (new Set(items.map(({ price }) => price)).size < items.length) {
    throw invalid('Cannot add multiple subscription items with the same price.', { param: name })
  }
  return prices
}

/** Items of different intervals go together in flexible billing only. */
export function checkIntervals(prices: Price[], mode: BillingMode['type'], name = 'items'): void {
  const intervals = new Set(
    prices.map((price) => {
      const { interval, interval_count: every } = recurringOf(price)
      return `${every} ${interval}`
    }),
  )
  if (mode === 'flexible' || intervals.size <= 1) return
  throw invalid(
    'In classic billing mode all prices on a subscription must have the same interval. Use flexible billing mode to mix them.',
    { param: name },
  )
}

function checkTimes(now: number, given: NewSubscription): void {
  const { trialEnd, backdate, anchor, anchorConfig } = given
  if (trialEnd != null && (trialEnd <= now || trialEnd > now + longestTrial)) {
    throw invalid('Invalid trial_end: it must be in the future and at most two years away.', {
      param: 'trial_end',
    })
  }
  if (backdate !== undefined && backdate > now)
    throw invalid('The `backdate_start_date` must be in the past.', { param: 'backdate_start_date' })
  if (backdate !== undefined && trialEnd != null)
    throw invalid('You cannot backdate a subscription that begins with a trial.', {
      param: 'backdate_start_date',
    })
  if (anchor !== undefined && anchorConfig)
    throw invalid(
      'You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.',
      { param: 'billing_cycle_anchor_config' },
    )
  if (anchorConfig && trialEnd != null)
    throw invalid('`billing_cycle_anchor_config` cannot be combined with a trial.', {
      param: 'billing_cycle_anchor_config',
    })
  if (anchor !== undefined && anchor <= now)
    throw invalid('The `billing_cycle_anchor` must be in the future.', { param: 'billing_cycle_anchor' })
  if (anchor !== undefined && trialEnd != null && anchor < trialEnd)
    throw invalid('The `billing_cycle_anchor` must not be before the end of the trial.', {
      param: 'billing_cycle_anchor',
    })
}

/** When a new subscription begins and turns; an anchor may be at most one interval of any of its prices away. */
function beginningOf(now: number, given: NewSubscription, prices: Price[]): Beginning {
  checkTimes(now, given)
  const { trialEnd = null, anchorConfig: config = null } = given
  const keepsAnchor = given.fields?.trial_settings?.end_behavior.billing_cycle_anchor === 'unchanged'
  const usual = trialEnd !== null && !keepsAnchor ? trialEnd : now
  const anchor = config ? configuredAnchor(config, now) : (given.anchor ?? usual)
  for (const price of given.anchor === undefined ? [] : prices) {
    const natural = naturalBillingDate(trialEnd ?? now, recurringOf(price))
    if (anchor <= natural) continue
    throw invalid(
      `billing_cycle_anchor cannot be later than next natural billing date (${natural}) for plan`,
      { param: 'billing_cycle_anchor' },
    )
  }
  const active = given.schedule !== undefined || given.fields?.collection_method === 'send_invoice'
  const status = trialEnd !== null ? 'trialing' : active ? 'active' : 'incomplete'
  return { start: given.backdate ?? now, anchor, config, status }
}

/** Those stretches that are billed at once: without proration only a whole period that begins now. */
const billedOf = (found: Stretch[], now: number, prorates: boolean): Stretch[] =>
  found.filter(({ start, whole }) => prorates || (start === now && start === whole.start))

/** Puts the items with their first periods; answers what each is billed for at once. */
function putItems(
  world: World,
  subscription: Subscription,
  given: NewSubscription,
  prices: Price[],
): Map<string, Stretch[]> {
  const now = world.clock.now()
  const billed = new Map<string, Stretch[]>()
  given.items.forEach((item, position) => {
    const price = prices[position] as Price
    const recurring = recurringOf(price)
    const found =
      given.trialEnd == null
        ? stretches(subscription.start_date, now, (at) => billingPeriod(subscription, recurring, at))
        : []
    const period = found.at(-1) ?? { start: now, end: given.trialEnd ?? now }
    const id = shortId('si_')
    billed.set(id, isMetered(price) ? [] : billedOf(found, now, given.prorates ?? true))
    const stored = world.store.put<Item>('subscription_item', {
      id,
      object: 'subscription_item',
      ...{ billing_thresholds: null, current_trial: null },
      created: now,
      current_period_start: period.start,
      current_period_end: period.end,
      discounts: [],
      metadata: item.metadata ?? {},
      price: item.price,
      quantity: isMetered(price) ? 0 : item.quantity,
      subscription: subscription.id,
      tax_rates: item.taxRates ?? [],
    })
    if (given.backdate !== undefined && isMetered(price)) countFrom(world, stored, given.backdate)
    if (!item.discounts?.length) return
    const discounts = itemDiscounts(world, subscription, stored, item.discounts, `items[${position}]`)
    world.store.put<Item>('subscription_item', { ...stored, discounts })
  })
  return billed
}

/** What was asked about its end, once its items' periods stand. */
function withEnd(world: World, made: Subscription, given: NewSubscription): Subscription {
  const ends = itemsOf(world, made.id).map((item) => item.current_period_end)
  if (given.cancelAtPeriodEnd) {
    const ending = { cancel_at_period_end: true, cancel_at: Math.min(...ends) }
    return world.store.put('subscription', { ...made, ...ending, canceled_at: world.clock.now() })
  }
  if (given.cancelAt == null) return made
  return world.store.put('subscription', { ...made, cancel_at: cancelInstant(world, given.cancelAt, ends) })
}

/**
 * Makes a subscription with its first invoice, which is finalised and tried at once where it charges automatically.
 * Throws a 402 for a failed payment under `error_if_incomplete`, having made nothing.
 */
export function createSubscription(world: World, given: NewSubscription): Subscription {
  const now = world.clock.now()
  const customer = findCustomer(world, given.customer, 'customer')
  checkSubscriptions(world, customer.id)
  const prices = checkPrices(world, given.items, given.currency)
  checkIntervals(prices, given.mode ?? 'flexible')
  const currency = given.currency ?? (prices[0] as Price).currency
  if (customer.currency && customer.currency !== currency) {
    throw invalid(
      `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${customer.currency}`,
      { param: 'currency' },
    )
  }
  const beginning = beginningOf(now, given, prices)
  const plain = blankSubscription(world, given, { ...beginning, currency })
  const subtotal = prices.reduce(
    (sum, price, position) => sum + itemAmount(price, given.items[position]?.quantity ?? 1, currency),
    0,
  )
  const about = { customer: customer.id, currency, subtotal, subscription: plain.id }
  const redeemed = { ...plain, discounts: redeem(world, given.discounts ?? [], about) }
  world.store.put('subscription', redeemed)
  const billed = putItems(world, redeemed, given, prices)
  addItems(world, redeemed, given.additions ?? [])
  const nothing = [...billed.values()].every((list) => list.length === 0)
  const free = redeemed.status === 'incomplete' && nothing && !given.additions?.length
  const subscription = free
    ? world.store.put<Subscription>('subscription', { ...redeemed, status: 'active' })
    : redeemed
  if (!customer.currency) world.store.put('customer', { ...findCustomer(world, customer.id), currency })
  emit(world, 'customer.subscription.created', subscription)
  const invoice = firstInvoice(world, subscription, billed)
  if (invoice && invoice.status !== 'draft') {
    const how = { subscription: subscription.id, behavior: given.behavior ?? 'allow_incomplete' }
    begin(world, invoice, { ...how, ...(given.offSession ? { offSession: true } : {}) })
  }
  const made = withEnd(world, findSubscription(world, subscription.id), given)
  planTurn(world, made)
  planWarnings(world, made)
  return planPendingItems(world, made)
}

/** The invoice of a subscription was paid: what was incomplete or overdue becomes active. */
export function invoicePaid(world: World, subscription: Subscription, invoice: Invoice): void {
  if (subscription.latest_invoice !== invoice.id) return
  const wakes = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status)
  if (!wakes) return
  world.clock.cancel(`expire ${subscription.id}`)
  change(world, subscription, { status: 'active' }, 'customer.subscription.updated')
}

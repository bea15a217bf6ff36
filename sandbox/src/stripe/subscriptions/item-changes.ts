import { invalid, missing } from '../api/errors.ts'
import { isMetered } from '../catalog/prices.ts'
import type { Asked } from '../discounts/redeem.ts'
import { billUsage, startCounting } from '../meters/usage-lines.ts'
import { shortId, type World } from '../world.ts'
import { billingPeriod } from './anchor.ts'
import { checkIntervals, checkPrices } from './create.ts'
import { itemDiscounts } from './item-discounts.ts'
import { creditUnused, debitRemaining } from './prorations.ts'
import { type Item, itemsOf, nextTurn, priceOf, recurringOf, type Subscription } from './subscription.ts'

export type ItemChange = {
  id?: string
  price?: string
  quantity?: number
  deleted?: boolean
  metadata?: Record<string, string>
  taxRates?: string[]
  /** Coupons and codes to redeem for the item alone; those it has and that are not named end. */
  discounts?: Asked[]
}

/** What becomes of a subscription's periods: `restarts` says that each item begins a new one now. */
export type Course = {
  before: Subscription
  after: Subscription
  restarts: boolean
  movesTrial: boolean
  prorates: boolean
  /** The instant from which prorations count. */
  at: number
}

type Step = { before: Item | null; after: Item | null }

function freshItem(world: World, subscription: Subscription, change: ItemChange, param: string): Item {
  if (change.price === undefined)
    throw invalid(`Missing required param: ${param}[price].`, {
      param: `${param}[price]`,
      code: 'parameter_missing',
    })
  const now = world.clock.now()
  return {
    id: shortId('si_'),
    object: 'subscription_item',
    ...{ billing_thresholds: null, current_trial: null },
    created: now,
    current_period_start: now,
    current_period_end: now,
    discounts: [],
    metadata: change.metadata ?? {},
    price: change.price,
    quantity: change.quantity ?? 1,
    subscription: subscription.id,
    tax_rates: change.taxRates ?? [],
  }
}

/** The item with its change. A new price starts from a quantity of one, unless one is given. */
function changed(before: Item, change: ItemChange): Item {
  const repriced = change.price !== undefined && change.price !== before.price
  return {
    ...before,
    price: change.price ?? before.price,
    quantity: change.quantity ?? (repriced ? 1 : before.quantity),
    metadata: change.metadata ?? before.metadata,
    tax_rates: change.taxRates ?? before.tax_rates,
  }
}

/** Each given change beside the item it is about, with what the item becomes. */
function stepsOf(world: World, subscription: Subscription, changes: ItemChange[]): Step[] {
  const items = itemsOf(world, subscription.id)
  const steps = changes.map((change, position): Step => {
    const param = `items[${position}]`
    const withDiscounts = (item: Item): Item =>
      change.discounts === undefined
        ? item
        : { ...item, discounts: itemDiscounts(world, subscription, item, change.discounts, param) }
    if (change.id === undefined)
      return { before: null, after: withDiscounts(freshItem(world, subscription, change, param)) }
    const before = items.find((item) => item.id === change.id)
    if (!before) throw missing('subscription_item', change.id, `${param}[id]`)
    return { before, after: change.deleted ? null : withDiscounts(changed(before, change)) }
  })
  const touched = new Set(steps.map(({ before }) => before?.id))
  const left = [
    ...items.filter((item) => !touched.has(item.id)),
    ...steps.flatMap(({ after }) => after ?? []),
  ]
  if (left.length === 0)
    throw invalid('A subscription must have at least one item; cancel it instead.', { param: 'items' })
  checkIntervals(checkPrices(world, left, subscription.currency), subscription.billing_mode.type)
  // Use has no quantity of its own.
  return steps.map(({ before, after }) => ({
    before,
    after: after && isMetered(priceOf(world, after)) ? { ...after, quantity: 0 } : after,
  }))
}

const differs = ({ before, after }: Step) =>
  !before || !after || before.price !== after.price || before.quantity !== after.quantity

/** Whether what was used of a metered item so far is billed by itself: it goes, gets another price, or starts anew. */
const closes = (world: World, course: Course, { before, after }: Step): boolean =>
  before !== null && isMetered(priceOf(world, before)) && (course.restarts || before.price !== after?.price)

/** The period of an item from now on: the trial's, a new one where all begin anew, or the one on the anchor's grid. */
function placed(world: World, course: Course, item: Item, isFresh: boolean): Item {
  const now = world.clock.now()
  const { before, after } = course
  const period = billingPeriod(after, recurringOf(priceOf(world, item)), now)
  if (after.status === 'paused') {
    // A pause stands still: what is added then has the period in which the others stopped.
    const stood = nextTurn(itemsOf(world, after.id))
    return { ...item, current_period_start: stood.start, current_period_end: stood.end }
  }
  if (after.status === 'trialing') {
    const start = isFresh || before.status !== 'trialing' ? now : item.current_period_start
    return { ...item, current_period_start: start, current_period_end: after.trial_end ?? now }
  }
  const start = course.restarts ? now : period.start
  return { ...item, current_period_start: start, current_period_end: period.end }
}

function keepsPeriod({ restarts, movesTrial }: Course, { before, after }: Step): boolean {
  return before !== null && !restarts && !movesTrial && before.price === after?.price
}

/** Puts the items as they become, with their credits and debits as pending invoice items; answers those there are. */
export function changeItems(world: World, changes: ItemChange[], course: Course): Item[] {
  const { before, after, restarts, movesTrial, prorates } = course
  const steps = stepsOf(world, before, changes)
  const touched = new Set(steps.map((step) => step.before?.id))
  const rest = restarts || movesTrial ? itemsOf(world, before.id).filter((item) => !touched.has(item.id)) : []
  const all: Step[] = [...steps, ...rest.map((item) => ({ before: item, after: item }))]
  const about = { subscription: after, at: course.at }
  const moved = all.filter((step) => restarts || differs(step))
  if (prorates) {
    billUsage(
      world,
      before,
      moved.flatMap((step) => (step.before && closes(world, course, step) ? step.before : [])),
    )
    for (const step of moved) if (step.before) creditUnused(world, about, step.before)
  }
  const kept: Item[] = []
  const debited: Item[] = []
  for (const step of all) {
    if (!step.after) {
      if (step.before) world.store.remove('subscription_item', step.before.id)
      continue
    }
    const item = keepsPeriod(course, step)
      ? step.after
      : placed(world, course, step.after, step.before === null)
    world.store.put('subscription_item', item)
    if (isMetered(priceOf(world, item)) && (restarts || step.before?.price !== item.price))
      startCounting(world, after, item)
    kept.push(item)
    if (!restarts && differs(step)) debited.push(item)
  }
  // Once all items stand: a discount of an amount is spread over them.
  if (prorates) for (const item of debited) debitRemaining(world, about, item)
  return kept
}

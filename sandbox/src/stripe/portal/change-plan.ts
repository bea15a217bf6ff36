import { invalid } from '../api/errors.ts'
import { findPrice, type Price } from '../catalog/prices.ts'
import type { Asked } from '../discounts/redeem.ts'
import { create as createSchedule, update as updateSchedule } from '../schedules/requests.ts'
import { discountsOf } from '../subscriptions/requests.ts'
import {
  findSubscription,
  type Item,
  itemAmount,
  itemsOf,
  nextTurn,
  priceOf,
  recurringOf,
  type Subscription,
} from '../subscriptions/subscription.ts'
import { previewRenewal, shownPreview } from '../subscriptions/turn.ts'
import { prepareUpdate, type Update, updateSubscription } from '../subscriptions/update.ts'
import type { World } from '../world.ts'
import type { Configuration } from './configuration.ts'
import type { PortalProduct } from './features.ts'

/** What a person chooses in the portal: the price and quantity of the subscription's one item. */
export type PlanChange = { price: string; quantity: number }

/** The one item that the portal can change; none where a subscription has several or is under a schedule's later phases. */
export function changeableItem(world: World, subscription: Subscription): Item | undefined {
  const items = itemsOf(world, subscription.id)
  return items.length === 1 && subscription.schedule === null ? items[0] : undefined
}

export type Choice = { price: Price; product: PortalProduct; isCurrent: boolean }

/** The prices that a configuration lets a subscription change to, its own first. */
export function choicesFor(world: World, { features }: Configuration, subscription: Subscription): Choice[] {
  const { products, enabled, default_allowed_updates: allowed } = features.subscription_update
  const item = changeableItem(world, subscription)
  if (!enabled || !item) return []
  const choices = products.flatMap((product) =>
    product.prices.map((id) => ({ price: findPrice(world, id), product, isCurrent: id === item.price })),
  )
  return choices
    .filter(({ price, isCurrent }) => isCurrent || (allowed.includes('price') && price.active))
    .filter(({ price }) => price.currency === subscription.currency)
    .sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
}

/** Within what bounds the quantity of a choice may be chosen; null where it stays as it is. */
export function quantityBounds({ features }: Configuration, { product }: Pick<Choice, 'product'>) {
  const { enabled, maximum, minimum } = product.adjustable_quantity
  return enabled && features.subscription_update.default_allowed_updates.includes('quantity')
    ? { minimum: Math.max(minimum, 1), maximum }
    : null
}

/** Refuses a change that the configuration does not allow. `param`: the item's name in the request, for refusals. */
export function checkChange(
  world: World,
  configuration: Configuration,
  subscription: Subscription,
  change: PlanChange,
  param = 'items[0]',
): void {
  const item = changeableItem(world, subscription)
  if (!item)
    throw invalid(
      'This subscription cannot be updated because it has multiple items or is managed by a subscription schedule.',
      { param: 'subscription' },
    )
  const choice = choicesFor(world, configuration, subscription).find(({ price }) => price.id === change.price)
  if (!choice)
    throw invalid(
      `The price ${change.price} cannot be chosen because it is not among the products of the portal configuration.`,
      { param: `${param}[price]` },
    )
  const bounds = quantityBounds(configuration, choice)
  const about = { param: `${param}[quantity]` }
  if (!bounds && change.quantity !== (item.quantity ?? 1))
    throw invalid('The quantity cannot be changed by the portal configuration.', about)
  if (bounds && (change.quantity < bounds.minimum || change.quantity > (bounds.maximum ?? Infinity)))
    throw invalid(
      `The quantity must be between ${bounds.minimum} and ${bounds.maximum ?? 'any number'}.`,
      about,
    )
}

const lengths = { day: 1, week: 7, month: 30, year: 365 }

function lengthOf(price: Price): number {
  const { interval, interval_count: every } = recurringOf(price)
  return lengths[interval] * every
}

/** Whether the configuration makes this change wait for the period's end (docs.stripe.com/api/customer_portal/configurations). */
export function waitsForEnd(
  world: World,
  { features }: Configuration,
  subscription: Subscription,
  change: PlanChange,
): boolean {
  const item = changeableItem(world, subscription)
  if (!item || subscription.status === 'trialing') return false
  const [before, after] = [priceOf(world, item), findPrice(world, change.price)]
  const { currency } = subscription
  const facts = {
    decreasing_item_amount:
      itemAmount(after, change.quantity, currency) < itemAmount(before, item.quantity ?? 1, currency),
    shortening_interval: lengthOf(after) < lengthOf(before),
  }
  return features.subscription_update.schedule_at_period_end.conditions.some(({ type }) => facts[type])
}

function updateOf(
  world: World,
  { features }: Configuration,
  subscription: Subscription,
  asked: { change: PlanChange; discounts: Asked[] },
): Update {
  const item = changeableItem(world, subscription)
  const { subscription_update: how } = features
  const { price, quantity } = asked.change
  const endsTrial = subscription.status === 'trialing' && how.trial_update_behavior === 'end_trial'
  return {
    fields: asked.discounts.length
      ? {
          discounts: discountsOf(world, subscription, [
            ...subscription.discounts.map((discount) => ({ discount })),
            ...asked.discounts,
          ]),
        }
      : {},
    items: item ? [{ id: item.id, price, quantity }] : [],
    proration: how.proration_behavior,
    ...(how.billing_cycle_anchor === 'now' ? { anchorNow: true } : {}),
    ...(endsTrial ? { trialEnd: 'now' as const } : {}),
    // A card that does not pay leaves the plan as it was.
    behavior: 'error_if_incomplete',
  }
}

/** Puts the change behind the current period, by a schedule that lets the subscription go afterwards. */
function scheduleChange(world: World, subscription: Subscription, change: PlanChange): void {
  const call = { world, ids: {}, path: '' }
  const { id } = createSchedule({ ...call, params: { from_subscription: subscription.id } }) as { id: string }
  const [item] = itemsOf(world, subscription.id)
  const { start, end } = nextTurn(itemsOf(world, subscription.id))
  const now = { price: item?.price ?? '', quantity: item?.quantity ?? 1 }
  updateSchedule({
    ...call,
    ids: { id },
    params: {
      end_behavior: 'release',
      phases: [
        { items: [now], start_date: start, end_date: end },
        { items: [change], start_date: end, duration: { interval: 'month', interval_count: 1 } },
      ],
    },
  })
}

/** Changes the plan as the configuration says: now, or at the period's end. A 402 where a payment is due and fails. */
export function changePlan(
  world: World,
  configuration: Configuration,
  id: string,
  asked: { change: PlanChange; discounts: Asked[] },
): void {
  const subscription = findSubscription(world, id)
  checkChange(world, configuration, subscription, asked.change)
  if (waitsForEnd(world, configuration, subscription, asked.change))
    scheduleChange(world, subscription, asked.change)
  else {
    const update = updateOf(world, configuration, subscription, asked)
    updateSubscription(world, findSubscription(world, id), update)
  }
}

/** What a change would bring: the invoice that it makes at once or, where it makes none, the next one. */
export type Preview = { isNow: boolean; waits: boolean; from: number; invoice: PreviewedInvoice }
type PreviewedInvoice = {
  amount_due: number
  currency: string
  lines: { data: { amount: number; description: string | null }[] }
  total: number
}

/** Shows what a change would cost, and changes nothing. */
export function previewChange(
  world: World,
  configuration: Configuration,
  id: string,
  asked: { change: PlanChange; discounts: Asked[] },
): Preview {
  return world.store.dryRun(() => {
    const subscription = findSubscription(world, id)
    checkChange(world, configuration, subscription, asked.change)
    const waits = waitsForEnd(world, configuration, subscription, asked.change)
    const update = updateOf(world, configuration, subscription, asked)
    const way: Update = waits ? { ...update, proration: 'none' } : update
    const { subscription: after, draft } = prepareUpdate(world, findSubscription(world, id), way)
    const invoice = (draft ? shownPreview(world, draft) : previewRenewal(world, after)) as PreviewedInvoice
    const { end } = nextTurn(itemsOf(world, id))
    return { isNow: draft !== null, waits, from: waits ? end : world.clock.now(), invoice }
  })
}

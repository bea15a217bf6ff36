import type { Discount } from '../discounts/discount.ts'
import type { Asked } from '../discounts/redeem.ts'
import { createItem } from '../invoices/items.ts'
import { pricingOf } from '../invoices/lines.ts'
import { mergeMetadata } from '../params.ts'
import { afterIntervals } from '../periods.ts'
import { findPrice, priceAmount } from '../prices.ts'
import type { Product } from '../products.ts'
import { discountsOf } from '../subscriptions/requests.ts'
import {
  findSubscription,
  type Item,
  itemsOf,
  nextTurn,
  priceOf,
  recurringOf,
  type Subscription,
} from '../subscriptions/subscription.ts'
import { type ItemChange, updateSubscription } from '../subscriptions/update.ts'
import { shortId, type World } from '../world.ts'
import {
  intervalOf,
  isLast,
  type Phase,
  type PhaseAddition,
  type ProrationBehavior,
  type Schedule,
  settled,
} from './schedule.ts'

const sameFields = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other)

/** What makes a subscription's items those of a phase, whole: what the phase does not list goes. */
export function changesTo(world: World, subscription: string, phase: Phase): ItemChange[] {
  const left = itemsOf(world, subscription)
  const changes = phase.items.flatMap(({ price, quantity, metadata }): ItemChange[] => {
    const at = left.findIndex((item) => item.price === price)
    const [now] = at < 0 ? [] : left.splice(at, 1)
    const merged = mergeMetadata(now?.metadata ?? {}, metadata)
    const counted = quantity === undefined ? {} : { quantity }
    if (!now) return [{ price, ...counted, metadata: merged }]
    const same = sameFields(merged, now.metadata) && (quantity === undefined || quantity === now.quantity)
    return same ? [] : [{ id: now.id, ...counted, metadata: merged }]
  })
  return [...changes, ...left.map(({ id }) => ({ id, deleted: true }))]
}

/** The discounts that a phase asks for; a coupon that the subscription has already is not redeemed anew. */
function discountsFor(world: World, subscription: Subscription, phase: Phase): string[] {
  const held = subscription.discounts.flatMap((id) => world.store.get<Discount>('discount', id) ?? [])
  const asked = phase.discounts.map(({ coupon, discount, promotion_code: code }): Asked => {
    const kept = held.find(
      (one) =>
        one.id === discount ||
        (code !== null && one.promotion_code === code) ||
        (coupon !== null && one.source.coupon === coupon && one.promotion_code === null),
    )
    if (kept) return { discount: kept.id }
    return code === null ? { coupon: coupon ?? '' } : { promotion_code: code }
  })
  if (asked.length === 0 && held.length === 0) return subscription.discounts
  return discountsOf(world, subscription, asked)
}

/** When the schedule ends its subscription, as far as that is settled in this phase. */
export const endOfSubscription = (schedule: Schedule, phase: Phase): number | null =>
  schedule.end_behavior === 'cancel' && isLast(schedule, phase) ? phase.end_date : null

/** The plain fields of a subscription in a phase. */
export function fieldsIn(
  world: World,
  subscription: Subscription,
  schedule: Schedule,
  phase: Phase,
): Partial<Subscription> {
  const { automatic_tax, collection_method, default_payment_method, description, invoice_settings } = settled(
    schedule,
    phase,
  )
  const cancelAt = endOfSubscription(schedule, phase)
  return {
    ...({ automatic_tax, collection_method, days_until_due: invoice_settings.days_until_due } as object),
    cancel_at: cancelAt,
    canceled_at: cancelAt === null ? null : (subscription.canceled_at ?? world.clock.now()),
    default_payment_method,
    description,
    discounts: discountsFor(world, subscription, phase),
    metadata: mergeMetadata(subscription.metadata, phase.metadata),
  }
}

/** Whose invoice takes in what a phase adds; `subscription` is null where it is made of the phase. */
type Recipient = { customer: string; currency: string; subscription: string | null }

function periodOf(
  world: World,
  { subscription }: Recipient,
  phase: Phase,
  { period }: PhaseAddition,
): { start: number; end: number } {
  const items = subscription === null ? [] : itemsOf(world, subscription)
  const start = {
    timestamp: period.start.timestamp ?? phase.start_date,
    phase_start: phase.start_date,
    max_item_period_start: Math.max(phase.start_date, ...items.map((item) => item.current_period_start)),
  }[period.start.type]
  const end = {
    timestamp: period.end.timestamp ?? phase.end_date,
    phase_end: phase.end_date,
    min_item_period_end: items.length ? nextTurn(items).end : firstTurn(world, phase),
  }[period.end.type]
  return { start, end: Math.max(start, end) }
}

function firstTurn(world: World, phase: Phase): number {
  const { interval, interval_count: count } = intervalOf(world, phase)
  return phase.trial_end ?? afterIntervals(phase.start_date, interval, count)
}

/** Leaves what a phase adds as pending items, which the next invoice takes in. */
export function addInvoiceItems(world: World, recipient: Recipient, phase: Phase): void {
  const { customer, currency, subscription } = recipient
  for (const addition of phase.add_invoice_items) {
    const price = findPrice(world, addition.price)
    const quantity = addition.quantity ?? 1
    createItem(world, {
      amount: priceAmount(price, quantity, currency),
      currency,
      customer,
      description: world.store.get<Product>('product', price.product)?.name ?? null,
      discountable: addition.discountable ?? true,
      metadata: addition.metadata,
      period: periodOf(world, recipient, phase, addition),
      pricing: pricingOf(price),
      quantity,
      ...(subscription === null ? {} : { subscription: { subscription } }),
    })
  }
}

/** Puts the items of a period that is over as the next one has them; nothing of them is prorated. */
function replaceItems(world: World, subscription: string, changes: ItemChange[], at: number): void {
  const items = itemsOf(world, subscription)
  const [model] = items
  if (!model) return
  for (const { id, price, quantity, metadata, deleted } of changes) {
    const now = items.find((item) => item.id === id)
    if (now && deleted) world.store.remove('subscription_item', now.id)
    else if (now) {
      const counted = quantity === undefined ? {} : { quantity }
      world.store.put<Item>('subscription_item', { ...now, ...counted, metadata: metadata ?? now.metadata })
    } else {
      world.store.put<Item>('subscription_item', {
        ...model,
        id: shortId('si_'),
        ...{ discounts: [], tax_rates: [] },
        created: at,
        metadata: metadata ?? {},
        price: price ?? model.price,
        quantity: quantity ?? 1,
      })
    }
  }
}

const sameInterval = (world: World, one: Pick<Item, 'price'> | undefined, other: Pick<Item, 'price'>) => {
  if (!one) return true
  const [a, b] = [recurringOf(priceOf(world, one)), recurringOf(priceOf(world, other))]
  return a.interval === b.interval && a.interval_count === b.interval_count
}

/** How a phase is entered: `turns` says that a period ends at `at`, so that the renewal which follows bills the phase. */
export type Entry = { at: number; proration: ProrationBehavior; turns: boolean }

/**
 * Makes the subscription what a phase says. At the turn of a period only its data change and the renewal that follows
 * bills them; within a period the change is prorated as the phase says. Source:
 * docs.stripe.com/billing/subscriptions/subscription-schedules.
 */
export function enterPhase(world: World, schedule: Schedule, phase: Phase, how: Entry): void {
  const before = findSubscription(world, schedule.subscription ?? '')
  const items = itemsOf(world, before.id)
  const changes = changesTo(world, before.id, phase)
  const fields = fieldsIn(world, before, schedule, phase)
  const own = { price: phase.items[0]?.price ?? '' }
  const begins = phase.start_date === how.at
  const wanted = settled(schedule, phase).billing_cycle_anchor === 'phase_start'
  const anchors = begins && (wanted || (how.turns && !sameInterval(world, items[0], own)))
  if (begins) addInvoiceItems(world, { ...before, subscription: before.id }, phase)
  const trial = phase.trial_end !== null && phase.trial_end > how.at ? phase.trial_end : undefined
  if (how.turns) {
    replaceItems(world, before.id, changes, how.at)
    const anchor = anchors ? { billing_cycle_anchor: how.at } : {}
    const after = world.store.put<Subscription>('subscription', { ...before, ...fields, ...anchor })
    if (trial === undefined) return
    updateSubscription(world, after, { fields: {}, items: [], proration: 'none', trialEnd: trial })
    return
  }
  const overrides = before.status === 'trialing' && (before.trial_end ?? 0) > how.at && trial === undefined
  updateSubscription(world, before, {
    fields,
    items: changes,
    proration: how.proration,
    ...(anchors ? { anchorNow: true } : {}),
    ...(trial !== undefined && trial !== before.trial_end ? { trialEnd: trial } : {}),
    ...(overrides ? { trialEnd: 'now' as const } : {}),
    behavior: 'allow_incomplete',
  })
}

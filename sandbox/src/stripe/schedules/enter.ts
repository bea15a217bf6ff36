import { mergeMetadata } from '../api/params.ts'
import { isMetered } from '../catalog/prices.ts'
import { billUsage } from '../meters/usage-lines.ts'
import { type Addition, addItems } from '../subscriptions/added-items.ts'
import type { ItemChange } from '../subscriptions/item-changes.ts'
import { itemDiscounts } from '../subscriptions/item-discounts.ts'
import { creditUnused, debitRemaining } from '../subscriptions/prorations.ts'
import { discountsOf } from '../subscriptions/requests.ts'
import {
  findSubscription,
  type Item,
  itemsOf,
  priceOf,
  recurringOf,
  type Subscription,
} from '../subscriptions/subscription.ts'
import { updateSubscription } from '../subscriptions/update.ts'
import { shortId, type World } from '../world.ts'
import { askedOf, isLast, type Phase, type ProrationBehavior, type Schedule, settled } from './schedule.ts'

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** What makes a subscription's items those of a phase, whole: what the phase does not list goes. */
export function changesTo(world: World, subscription: string, phase: Phase): ItemChange[] {
  const left = itemsOf(world, subscription)
  const changes = phase.items.flatMap((item): ItemChange[] => {
    const { price, quantity, tax_rates: taxRates } = item
    const at = left.findIndex((one) => one.price === price)
    const [now] = at < 0 ? [] : left.splice(at, 1)
    const metadata = mergeMetadata(now?.metadata ?? {}, item.metadata)
    const discounts = askedOf(world, item.discounts, now?.discounts)
    const change = { ...(quantity === undefined ? {} : { quantity }), discounts, metadata, taxRates }
    if (!now) return [{ price, ...change }]
    const stays =
      same(metadata, now.metadata) &&
      same(
        discounts.map(({ discount }) => discount),
        now.discounts,
      ) &&
      same(taxRates, now.tax_rates) &&
      (quantity === undefined || quantity === now.quantity)
    return stays ? [] : [{ id: now.id, ...change }]
  })
  return [...changes, ...left.map(({ id }) => ({ id, deleted: true }))]
}

/** The discounts that a phase asks for; a coupon that the subscription has already is not redeemed anew. */
function discountsFor(world: World, subscription: Subscription, phase: Phase): string[] {
  const asked = askedOf(world, phase.discounts, subscription.discounts)
  if (asked.length === 0 && subscription.discounts.length === 0) return subscription.discounts
  return discountsOf(world, subscription, asked)
}

/** When the schedule ends its subscription, as far as that is settled in this phase. */
export const endOfSubscription = (schedule: Schedule, phase: Phase): number | null =>
  schedule.end_behavior === 'cancel' && isLast(schedule, phase) ? phase.end_date : null

/** The plain fields of a subscription in a phase. */
export function plainFieldsIn(schedule: Schedule, phase: Phase): Partial<Subscription> {
  const { billing_cycle_anchor: _, invoice_settings: settings, ...fields } = settled(schedule, phase)
  const { days_until_due, issuer, ...invoices } = settings
  return {
    ...fields,
    days_until_due: fields.collection_method === 'send_invoice' ? days_until_due : null,
    default_tax_rates: phase.default_tax_rates,
    invoice_settings: { ...invoices, issuer: issuer ?? { type: 'self' } },
  }
}

function fieldsIn(
  world: World,
  subscription: Subscription,
  schedule: Schedule,
  phase: Phase,
): Partial<Subscription> {
  const cancelAt = endOfSubscription(schedule, phase)
  return {
    ...plainFieldsIn(schedule, phase),
    cancel_at: cancelAt,
    canceled_at: cancelAt === null ? null : (subscription.canceled_at ?? world.clock.now()),
    discounts: discountsFor(world, subscription, phase),
    metadata: mergeMetadata(subscription.metadata, phase.metadata),
  }
}

/** What a phase adds to its first invoice, with the phase's own dates written out. */
export const additionsOf = (world: World, phase: Phase): Addition[] =>
  phase.add_invoice_items.map(({ discountable, discounts, metadata, period, price, quantity, tax_rates }) => {
    const { start, end } = period
    return {
      discounts: askedOf(world, discounts),
      discountable: discountable ?? true,
      metadata,
      period: {
        start:
          start.type === 'phase_start'
            ? { type: 'timestamp' as const, timestamp: phase.start_date }
            : { ...start, type: start.type },
        end:
          end.type === 'phase_end'
            ? { type: 'timestamp' as const, timestamp: phase.end_date }
            : { ...end, type: end.type },
      },
      price,
      quantity: quantity ?? 1,
      tax_rates,
    }
  })

/**
 * Puts the items as the next phase has them, where a period is over. What is new begins with the renewal that follows;
 * only items whose own longer period still runs are prorated, as the phase says.
 */
function replaceItems(
  world: World,
  subscription: Subscription,
  changes: ItemChange[],
  { at, proration }: Entry,
): void {
  const items = itemsOf(world, subscription.id)
  const model = items.find((item) => item.current_period_end <= at)
  if (!model) return
  const about = { subscription, at }
  const prorates = proration !== 'none'
  const gone = items.filter((item) => changes.some(({ id, deleted }) => deleted && id === item.id))
  billUsage(
    world,
    subscription,
    gone.filter((item) => isMetered(priceOf(world, item))),
  )
  for (const item of gone) {
    if (prorates) creditUnused(world, about, item)
    world.store.remove('subscription_item', item.id)
  }
  for (const { id, price, quantity, metadata, taxRates, discounts, deleted } of changes) {
    if (deleted) continue
    const put = (item: Item) =>
      world.store.put('subscription_item', {
        ...item,
        discounts: itemDiscounts(world, subscription, item, discounts ?? [], 'items'),
      })
    const now = items.find((item) => item.id === id)
    const counted = quantity === undefined ? {} : { quantity }
    const said = { ...counted, metadata: metadata ?? {}, tax_rates: taxRates ?? [] }
    if (now) {
      const moves = prorates && now.current_period_end > at && (quantity ?? now.quantity) !== now.quantity
      if (moves) creditUnused(world, about, now)
      const after = put({ ...now, ...said })
      if (moves) debitRemaining(world, about, after)
    } else {
      const fresh = { ...model, id: shortId('si_'), created: at, discounts: [], price: price ?? model.price }
      // Nothing was used of it in the period that is over.
      const starts = isMetered(priceOf(world, fresh)) ? { current_period_start: at } : {}
      put({ ...fresh, quantity: 1, ...said, ...starts })
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
  const additions = begins ? additionsOf(world, phase) : []
  const trial = phase.trial_end !== null && phase.trial_end > how.at ? phase.trial_end : undefined
  if (how.turns) {
    replaceItems(world, before, changes, how)
    const anchor = anchors ? { billing_cycle_anchor: how.at } : {}
    const after = world.store.put<Subscription>('subscription', { ...before, ...fields, ...anchor })
    addItems(world, after, additions)
    if (trial === undefined) return
    updateSubscription(world, after, { fields: {}, items: [], proration: 'none', trialEnd: trial })
    return
  }
  const overrides = before.status === 'trialing' && (before.trial_end ?? 0) > how.at && trial === undefined
  updateSubscription(world, before, {
    fields,
    items: changes,
    proration: how.proration,
    additions,
    ...(anchors ? { anchorNow: true } : {}),
    ...(trial !== undefined && trial !== before.trial_end ? { trialEnd: trial } : {}),
    ...(overrides ? { trialEnd: 'now' as const } : {}),
    behavior: 'allow_incomplete',
  })
}

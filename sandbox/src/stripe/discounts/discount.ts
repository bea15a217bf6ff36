import { invalid, missing, StripeError } from '../api/errors.ts'
import { findCustomer } from '../customers/balance.ts'
import { change, emit } from '../events/events.ts'
import type { Line } from '../invoices/lines.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { operation, type Resource, type Stored, type World } from '../world.ts'
import { isEligible, sumOf, type Terms, takeOff } from './take-off.ts'

export type Discount = Stored & {
  customer: string
  end: number | null
  invoice: string | null
  invoice_item: string | null
  promotion_code: string | null
  source: { coupon: string; type: 'coupon' }
  start: number
  subscription: string | null
  subscription_item: string | null
  /** The coupon's terms as they were at redemption: deleting it takes nothing from those who have it. */
  hidden: { terms: Terms; once: boolean }
}

const discountsOf = (world: World, ids: string[]): Discount[] =>
  ids.flatMap((id) => world.store.get<Discount>('discount', id) ?? [])

/** Those of a subscription's discounts that an invoice of the instant `at` gets. */
export const discountsAt = (world: World, ids: string[], at: number): Discount[] =>
  discountsOf(world, ids).filter(({ end }) => end === null || end > at)

export type DiscountAmount = { amount: number; discount: string }

const productOf = (line: Line): string | null => line.pricing?.price_details.product ?? null

/** What a line's own discounts take off it, one after the other. */
function ownAmounts(world: World, line: Line): DiscountAmount[] {
  const own = discountsOf(world, line.discounts)
  if (own.length === 0) return []
  const given = { ...line, product: productOf(line) }
  const off = takeOff(
    [given],
    own.map(({ hidden }) => hidden.terms),
  )
  return own.flatMap((discount, which) =>
    isEligible(given, discount.hidden.terms) ? [{ amount: off[which]?.[0] ?? 0, discount: discount.id }] : [],
  )
}

/**
 * What discounts take off an invoice's lines, in minor units and in the order of the lines: `own` by the discounts of
 * the lines themselves, which come first, `shared` by those of the whole invoice from what those left. `totals` has
 * one sum for each discount.
 */
export function discountLines(
  world: World,
  lines: Line[],
  ids: string[],
): { own: DiscountAmount[][]; shared: DiscountAmount[][]; totals: DiscountAmount[] } {
  const own = lines.map((line) => ownAmounts(world, line))
  const discounts = discountsOf(world, ids)
  const given = lines.map((line, position) => {
    const amount = (own[position] ?? []).reduce((left, taken) => left - taken.amount, line.amount)
    return { ...line, amount, product: productOf(line) }
  })
  const off = takeOff(
    given,
    discounts.map(({ hidden }) => hidden.terms),
  )
  const shared = given.map((about, position) =>
    discounts.flatMap((discount, which) =>
      isEligible(about, discount.hidden.terms)
        ? [{ amount: off[which]?.[position] ?? 0, discount: discount.id }]
        : [],
    ),
  )
  const whole = discounts.map(({ id }, which) => ({ amount: sumOf([off[which] ?? []]), discount: id }))
  return { own, shared, totals: [...summed(own.flat()), ...whole] }
}

/** One sum for each discount, in the order in which they first stand. */
function summed(amounts: DiscountAmount[]): DiscountAmount[] {
  const sums = new Map<string, number>()
  for (const { amount, discount } of amounts) sums.set(discount, (sums.get(discount) ?? 0) + amount)
  return [...sums].map(([discount, amount]) => ({ amount, discount }))
}

/** Takes discounts away from a subscription, each with its `customer.discount.deleted`. */
export function removeDiscounts(world: World, subscription: Subscription, ids: string[]): Subscription {
  const left = subscription.discounts.filter((id) => !ids.includes(id))
  const gone = discountsOf(
    world,
    subscription.discounts.filter((id) => ids.includes(id)),
  )
  const after = world.store.put('subscription', { ...subscription, discounts: left })
  for (const discount of gone) {
    world.clock.cancel(`discount ${discount.id}`)
    emit(world, 'customer.discount.deleted', discount)
  }
  return after
}

/** Takes a discount from the subscription or the subscription's item that has it, where one still does. */
export function removeFromHolder(world: World, id: string): void {
  const discount = world.store.get<Discount>('discount', id)
  if (!discount) return
  const subscription = world.store.get<Subscription>('subscription', discount.subscription ?? '')
  if (subscription?.discounts.includes(discount.id)) removeDiscounts(world, subscription, [discount.id])
  const item = world.store.get<{ id: string; discounts: string[] }>(
    'subscription_item',
    discount.subscription_item ?? '',
  )
  if (!item?.discounts.includes(discount.id)) return
  world.store.put('subscription_item', {
    ...item,
    discounts: item.discounts.filter((id) => id !== discount.id),
  })
  world.clock.cancel(`discount ${discount.id}`)
  emit(world, 'customer.discount.deleted', discount)
}

/** A discount of one time that took something off is used up: its subscription or item no longer has it. */
export function consumeDiscounts(world: World, taken: DiscountAmount[]): void {
  for (const { amount, discount: id } of taken) {
    const discount = world.store.get<Discount>('discount', id)
    if (amount !== 0 && discount?.hidden.once) removeFromHolder(world, id)
  }
}

function removeFromSubscription(world: World, id: string): object {
  const subscription = world.store.get<Subscription>('subscription', id)
  if (!subscription) throw missing('subscription', id)
  const last = discountsOf(world, subscription.discounts).at(-1)
  if (!last) throw invalid('No active discount for subscription', { code: 'resource_missing' })
  removeDiscounts(world, subscription, subscription.discounts)
  change(world, subscription, { discounts: [] }, 'customer.subscription.updated')
  const { hidden: _, end: __, ...shown } = last
  return { ...shown, deleted: true }
}

/** Discounts are made by redeeming coupons and codes; they have no list of their own. */
export const discounts: Resource = {
  object: 'discount',
  links: {
    customer: 'customer',
    invoice: 'invoice',
    promotion_code: 'promotion_code',
    'source.coupon': 'coupon',
  },
  start(world) {
    world.clock.on('discount.end', ({ object }) => removeFromHolder(world, object))
  },
  operations: [
    operation('DELETE /v1/subscriptions/{id}/discount', {}, ({ world, ids }) =>
      removeFromSubscription(world, ids.id ?? ''),
    ),
    // A coupon can no longer be put on a customer, so that there is never one to take away.
    operation('DELETE /v1/customers/{id}/discount', {}, ({ world, ids }) => {
      const { id } = findCustomer(world, ids.id ?? '')
      const message = `No active discount for customer: ${id}`
      throw new StripeError(404, { type: 'invalid_request_error', code: 'resource_missing', message })
    }),
  ],
}

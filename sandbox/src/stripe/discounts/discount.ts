import { invalid, missing } from '../errors.ts'
import { change, emit } from '../events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { type Line, linesOf } from '../invoices/lines.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { operation, type Resource, type Stored, type World } from '../world.ts'
import { isEligible, sumOf, type Terms, takeOff } from './take-off.ts'

export type Discount = Stored & {
  customer: string
  end: number | null
  promotion_code: string | null
  source: { coupon: string; type: 'coupon' }
  start: number
  subscription: string | null
  /** The coupon's terms as they were at redemption: deleting it takes nothing from those who have it. */
  hidden: { terms: Terms; once: boolean }
}

const discountsOf = (world: World, ids: string[]): Discount[] =>
  ids.flatMap((id) => world.store.get<Discount>('discount', id) ?? [])

/** Those of a subscription's discounts that an invoice of the instant `at` gets. */
export const discountsAt = (world: World, ids: string[], at: number): Discount[] =>
  discountsOf(world, ids).filter(({ end }) => end === null || end > at)

/** Writes what the invoice's discounts take off into its lines; answers the sums, one per discount. */
export function discountLines(world: World, invoice: Invoice): { amount: number; discount: string }[] {
  const lines = linesOf(world, invoice.id)
  const discounts = discountsOf(world, invoice.discounts)
  const given = lines.map((line) => ({ ...line, product: line.pricing?.price_details.product ?? null }))
  const off = takeOff(
    given,
    discounts.map(({ hidden }) => hidden.terms),
  )
  lines.forEach((line, position) => {
    const amounts = discounts.flatMap((discount, which) => {
      const about = given[position]
      if (!about || !isEligible(about, discount.hidden.terms)) return []
      return [{ amount: off[which]?.[position] ?? 0, discount: discount.id }]
    })
    if (amounts.length || line.discount_amounts.length)
      world.store.put<Line>('line_item', { ...line, discount_amounts: amounts })
  })
  return discounts.map(({ id }, which) => ({ amount: sumOf([off[which] ?? []]), discount: id }))
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

/** A discount of one time that took something off is used up: its subscription no longer has it. */
export function consumeDiscounts(world: World, taken: { amount: number; discount: string }[]): void {
  for (const { amount, discount: id } of taken) {
    const discount = world.store.get<Discount>('discount', id)
    if (amount === 0 || !discount?.hidden.once || !discount.subscription) continue
    const subscription = world.store.get<Subscription>('subscription', discount.subscription)
    if (subscription?.discounts.includes(id)) removeDiscounts(world, subscription, [id])
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
    world.clock.on('discount.end', ({ object }) => {
      const discount = world.store.get<Discount>('discount', object)
      const subscription = world.store.get<Subscription>('subscription', discount?.subscription ?? '')
      if (subscription?.discounts.includes(object)) removeDiscounts(world, subscription, [object])
    })
  },
  operations: [
    operation('DELETE /v1/subscriptions/{id}/discount', {}, ({ world, ids }) =>
      removeFromSubscription(world, ids.id ?? ''),
    ),
  ],
}

import { invalid, missing } from '../api/errors.ts'
import { list, object, text } from '../api/params.ts'
import { amountOffIn, type Coupon, findCoupon, isValid } from '../catalog/coupons.ts'
import { findPromotionCode, isActive, minimumIn, type PromotionCode } from '../catalog/promotion-codes.ts'
import { change, emit } from '../events/events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { afterIntervals } from '../periods.ts'
import { longId, type World } from '../world.ts'
import type { Discount } from './discount.ts'
import type { Terms } from './take-off.ts'

export const discountsParam = list(object({ coupon: text, promotion_code: text, discount: text }))
export type Asked = { coupon?: string; promotion_code?: string; discount?: string }

/** Who redeems and for what: `subtotal` is what the lines come to before discounts. */
export type Purchase = { customer: string | null; currency: string; subtotal: number }
type Found = { coupon: Coupon; code: PromotionCode | null; terms: Terms }

/** What a coupon takes off a purchase in a currency. */
export const termsOf = (coupon: Coupon, currency: string): Terms => ({
  percentOff: coupon.percent_off,
  amountOff: amountOffIn(coupon, currency),
  products: coupon.hidden.products,
})

function checkCode(world: World, code: PromotionCode, purchase: Purchase, param: string): void {
  const refuse = (why: string) => invalid(`This promotion code cannot be redeemed because ${why}.`, { param })
  if (!isActive(world, code)) throw invalid('This promotion code is expired or no longer active.', { param })
  if (code.customer !== null && code.customer !== purchase.customer)
    throw refuse('it is for another customer')
  const { minimum_amount: minimum, first_time_transaction: first } = code.restrictions
  if (minimum !== null && purchase.subtotal < (minimumIn(code, purchase.currency) ?? Infinity))
    throw refuse('the amount is below its minimum')
  if (!first || purchase.customer === null) return
  const paid = world.store
    .by<Invoice>('invoice', 'customer', purchase.customer)
    .some((invoice) => invoice.amount_paid > 0)
  if (paid) throw refuse('the associated customer has prior transactions')
}

/** The coupon, and the code if one was named, refused where they cannot be redeemed. Redeems nothing yet. */
export function findRedeemable(world: World, asked: Asked, purchase: Purchase, param: string): Found {
  if ((asked.coupon === undefined) === (asked.promotion_code === undefined)) {
    throw invalid('You must specify exactly one of coupon and promotion_code in a discount.', { param })
  }
  const codeParam = `${param}[promotion_code]`
  const code =
    asked.promotion_code === undefined ? null : findPromotionCode(world, asked.promotion_code, codeParam)
  if (code) checkCode(world, code, purchase, codeParam)
  const coupon = findCoupon(world, code?.promotion.coupon ?? asked.coupon ?? '', `${param}[coupon]`)
  if (!isValid(world, coupon))
    throw invalid(`Coupon expired: ${coupon.id}`, { param: `${param}[coupon]`, code: 'coupon_expired' })
  if (coupon.currency !== null && amountOffIn(coupon, purchase.currency) === null) {
    throw invalid(
      `The coupon's currency (${coupon.currency}) does not match the subscription's (${purchase.currency}).`,
      { param: `${param}[coupon]` },
    )
  }
  return { coupon, code, terms: termsOf(coupon, purchase.currency) }
}

/** What a coupon is redeemed for: one of the holders is named. Those of an invoice or its items are used there only. */
type Holder = {
  customer: string
  subscription?: string
  subscription_item?: string
  invoice?: string
  invoice_item?: string
}

function redeemOne(world: World, { coupon, code, terms }: Found, holder: Holder): string {
  const now = world.clock.now()
  const months = coupon.duration_in_months
  change(world, coupon, { times_redeemed: coupon.times_redeemed + 1 }, null)
  if (code) change(world, code, { times_redeemed: code.times_redeemed + 1 }, null)
  const stays = holder.subscription !== undefined || holder.subscription_item !== undefined
  const discount = world.store.put<Discount>('discount', {
    id: longId('di_'),
    object: 'discount',
    ...{ checkout_session: null },
    customer: holder.customer,
    ...{ customer_account: null },
    end: months === null ? null : afterIntervals(now, 'month', months),
    invoice: holder.invoice ?? null,
    invoice_item: holder.invoice_item ?? null,
    promotion_code: code?.id ?? null,
    source: { coupon: coupon.id, type: 'coupon' },
    start: now,
    subscription: holder.subscription ?? null,
    subscription_item: holder.subscription_item ?? null,
    hidden: { terms, once: coupon.duration === 'once' },
  })
  if (discount.end !== null && stays) {
    const due = { id: `discount ${discount.id}`, at: discount.end, what: 'discount.end' }
    world.clock.schedule({ ...due, object: discount.id })
  }
  if (stays) emit(world, 'customer.discount.created', discount)
  return discount.id
}

/**
 * Redeems coupons and codes for a subscription, one of its items, an invoice or an invoice item; answers the ids of the
 * discounts in the order asked for. One of `kept`, which it has already, can be named by `discount`. `param` is the
 * name of the parameter, for refusals.
 */
export function redeem(
  world: World,
  asked: Asked[],
  about: Purchase & Holder & { kept?: string[]; param?: string },
): string[] {
  const { customer, subscription, subscription_item: item, invoice, invoice_item: invoiceItem } = about
  const holder: Holder = {
    customer,
    ...(subscription === undefined ? {} : { subscription }),
    ...(item === undefined ? {} : { subscription_item: item }),
    ...(invoice === undefined ? {} : { invoice }),
    ...(invoiceItem === undefined ? {} : { invoice_item: invoiceItem }),
  }
  return asked.map((one, position) => {
    const param = `${about.param ?? 'discounts'}[${position}]`
    if (one.discount === undefined) return redeemOne(world, findRedeemable(world, one, about, param), holder)
    if (about.kept?.includes(one.discount)) return one.discount
    throw missing('discount', one.discount, `${param}[discount]`)
  })
}

import { minimumCharge } from '../currencies.ts'
import { type Asked, findRedeemable, termsOf } from '../discounts/redeem.ts'
import { takeOff } from '../discounts/take-off.ts'
import { invalid } from '../errors.ts'
import { writtenAmount } from '../money.ts'
import { findPrice } from '../prices.ts'
import { activeCode } from '../promotion-codes.ts'
import type { World } from '../world.ts'
import { firstAmounts } from './first-amounts.ts'
import { amountOf } from './lines.ts'
import { type Session, type SessionDiscount, trialEndOf } from './session.ts'

/** What a session's discounts ask for when it becomes a subscription or an invoice. */
export const askedOf = ({ coupon, promotion_code: code }: SessionDiscount): Asked => ({
  ...(coupon === null ? {} : { coupon }),
  ...(code === null ? {} : { promotion_code: code }),
})

/** What is due today for each line, nothing for what a trial gives free, and what the session's discount takes off it. */
export function linesWithDiscount(world: World, session: Session): { amount: number; off: number }[] {
  const { anchor, anchorConfig } = session.hidden.subscription
  const trial = trialEndOf(world, session) !== null
  const first = !trial && (anchor ?? anchorConfig) !== null ? firstAmounts(world, session) : undefined
  const lines = session.hidden.lines.map((line) => {
    const price = findPrice(world, line.price)
    const whole = amountOf(world, line, session.currency)
    const amount = price.recurring ? (trial ? 0 : first ? (first.get(price.id) ?? 0) : whole) : whole
    return { amount, product: price.product, discountable: true }
  })
  const off = takeOff(
    lines,
    session.hidden.coupons.map((coupon) => termsOf(coupon, session.currency ?? '')),
  )
  return lines.map(({ amount }, position) => ({
    amount,
    off: off.reduce((sum, shares) => sum + (shares[position] ?? 0), 0),
  }))
}

/** The session with its amounts as its lines and discounts make them; refused where too little would be charged. */
export function counted(world: World, session: Session): Session {
  const lines = linesWithDiscount(world, session)
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0)
  const off = lines.reduce((sum, line) => sum + line.off, 0)
  const total = subtotal - off
  const currency = session.currency ?? 'usd'
  const least = minimumCharge(currency)
  if (session.mode === 'payment' && total > 0 && total < least) {
    throw invalid(
      `The Checkout Session's total amount due must add up to at least ${writtenAmount(least, currency)} ${currency}`,
      { code: 'amount_too_small' },
    )
  }
  return {
    ...session,
    amount_subtotal: subtotal,
    amount_total: total,
    total_details: { amount_shipping: 0, amount_tax: 0, amount_discount: off },
  }
}

/** The session with discounts, refused where they cannot be redeemed for it. Nothing is redeemed before it is paid. */
export function withDiscounts(world: World, session: Session, asked: Asked[]): Session {
  const subtotal = session.hidden.lines.reduce(
    (sum, line) => sum + amountOf(world, line, session.currency),
    0,
  )
  const { customer, currency } = session
  const purchase = { customer, currency: currency ?? 'usd', subtotal }
  const coupons = asked.map(
    (one, position) => findRedeemable(world, one, purchase, `discounts[${position}]`).coupon,
  )
  const discounts = asked.map((one) => ({
    coupon: one.coupon ?? null,
    promotion_code: one.promotion_code ?? null,
  }))
  return counted(world, { ...session, discounts, hidden: { ...session.hidden, coupons } })
}

/** Puts the code that a person typed on a session that allows it, in place of one typed before. */
export function applyCode(world: World, session: Session, typed: string): Session {
  const code = session.allow_promotion_codes ? activeCode(world, typed, session.customer) : undefined
  if (!code) throw invalid('This promotion code is invalid.', { param: 'promotionCode' })
  return world.store.put('checkout.session', withDiscounts(world, session, [{ promotion_code: code.id }]))
}

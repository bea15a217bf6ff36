import { invalid } from '../api/errors.ts'
import { findPrice } from '../catalog/prices.ts'
import { activeCode } from '../catalog/promotion-codes.ts'
import { findTaxRate, type TaxRate } from '../catalog/tax-rates.ts'
import { type Asked, findRedeemable, termsOf } from '../discounts/redeem.ts'
import { takeOff } from '../discounts/take-off.ts'
import { minimumCharge } from '../money/currencies.ts'
import { taxesOn, writtenAmount } from '../money/money.ts'
import type { World } from '../world.ts'
import { firstAmounts } from './first-amounts.ts'
import { amountOf } from './lines.ts'
import {
  type LineAmounts,
  type Session,
  type SessionDiscount,
  type SessionLine,
  trialEndOf,
} from './session.ts'

/** What a session's discounts ask for when it becomes a subscription or an invoice. */
export const askedOf = ({ coupon, promotion_code: code }: SessionDiscount): Asked => ({
  ...(coupon === null ? {} : { coupon }),
  ...(code === null ? {} : { promotion_code: code }),
})

/** What is due today for each line before discounts: nothing for what a trial gives free, the part up to a day of its own. */
function dueToday(world: World, session: Session): number[] {
  const { anchor, anchorConfig } = session.hidden.subscription
  const trial = trialEndOf(world, session) !== null
  const first = !trial && (anchor ?? anchorConfig) !== null ? firstAmounts(world, session) : undefined
  return session.hidden.lines.map((line) => {
    const price = findPrice(world, line.price)
    const whole = amountOf(world, line, session.currency)
    if (!price.recurring) return whole
    return trial ? 0 : (first?.get(price.id) ?? (first ? 0 : whole))
  })
}

/** What the tax rates make of a line after its discount: all of it, and what comes on top. */
function taxed(world: World, session: Session, line: SessionLine, net: number) {
  const usual = session.hidden.subscription.fields.default_tax_rates ?? []
  const ids = line.taxRates.length ? line.taxRates : usual
  const exempt = ['exempt', 'reverse'].includes(String(session.customer_details?.tax_exempt))
  const rates = exempt ? [] : ids.map((id) => findTaxRate(world, id))
  const amounts = taxesOn(net, rates)
  const sum = (only: (rate: TaxRate) => boolean) =>
    rates.reduce((total, rate, at) => total + (only(rate) ? (amounts[at] ?? 0) : 0), 0)
  return { tax: sum(() => true), onTop: sum(({ inclusive }) => !inclusive) }
}

/** The amounts of each line: what is due today, what the session's discount takes off it, and its taxes. */
function lineAmounts(world: World, session: Session): LineAmounts[] {
  const due = dueToday(world, session)
  const lines = session.hidden.lines.map((line, position) => {
    const { product } = findPrice(world, line.price)
    return { amount: due[position] ?? 0, product, discountable: true }
  })
  const off = takeOff(
    lines,
    session.hidden.coupons.map((coupon) => termsOf(coupon, session.currency ?? '')),
  )
  return session.hidden.lines.map((line, position) => {
    const amount = due[position] ?? 0
    const taken = off.reduce((sum, shares) => sum + (shares[position] ?? 0), 0)
    return { amount, off: taken, ...taxed(world, session, line, amount - taken) }
  })
}

/** The session with its amounts as its lines, discounts and taxes make them; refused where too little would be charged. */
export function counted(world: World, session: Session): Session {
  const amounts = lineAmounts(world, session)
  const sum = (of: (line: LineAmounts) => number) => amounts.reduce((total, line) => total + of(line), 0)
  const total = sum(({ amount, off, onTop }) => amount - off + onTop)
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
    amount_subtotal: sum(({ amount }) => amount),
    amount_total: total,
    total_details: {
      amount_shipping: 0,
      amount_tax: sum(({ tax }) => tax),
      amount_discount: sum(({ off }) => off),
    },
    hidden: { ...session.hidden, amounts },
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

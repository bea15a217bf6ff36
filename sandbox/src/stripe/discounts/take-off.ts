import { percentOf, splitAmount } from '../money/money.ts'

/** What a coupon takes off, as it was when it was redeemed. `products`: only their lines; null for all. */
export type Terms = { percentOff: number | null; amountOff: number | null; products: string[] | null }
export type Discountable = { amount: number; product: string | null; discountable: boolean }

/** Whether a discount is about a line at all: prorations, overage and credits are left alone. */
export const isEligible = (line: Discountable, { products }: Terms): boolean =>
  line.discountable &&
  line.amount >= 0 &&
  (products === null || (line.product !== null && products.includes(line.product)))

/**
 * What each discount takes off each line, in minor units: the discounts one after the other, each from what those
 * before it left. A discount is rounded once on the sum of its lines and then spread over them.
 */
export function takeOff(lines: Discountable[], discounts: Terms[]): number[][] {
  let left = lines.map(({ amount }) => amount)
  return discounts.map((terms) => {
    const weights = lines.map((line, position) => (isEligible(line, terms) ? (left[position] ?? 0) : 0))
    const sum = weights.reduce((total, weight) => total + weight, 0)
    const off =
      terms.percentOff === null ? Math.min(terms.amountOff ?? 0, sum) : percentOf(sum, terms.percentOff)
    const shares = splitAmount(off, weights)
    left = left.map((amount, position) => amount - (shares[position] ?? 0))
    return shares
  })
}

/** The sum of all that was taken off. */
export const sumOf = (amounts: number[][]): number => amounts.flat().reduce((sum, amount) => sum + amount, 0)

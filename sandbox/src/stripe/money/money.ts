import { Big } from 'big.js'
import { decimalsOf } from './currencies.ts'

/** Half away from zero: the nearest whole minor unit. Every amount of the sandbox is rounded here and nowhere else. */
function roundToMinorUnit(amount: Big): number {
  const rounded = Number(amount.round(0, Big.roundHalfUp).toFixed(0))
  if (!Number.isSafeInteger(rounded))
    throw new Error(`The amount ${amount.toFixed()} is beyond what can be counted exactly.`)
  // -0 would be written as 0 but compares oddly.
  return rounded === 0 ? 0 : rounded
}

/** quantity × unit amount (decimal minor units, up to 12 places), rounded once on the line's total. */
export function lineAmount(unitAmountDecimal: string, quantity: number | string): number {
  return roundToMinorUnit(new Big(unitAmountDecimal).times(quantity))
}

/** A quantity in the two forms that items and lines show: whole units, truncated, and exact. */
export function quantityForms(exact: string | number): { quantity: number; quantity_decimal: string } {
  const units = new Big(exact)
  return { quantity: units.round(0, Big.roundDown).toNumber(), quantity_decimal: units.toFixed() }
}

/**
 * The part of an amount (minor units, exact or as it was billed) for the rest of a period, to the second, rounded to the
 * nearest minor unit on the line's total as Stripe's documentation of prorations has it and real lines confirm.
 */
export function proratedPart(
  amount: number | string,
  remainingSeconds: number,
  periodSeconds: number,
): number {
  return roundToMinorUnit(new Big(amount).times(remainingSeconds).div(periodSeconds))
}

/** A percentage (at most 100) of an amount, rounded once. */
export const percentOf = (amount: number, percent: number): number =>
  roundToMinorUnit(new Big(amount).times(percent).div(100))

/** What `part` of `whole` comes to of an amount, rounded once. */
export const shareOf = (amount: number, part: number, whole: number): number =>
  roundToMinorUnit(new Big(amount).times(part).div(whole))

/**
 * What each tax rate makes of an amount after discounts, in minor units, each tax rounded once. Inclusive rates are
 * taken out of the amount together; exclusive ones come on top of what is left without them.
 */
export function taxesOn(amount: number, rates: { percentage: number; inclusive: boolean }[]): number[] {
  const included = rates
    .filter(({ inclusive }) => inclusive)
    .reduce((sum, { percentage }) => sum.plus(percentage), new Big(0))
  const base = new Big(amount).div(included.div(100).plus(1))
  return rates.map(({ percentage }) => roundToMinorUnit(base.times(percentage).div(100)))
}

/** What Stripe keeps of a charge, as in recorded answers of the real API: 2.9 % and 30 minor units. */
export const processingFee = (amount: number): number => percentOf(amount, 2.9) + 30

/**
 * An amount in whole parts, in proportion to the weights: rounded down, and what is left goes to those that lost most,
 * the earlier first. The parts add up to the amount, and none is above its weight where the amount is not above all.
 */
export function splitAmount(amount: number, weights: number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (whole === 0n) return weights.map(() => 0)
  const parts = weights.map((weight, position) => {
    const product = BigInt(amount) * BigInt(weight)
    return { position, share: Number(product / whole), lost: product % whole }
  })
  const left = amount - parts.reduce((sum, { share }) => sum + share, 0)
  const raised = [...parts]
    .sort((a, b) => (a.lost === b.lost ? a.position - b.position : a.lost > b.lost ? -1 : 1))
    .slice(0, left)
  const shares = parts.map(({ share }) => share)
  for (const { position, share } of raised) shares[position] = share + 1
  return shares
}

const symbols: Record<string, string> = { usd: '$', eur: '€', gbp: '£', jpy: '¥' }

/** A decimal string without trailing zeros, as Stripe writes `unit_amount_decimal`. */
export const plainDecimal = (value: string): string =>
  new Big(value)
    .toFixed()
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')

/** Minor units as a person reads them: 4580 usd is `$45.80`. Fractions of a cent are kept. */
export function writtenAmount(minorUnits: number | string, currency: string): string {
  const amount = new Big(minorUnits)
  const places = decimalsOf(currency)
  const major = amount.abs().div(new Big(10).pow(places))
  const exact = plainDecimal(major.toFixed())
  const fraction = Math.max(places, exact.includes('.') ? exact.length - exact.indexOf('.') - 1 : 0)
  const symbol = symbols[currency]
  const sign = amount.lt(0) ? '-' : ''
  return symbol
    ? `${sign}${symbol}${major.toFixed(fraction)}`
    : `${sign}${major.toFixed(fraction)} ${currency.toUpperCase()}`
}

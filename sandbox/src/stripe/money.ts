import { Big } from 'big.js'

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
 * The part of a price for the rest of a period, to the second, rounded to the nearest minor unit on the line's
 * total as Stripe's documentation of prorations has it and real lines confirm.
 */
export function proratedAmount(line: {
  unitAmountDecimal: string
  quantity: number
  remainingSeconds: number
  periodSeconds: number
}): number {
  const whole = new Big(line.unitAmountDecimal).times(line.quantity)
  return roundToMinorUnit(whole.times(line.remainingSeconds).div(line.periodSeconds))
}

/** The part of an amount that was billed (minor units), for the rest of a period: what flexible billing credits. */
export function proratedPart(amount: number, remainingSeconds: number, periodSeconds: number): number {
  return roundToMinorUnit(new Big(amount).times(remainingSeconds).div(periodSeconds))
}

/** A percentage (at most 100) of an amount, rounded once. */
export const percentOf = (amount: number, percent: number): number =>
  roundToMinorUnit(new Big(amount).times(percent).div(100))

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

/** Currencies whose minor unit is the unit itself (docs.stripe.com/currencies#zero-decimal). */
const zeroDecimal = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '))

/** The smallest amount that is charged rather than carried on the customer's balance; 50 cents in most currencies. */
const minimumCharges: Record<string, number> = {
  gbp: 30,
  jpy: 50,
  dkk: 250,
  nok: 300,
  sek: 300,
  mxn: 1000,
  hkd: 400,
}

export const minimumCharge = (currency: string): number => minimumCharges[currency] ?? 50

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
  const places = zeroDecimal.has(currency) ? 0 : 2
  const major = amount.abs().div(new Big(10).pow(places))
  const exact = plainDecimal(major.toFixed())
  const fraction = Math.max(places, exact.includes('.') ? exact.length - exact.indexOf('.') - 1 : 0)
  const symbol = symbols[currency]
  const sign = amount.lt(0) ? '-' : ''
  return symbol
    ? `${sign}${symbol}${major.toFixed(fraction)}`
    : `${sign}${major.toFixed(fraction)} ${currency.toUpperCase()}`
}

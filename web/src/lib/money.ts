/*
 * Money arrives as whole minor units (cents), as decimal minor units (rates) or as decimal major units
 * (costs). None of it goes through floating point: decimals are moved as text, and Intl reads the text.
 */

// What Stripe counts without, and with three, decimal places; all else has two. ISK and UGX have no
// coins, yet Stripe counts them in hundredths.
const withoutDecimals = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '))
const withThreeDecimals = new Set('BHD JOD KWD OMR TND'.split(' '))

/** Decimal places between the minor unit that Stripe counts in and the currency itself. */
export const minorDigits = (currency: string): number => {
  const code = currency.toUpperCase()
  if (withoutDecimals.has(code)) return 0
  return withThreeDecimals.has(code) ? 3 : 2
}

/** Moves the point of a decimal text to the left: ("1.3", 2) is "0.013". Exact, whatever its length. */
export const shiftLeft = (decimal: string, places: number): string => {
  const negative = decimal.startsWith('-')
  const [whole = '0', fraction = ''] = (negative ? decimal.slice(1) : decimal).split('.')
  const digits = whole.padStart(places + 1, '0')
  const cut = digits.length - places
  const moved = `${digits.slice(0, cut)}.${digits.slice(cut)}${fraction}`.replace(/\.?0*$/, '')
  const sign = negative && /[1-9]/.test(moved) ? '-' : ''
  return `${sign}${moved.replace(/^0+(?=\d)/, '') || '0'}`
}

type Style = { currency: string; locale: string }

const write = (major: string, { currency, locale }: Style, places: { min: number; max: number }): string =>
  new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: places.min,
    maximumFractionDigits: places.max,
  }).format(major as Intl.StringNumericLiteral)

/** Minor units as a person writes them: 4580 in USD is "$45.80". */
export const formatMoney = (minor: number, style: Style): string => {
  const digits = minorDigits(style.currency)
  return write(shiftLeft(String(minor), digits), style, { min: digits, max: digits })
}

/** A price without empty decimals, for headings: 4000 in USD is "$40", 4050 is "$40.50". */
export const formatPrice = (minor: number, style: Style): string => {
  const digits = minorDigits(style.currency)
  const whole = minor % 10 ** digits === 0
  return write(shiftLeft(String(minor), digits), style, { min: whole ? 0 : digits, max: digits })
}

/** A rate in decimal minor units per unit, every digit kept: "1.3" in USD is "$0.013". */
export const formatRate = (minorDecimal: string, style: Style): string => {
  const digits = minorDigits(style.currency)
  return write(shiftLeft(minorDecimal, digits), style, { min: digits, max: 14 })
}

/** A cost in decimal major units, as the usage answer has it: "0.65" in USD is "$0.65". */
export const formatCost = (majorDecimal: string, style: Style): string => {
  const digits = minorDigits(style.currency)
  return write(majorDecimal, style, { min: digits, max: digits })
}

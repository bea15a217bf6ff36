import Big from 'big.js'

/**
 * The one place where a fraction of a minor unit is rounded: to the nearest, halves away from zero, once on a
 * line's total, as Stripe does for `unit_amount_decimal × quantity` (docs.stripe.com/billing/subscriptions/prorations).
 */
export function roundToMinorUnits(amount: Big): bigint {
  return BigInt(amount.round(0, Big.roundHalfUp).toFixed(0))
}

/** Units × a rate in minor units (which may be a fraction of one), rounded once. */
export function priceOf(units: string | Big, rate: string | Big): bigint {
  return roundToMinorUnits(new Big(units).times(rate))
}

// ISO 4217 currencies without minor units that Stripe charges (docs.stripe.com/currencies#zero-decimal).
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '))

/** How many decimal places a currency's amounts are written with. */
function decimalPlaces(currency: string): 0 | 2 {
  return ZERO_DECIMAL.has(currency.toLowerCase()) ? 0 : 2
}

/** Minor units as a plain decimal string: 580 usd → "5.80", 580 jpy → "580". */
export function formatMinorUnits(amount: bigint, currency: string): string {
  const places = decimalPlaces(currency)
  return new Big(amount.toString()).div(new Big(10).pow(places)).toFixed(places)
}

/** The same with the currency, for people: "$5.80". */
export function formatMoney(amount: bigint, currency: string, locale = 'en-US'): string {
  const formatter = new Intl.NumberFormat(locale, { style: 'currency', currency: currency.toUpperCase() })
  return formatter.format(formatMinorUnits(amount, currency) as `${number}`)
}

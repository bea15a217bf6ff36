import Big from 'big.js'
import { findStock } from './inventory.ts'
import { prices } from './prices.ts'

/** So many units at a price, as Twilio writes what it took: negative, with five decimals. */
const charge = (price: string, units: number): string => `-${Big(price).times(units).toFixed(5)}`

/** The country whose list holds for a number that may be anybody's, by the longest prefix. */
function countryOf(phoneNumber: string) {
  const rows = Object.values(prices).flatMap((table) =>
    table.voiceOut.flatMap(({ prefixes }) => prefixes.map((prefix) => ({ prefix: `+${prefix}`, table }))),
  )
  const fitting = rows.filter(({ prefix }) => phoneNumber.startsWith(prefix))
  return fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.table ?? prices.US
}

export const outboundSmsCharge = (to: string, segments: number) =>
  charge(countryOf(to)?.smsOut ?? '0', segments)

export function inboundSmsCharge(to: string, segments: number): string {
  const number = findStock(to)
  return charge((number && prices[number.country]?.smsIn[number.type]) ?? '0', segments)
}

/** A call is charged by started minutes; one that was not answered costs nothing. */
export function inboundCallCharge(to: string, seconds: number): string {
  const number = findStock(to)
  return charge((number && prices[number.country]?.voiceIn[number.type]) ?? '0', Math.ceil(seconds / 60))
}

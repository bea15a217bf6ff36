import { randomInt } from 'node:crypto'
import { checkDigitOf } from './check-digit.ts'
import { type DeclineName, declines } from './declines.ts'
import { cardWith, type TestCard } from './test-cards.ts'

/** `4000 09`, how often it works (two digits), how it then declines (two), a serial (five), the check digit. */
const prefix = '400009'
const thens = [
  'generic_decline',
  'insufficient_funds',
  'lost_card',
  'stolen_card',
  'expired_card',
  'processing_error',
] as const satisfies DeclineName[]

export const declinesToChoose: readonly string[] = thens

/** A new card number that is charged `worksTimes` times (0 to 99) and then declines: each call makes another card. */
export function newCardThatFails(worksTimes: number, then: string): string {
  const parts = [worksTimes, Math.max(0, declinesToChoose.indexOf(then))]
  const digits = `${prefix}${parts.map((part) => String(part).padStart(2, '0')).join('')}${String(randomInt(100_000)).padStart(5, '0')}`
  return `${digits}${checkDigitOf(digits)}`
}

/** The card behind such a number; undefined for any other. */
export function cardThatFails(number: string): TestCard | undefined {
  if (number.length !== 16 || !number.startsWith(prefix)) return undefined
  const then = thens[Number(number.slice(8, 10))]
  if (!then) return undefined
  const works = Number(number.slice(6, 8))
  return cardWith(number, `Works ${works} times, then declines`, { onCharge: declines[then], works })
}

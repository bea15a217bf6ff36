import { notImplemented, StripeError } from '../api/errors.ts'
import { checkDigitOf } from './check-digit.ts'
import type { Decline } from './declines.ts'
import { cardWith, numberOfName, type TestCard, testCard, unplayed } from './test-cards.ts'
import { cardThatFails } from './works-then-fails.ts'

export { offeredCards } from './test-cards.ts'

/** The card number behind `pm_card_visa` or `tok_visa`, where the name is one of Stripe's or of a card made here. */
export function numberOfToken(token: string): string | undefined {
  const name = /^(?:pm_card_|tok_)(.+)$/.exec(token)?.[1]
  if (name === undefined) return undefined
  return cardThatFails(name) ? name : numberOfName(name)
}

const refusal = (code: string, message: string, param: string) =>
  new StripeError(402, { type: 'card_error', code, message, param })

/** The card of a number as a person types it; refuses what is no card number. */
export function cardOf(given: string, param = 'card[number]'): TestCard {
  const number = given.replace(/[\s-]/g, '')
  const { length } = number
  if (!/^\d{12,19}$/.test(number) || checkDigitOf(number.slice(0, -1)) !== number[length - 1])
    throw refusal('incorrect_number', 'Your card number is incorrect.', param)
  const unknown = unplayed[number]
  if (unknown) throw notImplemented(`the test card ${number} (${unknown})`, param)
  return testCard(number) ?? cardThatFails(number) ?? cardWith(number, 'Succeeds')
}

/** Refuses a security code that the card cannot have: American Express prints four digits, the others three. */
export function checkCvc(card: TestCard, cvc: string, param = 'card[cvc]'): void {
  if ((card.brand === 'amex' ? /^\d{3,4}$/ : /^\d{3}$/).test(cvc)) return
  throw refusal('invalid_cvc', "Your card's security code is invalid.", param)
}

export const declineFields = (decline: Decline) => ({
  type: 'card_error' as const,
  code: decline.code,
  decline_code: decline.decline_code,
  advice_code: decline.advice,
  ...(decline.network ? { network_decline_code: decline.network } : {}),
  message: decline.message,
})

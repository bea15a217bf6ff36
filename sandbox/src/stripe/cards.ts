import { StripeError } from './errors.ts'

/** Why a bank says no: Stripe's error code and decline code, and what is shown to the person. */
export type Decline = { code: string; decline_code: string; message: string; network: string; advice: string }

const declineOf = (
  code: string,
  decline_code: string,
  message: string,
  network: string,
  advice = 'try_again_later',
): Decline => ({
  code,
  decline_code,
  message,
  network,
  advice,
})

const generic = declineOf('card_declined', 'generic_decline', 'Your card was declined.', '01')
const noFunds = declineOf('card_declined', 'insufficient_funds', 'Your card has insufficient funds.', '51')
const lost = declineOf('card_declined', 'lost_card', 'Your card was declined.', '41', 'do_not_try_again')
const stolen = declineOf('card_declined', 'stolen_card', 'Your card was declined.', '43', 'do_not_try_again')
const expired = declineOf('expired_card', 'expired_card', 'Your card has expired.', '54', 'do_not_try_again')
const badCvc = declineOf(
  'incorrect_cvc',
  'incorrect_cvc',
  "Your card's security code is incorrect.",
  'N7',
  'confirm_card_data',
)
const processing = declineOf(
  'processing_error',
  'processing_error',
  'An error occurred while processing your card. Try again in a little bit.',
  '96',
)

export const authenticationRequired = declineOf(
  'authentication_required',
  'authentication_required',
  'Your card was declined. This transaction requires authentication.',
  '65',
)

export type TestCard = {
  number: string
  label: string
  brand: string
  /** Declines already when the card is attached to a customer. */
  onAttach?: Decline
  /** Declines when it is charged. */
  onCharge?: Decline
  /** Asks for 3-D Secure: on every payment, or only while the card has not been set up for later use. */
  threeDSecure?: 'always' | 'unless_set_up'
}

/** The documented test cards (docs.stripe.com/testing). Any other valid number is an ordinary card. */
const cards: TestCard[] = [
  { number: '4242424242424242', label: 'Succeeds', brand: 'visa' },
  { number: '5555555555554444', label: 'Succeeds (Mastercard)', brand: 'mastercard' },
  { number: '378282246310005', label: 'Succeeds (American Express)', brand: 'amex' },
  { number: '4000000000000002', label: 'Declined', brand: 'visa', onAttach: generic, onCharge: generic },
  { number: '4000000000000341', label: 'Attaches, later charges decline', brand: 'visa', onCharge: generic },
  {
    number: '4000000000009995',
    label: 'Insufficient funds',
    brand: 'visa',
    onAttach: noFunds,
    onCharge: noFunds,
  },
  { number: '4000000000009987', label: 'Lost card', brand: 'visa', onAttach: lost, onCharge: lost },
  { number: '4000000000009979', label: 'Stolen card', brand: 'visa', onAttach: stolen, onCharge: stolen },
  { number: '4000000000000069', label: 'Expired card', brand: 'visa', onAttach: expired, onCharge: expired },
  { number: '4000000000000127', label: 'Incorrect CVC', brand: 'visa', onAttach: badCvc, onCharge: badCvc },
  {
    number: '4000000000000119',
    label: 'Processing error',
    brand: 'visa',
    onAttach: processing,
    onCharge: processing,
  },
  { number: '4000002500003155', label: '3-D Secure once', brand: 'visa', threeDSecure: 'unless_set_up' },
  { number: '4000002760003184', label: '3-D Secure always', brand: 'visa', threeDSecure: 'always' },
  {
    number: '4000008260003178',
    label: '3-D Secure, then insufficient funds',
    brand: 'visa',
    threeDSecure: 'always',
    onCharge: noFunds,
  },
]

/** `pm_card_…` and `tok_…` names of test cards. */
const names: Record<string, string> = {
  visa: '4242424242424242',
  mastercard: '5555555555554444',
  amex: '378282246310005',
  chargeDeclined: '4000000000000002',
  chargeCustomerFail: '4000000000000341',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  visa_chargeDeclined: '4000000000000002',
  visa_chargeDeclinedLostCard: '4000000000009987',
  visa_chargeDeclinedStolenCard: '4000000000009979',
  chargeDeclinedLostCard: '4000000000009987',
  chargeDeclinedStolenCard: '4000000000009979',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedProcessingError: '4000000000000119',
  authenticationRequiredOnSetup: '4000002500003155',
  authenticationRequired: '4000002760003184',
  threeDSecure2Required: '4000002760003184',
  authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
}

/** The card number behind `pm_card_visa` or `tok_visa`, where the name is one of Stripe's. */
export function numberOfToken(token: string): string | undefined {
  const name = /^(?:pm_card_|tok_)(.+)$/.exec(token)?.[1]
  return name === undefined ? undefined : names[name]
}

function brandOf(number: string): string {
  if (/^3[47]/.test(number)) return 'amex'
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard'
  if (/^6/.test(number)) return 'discover'
  return number.startsWith('4') ? 'visa' : 'unknown'
}

/** The check digit that every card number ends with (ISO/IEC 7812). */
function hasCheckDigit(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, position) => {
    const value = Number(digit) * (position % 2 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** The card of a number as a person types it; refuses what is no card number. */
export function cardOf(given: string, param = 'card[number]'): TestCard {
  const number = given.replace(/[\s-]/g, '')
  if (!/^\d{12,19}$/.test(number) || !hasCheckDigit(number)) {
    throw new StripeError(402, {
      type: 'card_error',
      code: 'incorrect_number',
      message: 'Your card number is incorrect.',
      param,
    })
  }
  return cards.find((card) => card.number === number) ?? { number, label: 'Succeeds', brand: brandOf(number) }
}

/** The cards that the hosted pages offer by one click. */
export const offeredCards = (): TestCard[] => cards.filter(({ brand }) => brand === 'visa')

export const declineFields = (decline: Decline) => ({
  type: 'card_error' as const,
  code: decline.code,
  decline_code: decline.decline_code,
  advice_code: decline.advice,
  network_decline_code: decline.network,
  message: decline.message,
})

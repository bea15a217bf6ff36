/** Why a bank, or Stripe in its place, says no: the codes of the error and what is shown to the person. */
export type Decline = {
  code: string
  decline_code: string
  message: string
  network: string
  advice: string
  /** Set where Stripe itself blocks the payment and no bank is asked. */
  blocked?: true
}

const again = 'try_again_later'
const never = 'do_not_try_again'
const plain = 'Your card was declined.'

/** By what is named as `decline_code` (docs.stripe.com/declines/codes); a generic one as in recorded answers of the real API. */
export const declines = {
  generic_decline: {
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: plain,
    network: '01',
    advice: again,
  },
  insufficient_funds: {
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
    network: '51',
    advice: again,
  },
  lost_card: {
    code: 'card_declined',
    decline_code: 'lost_card',
    message: plain,
    network: '41',
    advice: never,
  },
  stolen_card: {
    code: 'card_declined',
    decline_code: 'stolen_card',
    message: plain,
    network: '43',
    advice: never,
  },
  expired_card: {
    code: 'expired_card',
    decline_code: 'expired_card',
    message: 'Your card has expired.',
    network: '54',
    advice: never,
  },
  incorrect_cvc: {
    code: 'incorrect_cvc',
    decline_code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    network: 'N7',
    advice: 'confirm_card_data',
  },
  processing_error: {
    code: 'processing_error',
    decline_code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    network: '96',
    advice: again,
  },
  card_velocity_exceeded: {
    code: 'card_declined',
    decline_code: 'card_velocity_exceeded',
    message:
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    network: '61',
    advice: again,
  },
  authentication_required: {
    code: 'authentication_required',
    decline_code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
    network: '65',
    advice: again,
  },
  fraudulent: {
    code: 'card_declined',
    decline_code: 'fraudulent',
    message: plain,
    network: '',
    advice: never,
    blocked: true,
  },
} as const satisfies Record<string, Decline>

export type DeclineName = keyof typeof declines

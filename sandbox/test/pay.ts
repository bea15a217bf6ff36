import Stripe from 'stripe'

type Create = Stripe.PaymentIntentCreateParams
export const back = 'https://example.com/back'

/** A payment of ten dollars by itself, confirmed at once; `more` says what is different. */
export const pay = (stripe: Stripe, card: string, more: Partial<Create> = {}) =>
  stripe.paymentIntents.create({
    amount: 1000,
    currency: 'usd',
    payment_method: card,
    confirm: true,
    return_url: back,
    ...more,
  })

/** What Stripe says of a call that it refuses, with the objects that it shows. */
export async function refused(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Stripe.errors.StripeError)) throw new Error('The call was not refused by Stripe.')
  const raw = error.raw as Stripe.StripeRawError & {
    decline_code?: string
    charge?: string
    payment_intent?: Stripe.PaymentIntent
    setup_intent?: Stripe.SetupIntent
  }
  return { ...raw, status: error.statusCode }
}

export const chargeOf = (stripe: Stripe, intent: Stripe.PaymentIntent) =>
  stripe.charges.retrieve(String(intent.latest_charge))

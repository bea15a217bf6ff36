import { StripeError } from '../api/errors.ts'
import { declineError } from '../payments/attempt.ts'
import type { PaymentIntent } from '../payments/payment-intents.ts'
import type { World } from '../world.ts'

/** The 402 of a card that does not pay, which leaves the session open and nothing else behind. */
export function refusePayment(world: World, intent: PaymentIntent): never {
  const { status, fields } = declineError(world, intent)
  const { payment_intent: _, charge: __, ...shown } = fields
  throw new StripeError(status, shown)
}

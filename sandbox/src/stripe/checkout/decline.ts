import { StripeError } from '../errors.ts'
import { declineError, type PaymentIntent } from '../payment-intents.ts'
import type { World } from '../world.ts'

/** The 402 of a card that does not pay, which leaves the session open and nothing else behind. */
export function refusePayment(world: World, intent: PaymentIntent): never {
  const { status, fields } = declineError(world, intent)
  const { payment_intent: _, charge: __, ...shown } = fields
  throw new StripeError(status, shown)
}

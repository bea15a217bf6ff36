import { StripeError } from '../errors.ts'
import type { PaymentMethod } from '../payment-methods.ts'
import { confirmSetup, findSetupIntent, finishSetup } from '../setup-intents.ts'
import type { World } from '../world.ts'
import type { Session } from './session.ts'

/** Saves the card by the session's setup intent; the person has passed 3-D Secure where the card asks for it. */
export function save(
  world: World,
  session: Session,
  buyer: { customer: string | null; method: PaymentMethod },
): void {
  const found = findSetupIntent(world, session.setup_intent ?? '')
  const intent = world.store.put('setup_intent', { ...found, customer: buyer.customer })
  try {
    const after = confirmSetup(world, intent, buyer.method.id)
    if (after.status === 'requires_action') finishSetup(world, after.id, true)
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    // A card that is refused leaves the session open and nothing else behind.
    const { setup_intent: _, ...shown } = error.fields
    throw new StripeError(error.status, shown)
  }
}

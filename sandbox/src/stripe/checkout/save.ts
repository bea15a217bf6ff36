import type { PaymentMethod } from '../payments/payment-methods.ts'
import { setUpCard } from '../payments/set-up-card.ts'
import { findSetupIntent } from '../payments/setup-intents.ts'
import type { World } from '../world.ts'
import type { Session } from './session.ts'

/** Saves the card by the session's setup intent, for its customer where it has one. */
export function save(
  world: World,
  session: Session,
  buyer: { customer: string | null; method: PaymentMethod },
): void {
  const found = findSetupIntent(world, session.setup_intent ?? '')
  const intent = world.store.put('setup_intent', { ...found, customer: buyer.customer })
  setUpCard(world, intent, buyer.method.id)
}

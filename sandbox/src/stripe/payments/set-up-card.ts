import { StripeError } from '../api/errors.ts'
import type { World } from '../world.ts'
import { confirmSetup, finishSetup, type SetupIntent } from './setup-intents.ts'

/**
 * Sets up a card for a person who is there and has passed 3-D Secure where the card asks for it. A card that is refused
 * is a 402 of which nothing stays.
 */
export function setUpCard(world: World, intent: SetupIntent, methodId: string): SetupIntent {
  try {
    const after = confirmSetup(world, intent, methodId)
    return after.status === 'requires_action' ? finishSetup(world, after.id, true) : after
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    const { setup_intent: _, ...shown } = error.fields
    throw new StripeError(error.status, shown)
  }
}

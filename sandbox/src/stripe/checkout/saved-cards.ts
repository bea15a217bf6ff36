import { missing } from '../api/errors.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import type { World } from '../world.ts'
import type { Session } from './session.ts'

/** The customer's cards that the page may offer: those that may be shown again, as the session's filters say; newest first. */
export function savedCards(world: World, session: Session): PaymentMethod[] {
  const filters: string[] = session.saved_payment_method_options?.allow_redisplay_filters ?? []
  if (session.customer === null || filters.length === 0) return []
  return world.store
    .by<PaymentMethod>('payment_method', 'customer', session.customer)
    .filter(({ allow_redisplay: shown }) => filters.includes(shown))
    .reverse()
}

/** The saved card that the person chose, which must be one of those offered. */
export function savedCard(world: World, session: Session, id: string): PaymentMethod {
  const found = savedCards(world, session).find((method) => method.id === id)
  if (!found) throw missing('PaymentMethod', id, 'payment_method')
  return found
}

import { emit } from '../events/events.ts'
import type { World } from '../world.ts'
import { release } from './capture.ts'
import { findCharge } from './charges.ts'
import type { PaymentIntent } from './payment-intents.ts'

/** Cancels an intent that is not over; an amount that it held is released. */
export function cancelIntent(world: World, intent: PaymentIntent, reason: string | null): PaymentIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return intent
  const held = intent.status === 'requires_capture' ? intent.latest_charge : null
  const after = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    amount_capturable: 0,
    canceled_at: world.clock.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  })
  world.clock.cancel(`capture ${intent.id}`)
  if (held) release(world, findCharge(world, held), intent.amount_capturable)
  emit(world, 'payment_intent.canceled', after)
  return after
}

/** What nobody captured within a week is released: the bank does not hold it longer. */
export function expireAuthorization(world: World, id: string): void {
  const intent = world.store.get<PaymentIntent>('payment_intent', id)
  if (intent?.status !== 'requires_capture' || !intent.latest_charge) return
  cancelIntent(world, intent, 'automatic')
  emit(world, 'charge.expired', findCharge(world, intent.latest_charge))
}

import { missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { text } from '../api/params.ts'
import { emit } from '../events/events.ts'
import { longId, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { cardOf } from './cards.ts'
import type { Charge } from './charges.ts'
import type { PaymentMethod } from './payment-methods.ts'

type Warning = Stored & { charge: string; created: number; payment_intent: string | null }

const kind = 'radar.early_fraud_warning'

/** Passes on that a bank takes a payment for fraud, where the card stands for that: a refund now may spare a dispute. */
export function warnOfFraud(world: World, charge: Charge, method: PaymentMethod): void {
  if (!cardOf(method.hidden.number).fraudWarning) return
  const warning = {
    id: longId('issfr_'),
    object: kind,
    charge: charge.id,
    created: world.clock.now(),
    fraud_type: 'misc',
    livemode: false,
    payment_intent: charge.payment_intent,
  }
  emit(world, 'radar.early_fraud_warning.created', world.store.put<Warning>(kind, warning))
}

export const fraudWarnings: Resource = {
  object: kind,
  view(world, warning: Warning) {
    const charge = world.store.get<Charge>('charge', warning.charge)
    return { ...warning, actionable: charge !== undefined && !charge.refunded && !charge.disputed }
  },
  links: { charge: 'charge', payment_intent: 'payment_intent' },
  operations: [
    operation(
      'GET /v1/radar/early_fraud_warnings',
      { ...pagingAndCreated, charge: text, payment_intent: text },
      (call) => {
        const { charge, payment_intent: intent } = call.params
        const fits = (one: Warning) =>
          (charge === undefined || one.charge === charge) &&
          (intent === undefined || one.payment_intent === intent)
        return page(call, [...call.world.store.all<Warning>(kind)].filter(fits))
      },
    ),
    operation('GET /v1/radar/early_fraud_warnings/{id}', {}, ({ world, ids }) => {
      const found = world.store.get<Warning>(kind, ids.id ?? '')
      if (!found) throw missing('early fraud warning', ids.id ?? '')
      return present(world, found)
    }),
  ],
}

import { missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { required, text } from '../api/params.ts'
import { longId, operation, type Resource, type Stored, type World } from '../world.ts'
import type { PaymentMethod } from './payment-methods.ts'
import type { SetupIntent } from './setup-intents.ts'

export type SetupAttempt = Stored & {
  created: number
  setup_error: object | null
  setup_intent: string
  status: 'requires_action' | 'succeeded' | 'failed' | 'abandoned'
}

/** Records an attempt to set up a card, as the intent's `latest_attempt`. */
export function recordAttempt(
  world: World,
  intent: SetupIntent,
  method: PaymentMethod,
  outcome: Pick<SetupAttempt, 'status' | 'setup_error'>,
): SetupAttempt {
  const { brand, checks, country, exp_month, exp_year, fingerprint, funding, last4 } = method.card
  const attempt = {
    id: longId('setatt_'),
    object: 'setup_attempt',
    application: null,
    created: world.clock.now(),
    customer: intent.customer,
    customer_account: null,
    flow_directions: null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: {
      card: {
        brand,
        checks,
        country,
        exp_month,
        exp_year,
        fingerprint,
        funding,
        last4,
        network: brand,
        three_d_secure: null,
        wallet: null,
      },
      type: 'card',
    },
    setup_intent: intent.id,
    usage: intent.usage,
    ...outcome,
  }
  return world.store.put<SetupAttempt>('setup_attempt', attempt)
}

/** Ends the attempt that waited for the person. */
export function endAttempt(
  world: World,
  id: string | null,
  outcome: Pick<SetupAttempt, 'status' | 'setup_error'>,
): void {
  const attempt = id === null ? undefined : world.store.get<SetupAttempt>('setup_attempt', id)
  if (attempt) world.store.put<SetupAttempt>('setup_attempt', { ...attempt, ...outcome })
}

export const setupAttempts: Resource = {
  object: 'setup_attempt',
  links: { customer: 'customer', payment_method: 'payment_method', setup_intent: 'setup_intent' },
  start(world) {
    world.store.index<SetupAttempt>('setup_attempt', 'intent', ({ setup_intent: intent }) => intent)
  },
  operations: [
    operation('GET /v1/setup_attempts', { ...pagingAndCreated, setup_intent: required(text) }, (call) => {
      const { setup_intent: intent } = call.params
      if (!call.world.store.get('setup_intent', intent)) throw missing('setupintent', intent, 'setup_intent')
      return page(call, call.world.store.by<SetupAttempt>('setup_attempt', 'intent', intent))
    }),
  ],
}

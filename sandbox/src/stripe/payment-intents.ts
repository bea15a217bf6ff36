import { randomId } from '../ids.ts'
import { authenticationRequired, cardOf, type Decline, declineFields } from './cards.ts'
import { announceCharge, createCharge } from './charges.ts'
import { invalid, missing, StripeError } from './errors.ts'
import { emit } from './events.ts'
import { findPaymentMethod, markSetUp, type PaymentMethod } from './payment-methods.ts'
import { present, type Stored, tell, type World } from './world.ts'

export type PaymentIntent = Stored & {
  amount: number
  amount_received: number
  canceled_at: number | null
  cancellation_reason: string | null
  client_secret: string
  created: number
  currency: string
  customer: string | null
  description: string | null
  last_payment_error: object | null
  latest_charge: string | null
  metadata: Record<string, string>
  next_action: object | null
  payment_method: string | null
  setup_future_usage: 'off_session' | null
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled'
  hidden: { invoice: string | null }
}

/** Makes the intent that collects an invoice. */
export function createIntent(
  world: World,
  about: {
    amount: number
    currency: string
    customer: string
    description: string
    invoice: string
    method: string | null
  },
): PaymentIntent {
  const id = randomId('pi_3', 23)
  const intent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: about.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${randomId('', 25)}`,
    confirmation_method: 'automatic',
    created: world.clock.now(),
    currency: about.currency,
    customer: about.customer,
    customer_account: null,
    description: about.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_details: { customer_reference: null, order_reference: about.invoice },
    payment_method: about.method,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: 'off_session' as const,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: about.method ? ('requires_confirmation' as const) : ('requires_payment_method' as const),
    transfer_data: null,
    transfer_group: null,
    hidden: { invoice: about.invoice },
  }
  world.store.put<PaymentIntent>('payment_intent', intent)
  emit(world, 'payment_intent.created', intent)
  return intent
}

export function findIntent(world: World, id: string, param = 'id'): PaymentIntent {
  const found = world.store.get<PaymentIntent>('payment_intent', id)
  if (!found) throw missing('payment_intent', id, param)
  return found
}

const publicMethod = (world: World, method: PaymentMethod) => present(world, method)

function fail(world: World, intent: PaymentIntent, method: PaymentMethod, decline: Decline): PaymentIntent {
  const charge = createCharge(world, { intent, method, decline, authenticated: false })
  const { type, ...shown } = declineFields(decline)
  const error = {
    ...shown,
    charge: charge.id,
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    payment_method: publicMethod(world, method),
    type,
  }
  const failed = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    last_payment_error: error,
    latest_charge: charge.id,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  })
  emit(world, 'payment_intent.payment_failed', failed)
  announceCharge(world, charge)
  return failed
}

function succeed(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  authenticated: boolean,
): PaymentIntent {
  const charge = createCharge(world, { intent, method, decline: undefined, authenticated })
  const done = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: 'succeeded',
  })
  if (authenticated) markSetUp(world, method.id)
  emit(world, 'payment_intent.succeeded', done)
  announceCharge(world, charge)
  return done
}

/**
 * Tries to collect with a payment method. `authenticated` says that the person has just passed 3-D Secure;
 * otherwise a card that asks for it leaves the intent at `requires_action` with the address of that step.
 * Tells `payment_intent.settled` of the outcome, whatever it is.
 */
export function confirmIntent(
  world: World,
  given: PaymentIntent,
  method: PaymentMethod,
  authenticated = false,
): PaymentIntent {
  const card = cardOf(method.hidden.number)
  const asks =
    card.threeDSecure === 'always' || (card.threeDSecure === 'unless_set_up' && !method.hidden.setUp)
  const intent = { ...given, payment_method: method.id }
  let after: PaymentIntent
  if (asks && !authenticated) {
    const url = `${world.address()}/authenticate/${intent.id}`
    after = world.store.put<PaymentIntent>('payment_intent', {
      ...intent,
      next_action: { redirect_to_url: { return_url: null, url }, type: 'redirect_to_url' },
      status: 'requires_action',
    })
    emit(world, 'payment_intent.requires_action', after)
  } else
    after = card.onCharge
      ? fail(world, intent, method, card.onCharge)
      : succeed(world, intent, method, authenticated)
  tell(world, 'payment_intent.settled', after)
  return findIntent(world, after.id)
}

/** What a person does at the 3-D Secure step: passes it, or does not. */
export function finishAuthentication(world: World, id: string, passed: boolean): PaymentIntent {
  const intent = findIntent(world, id)
  if (intent.status !== 'requires_action' || !intent.payment_method) {
    throw invalid(`This PaymentIntent is ${intent.status} and has nothing to authenticate.`, {
      code: 'payment_intent_unexpected_state',
    })
  }
  const method = findPaymentMethod(world, intent.payment_method)
  if (passed) return confirmIntent(world, intent, method, true)
  const message =
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.'
  const code = 'payment_intent_authentication_failure'
  const after = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    last_payment_error: {
      code,
      message,
      payment_method: publicMethod(world, method),
      type: 'invalid_request_error',
    },
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  })
  emit(world, 'payment_intent.payment_failed', after)
  tell(world, 'payment_intent.settled', after)
  return after
}

export function cancelIntent(world: World, intent: PaymentIntent, reason: string | null): PaymentIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return intent
  const after = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    canceled_at: world.clock.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  })
  emit(world, 'payment_intent.canceled', after)
  return after
}

/** The 402 for an intent whose payment was declined or waits for the person; what was recorded stays. */
export function declineError(world: World, intent: PaymentIntent, offSession = false): StripeError {
  if (intent.status === 'requires_action') {
    const fields = offSession
      ? declineFields(authenticationRequired)
      : {
          type: 'card_error' as const,
          code: 'invoice_payment_intent_requires_action',
          message:
            'This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice. For more details see: https://stripe.com/docs/billing/subscriptions/overview#requires-action',
        }
    return new StripeError(402, { ...fields, payment_intent: present(world, intent) }, true)
  }
  const error = (intent.last_payment_error ?? {}) as { code?: string; message?: string; doc_url?: string }
  const { doc_url: _, ...shown } = error
  const fields = {
    message: 'Your card was declined.',
    ...shown,
    type: 'card_error' as const,
    payment_intent: present(world, intent),
  }
  return new StripeError(402, fields, true)
}

import { randomId } from '../../ids.ts'
import { invalid, missing, StripeError } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { emit } from '../events/events.ts'
import { longId, present, type Stored, tell, type World } from '../world.ts'
import { checkedBy } from './card-checks.ts'
import { cardOf, declineFields } from './cards.ts'
import type { Decline } from './declines.ts'
import { notTheirs } from './intent-changes.ts'
import { attachTo, findPaymentMethod, markSetUp, type PaymentMethod, spent } from './payment-methods.ts'
import { endAttempt, recordAttempt } from './setup-attempts.ts'
import { type AskFor, asksPerson, nextActionOf } from './three-d-secure.ts'

export type SetupIntent = Stored & {
  automatic_payment_methods: { allow_redirects: 'always' | 'never'; enabled: boolean } | null
  cancellation_reason: string | null
  client_secret: string
  created: number
  customer: string | null
  description: string | null
  last_setup_error: object | null
  latest_attempt: string | null
  metadata: Record<string, string>
  next_action: object | null
  payment_method: string | null
  payment_method_options: { card: { request_three_d_secure: AskFor } & Record<string, unknown> }
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled'
  usage: 'off_session' | 'on_session'
}

const constants = {
  allowed_payment_method_types: null,
  application: null,
  customer_account: null,
  excluded_payment_method_types: null,
  flow_directions: null,
  livemode: false,
  mandate: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_method_types: ['card'],
  single_use_mandate: null,
}

type Given = Omit<Partial<SetupIntent>, 'metadata'> & { metadata?: Record<string, string> | null }

/** Makes an intent to save a card; also for Checkout, whose sessions in setup mode have one from their start. */
export function createSetupIntent(world: World, given: Given): SetupIntent {
  const id = longId('seti_')
  const intent = {
    id,
    object: 'setup_intent',
    ...constants,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomId('', 25)}`,
    created: world.clock.now(),
    customer: null,
    description: null,
    last_setup_error: null,
    latest_attempt: null,
    next_action: null,
    payment_method: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' as const },
    },
    status: given.payment_method ? ('requires_confirmation' as const) : ('requires_payment_method' as const),
    usage: 'off_session' as const,
    ...given,
    metadata: mergeMetadata({}, given.metadata),
  }
  world.store.put<SetupIntent>('setup_intent', intent)
  emit(world, 'setup_intent.created', intent)
  return intent
}

export function findSetupIntent(world: World, id = ''): SetupIntent {
  const found = world.store.get<SetupIntent>('setup_intent', id)
  if (!found) throw missing('setupintent', id, 'intent', 404)
  return found
}

/** 400 about a setup intent, shown with it as recorded answers of the real API do. */
export function setupRefusal(
  world: World,
  intent: SetupIntent,
  message: string,
  about: { code?: string; param?: string } = { code: 'setup_intent_unexpected_state' },
): StripeError {
  const shown = present(world, intent)
  return new StripeError(400, { type: 'invalid_request_error', message, ...about, setup_intent: shown })
}

/** The payment method that is set up; refused where it is another customer's or has had its one use. */
export function methodToSetUp(world: World, id: string, customer: string | null): PaymentMethod {
  const method = findPaymentMethod(world, id)
  if (method.hidden.spent) throw spent()
  if (!method.customer || method.customer === customer) return method
  if (customer) throw notTheirs(method, customer)
  throw invalid(
    `The payment method supplied (${id}) belongs to the Customer ${method.customer}. Please include the Customer in the \`customer\` parameter on the SetupIntent.`,
    { param: 'payment_method' },
  )
}

function fail(world: World, intent: SetupIntent, error: object): SetupIntent {
  const after = world.store.put<SetupIntent>('setup_intent', {
    ...intent,
    last_setup_error: error,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  })
  emit(world, 'setup_intent.setup_failed', after)
  tell(world, 'setup_intent.settled', after)
  return after
}

function declined(world: World, intent: SetupIntent, method: PaymentMethod, decline: Decline): StripeError {
  const error = {
    ...declineFields(decline),
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    ...(decline.code === 'expired_card' ? { param: 'exp_month' } : {}),
    payment_method: present(world, method),
  }
  const attempt = recordAttempt(world, intent, method, { setup_error: error, status: 'failed' })
  const after = fail(world, { ...intent, latest_attempt: attempt.id }, error)
  const { doc_url: _, ...shown } = error
  return new StripeError(402, { ...shown, setup_intent: present(world, after) }, true)
}

function succeed(world: World, intent: SetupIntent, method: PaymentMethod): SetupIntent {
  if (intent.customer) attachTo(world, method.id, intent.customer)
  else {
    const checks = checkedBy(cardOf(method.hidden.number), method.card.checks)
    world.store.put('payment_method', { ...method, card: { ...method.card, checks } })
  }
  if (intent.usage === 'off_session') markSetUp(world, method.id)
  const after = world.store.put<SetupIntent>('setup_intent', {
    ...intent,
    last_setup_error: null,
    next_action: null,
    status: 'succeeded',
  })
  emit(world, 'setup_intent.succeeded', after)
  tell(world, 'setup_intent.settled', after)
  return after
}

/**
 * Sets up a card for later use: at once, after 3-D Secure (`requires_action`), or not at all, which is a 402 that stays
 * on record. Tells `setup_intent.settled` of what came of it.
 */
export function confirmSetup(
  world: World,
  given: SetupIntent,
  methodId: string,
  way: { returnUrl: string | null; stripeSdk: boolean } = { returnUrl: null, stripeSdk: false },
): SetupIntent {
  const method = methodToSetUp(world, methodId, given.customer)
  const card = cardOf(method.hidden.number)
  const intent = { ...given, payment_method: method.id }
  if (card.onAttach) throw declined(world, intent, method, card.onAttach)
  const requested = intent.payment_method_options.card.request_three_d_secure
  const asks = asksPerson(card, { setUp: false, offSession: false, requested })
  const status = asks ? 'requires_action' : 'succeeded'
  const attempt = recordAttempt(world, intent, method, { setup_error: null, status })
  const tried = { ...intent, latest_attempt: attempt.id }
  if (!asks) return succeed(world, tried, method)
  const after = world.store.put<SetupIntent>('setup_intent', {
    ...tried,
    next_action: nextActionOf(world, intent.id, way),
    status: 'requires_action',
  })
  emit(world, 'setup_intent.requires_action', after)
  return after
}

/** What a person does at the 3-D Secure step of a setup. */
export function finishSetup(world: World, id: string, passed: boolean): SetupIntent {
  const intent = findSetupIntent(world, id)
  if (intent.status !== 'requires_action' || !intent.payment_method)
    throw setupRefusal(world, intent, `This SetupIntent is ${intent.status} and has nothing to authenticate.`)
  const method = findPaymentMethod(world, intent.payment_method)
  if (passed) {
    endAttempt(world, intent.latest_attempt, { setup_error: null, status: 'succeeded' })
    return succeed(world, intent, method)
  }
  const code = 'setup_intent_authentication_failure'
  const error = {
    code,
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    message:
      'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this SetupIntent again.',
    payment_method: present(world, method),
    type: 'invalid_request_error',
  }
  endAttempt(world, intent.latest_attempt, { setup_error: error, status: 'failed' })
  return fail(world, intent, error)
}

/** Gives up an intent that is not over. */
export function cancelSetup(world: World, intent: SetupIntent, reason: string | null): SetupIntent {
  if (intent.status === 'requires_action')
    endAttempt(world, intent.latest_attempt, { setup_error: null, status: 'abandoned' })
  const after = world.store.put<SetupIntent>('setup_intent', {
    ...intent,
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  })
  emit(world, 'setup_intent.canceled', after)
  return after
}

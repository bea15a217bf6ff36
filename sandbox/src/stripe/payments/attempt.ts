import { invalid, StripeError } from '../api/errors.ts'
import { emit } from '../events/events.ts'
import { present, tell, type World } from '../world.ts'
import { countUse, declineOf } from './card-use.ts'
import { cardOf, declineFields } from './cards.ts'
import { announceCharge, createCharge } from './charges.ts'
import { type Decline, declines } from './declines.ts'
import { openDispute } from './disputes.ts'
import { warnOfFraud } from './fraud-warnings.ts'
import { findIntent, type PaymentIntent } from './payment-intents.ts'
import { attachTo, findPaymentMethod, markSetUp, markSpent, type PaymentMethod } from './payment-methods.ts'
import { asksPerson, nextActionOf } from './three-d-secure.ts'

/** How a confirmation is made: what has happened to 3-D Secure, and what is to happen where it is asked for. */
type How = {
  /** The person has just passed 3-D Secure. */
  authenticated?: boolean
  /** The person is not there: a card that asks for 3-D Secure is declined. */
  offSession?: boolean
  /** Anything that the person would have to do fails the payment. */
  failsOnAction?: boolean
  returnUrl?: string | null
  stripeSdk?: boolean
}

/** Leaves the intent without a payment method, with why. */
function refuse(world: World, intent: PaymentIntent, error: object): PaymentIntent {
  const failed = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    last_payment_error: error,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  })
  emit(world, 'payment_intent.payment_failed', failed)
  return failed
}

const docUrl = (code: string) => `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`

function fail(world: World, intent: PaymentIntent, method: PaymentMethod, decline: Decline): PaymentIntent {
  const charge = createCharge(world, { intent, method, decline, authenticated: false })
  const { type, ...shown } = declineFields(decline)
  const error = {
    ...shown,
    charge: charge.id,
    doc_url: docUrl(decline.code),
    payment_method: present(world, method),
    type,
  }
  announceCharge(world, charge)
  return refuse(world, { ...intent, latest_charge: charge.id }, error)
}

/** Declines a payment made without the person, for whom the bank would have had a question; nothing is charged. */
function failOffSession(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const { type, ...shown } = declineFields(declines.authentication_required)
  const about = { ...shown, doc_url: docUrl(shown.code), payment_method: present(world, method), type }
  return refuse(world, intent, about)
}

/** Fails a payment that needed the person though nobody would wait for one; the bank was not asked. */
function failUnattended(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const code = 'authentication_required'
  const message =
    'This payment required an authentication action to complete, but `error_on_requires_action` was set. When you are ready, let the customer authenticate instead.'
  const about = { code, doc_url: docUrl(code), message, payment_method: present(world, method) }
  return refuse(world, intent, { ...about, type: 'card_error' })
}

const week = 7 * 86_400

function succeed(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  authenticated: boolean,
): PaymentIntent {
  const charge = createCharge(world, { intent, method, decline: undefined, authenticated })
  const held = intent.capture_method === 'manual'
  const done = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    amount_capturable: held ? intent.amount : 0,
    amount_received: held ? 0 : intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: held ? 'requires_capture' : 'succeeded',
    hidden: { invoice: intent.hidden.invoice },
  })
  countUse(world, method)
  if (intent.setup_future_usage && intent.customer) {
    attachTo(world, method.id, intent.customer)
    if (authenticated && intent.setup_future_usage === 'off_session') markSetUp(world, method.id)
  } else markSpent(world, method.id)
  if (held) {
    const at = world.clock.now() + week
    world.clock.schedule({ id: `capture ${intent.id}`, at, what: 'payment_intent.expire', object: intent.id })
  }
  announceCharge(world, charge)
  if (!held) {
    openDispute(world, charge, method)
    warnOfFraud(world, charge, method)
  }
  emit(world, held ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', done)
  return done
}

function waitForPerson(world: World, intent: PaymentIntent, how: How): PaymentIntent {
  const way = { returnUrl: how.returnUrl ?? null, stripeSdk: how.stripeSdk ?? false }
  const waiting = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    next_action: nextActionOf(world, intent.id, way),
    status: 'requires_action',
  })
  emit(world, 'payment_intent.requires_action', waiting)
  return waiting
}

function attempt(world: World, intent: PaymentIntent, method: PaymentMethod, how: How): PaymentIntent {
  const authenticated = how.authenticated ?? intent.hidden.authenticated ?? false
  const asks = asksPerson(cardOf(method.hidden.number), {
    setUp: method.hidden.setUp,
    offSession: how.offSession ?? false,
    requested: intent.payment_method_options.card.request_three_d_secure,
  })
  if (asks && !authenticated) {
    if (how.offSession) return failOffSession(world, intent, method)
    return how.failsOnAction ? failUnattended(world, intent, method) : waitForPerson(world, intent, how)
  }
  const decline = declineOf(world, method)
  return decline ? fail(world, intent, method, decline) : succeed(world, intent, method, authenticated)
}

/**
 * Tries to collect with a payment method. A card that asks for 3-D Secure leaves the intent at `requires_action` with
 * the address of that step, unless the person has passed it. Tells `payment_intent.settled` of the outcome, whatever
 * it is.
 */
export function confirmIntent(
  world: World,
  given: PaymentIntent,
  method: PaymentMethod,
  how: How = {},
): PaymentIntent {
  const after = attempt(world, { ...given, payment_method: method.id }, method, how)
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
  if (passed && intent.confirmation_method === 'manual')
    return world.store.put<PaymentIntent>('payment_intent', {
      ...intent,
      next_action: null,
      status: 'requires_confirmation',
      hidden: { ...intent.hidden, authenticated: true },
    })
  if (passed) return confirmIntent(world, intent, method, { authenticated: true })
  const code = 'payment_intent_authentication_failure'
  const message =
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.'
  const about = { code, doc_url: docUrl(code), message, payment_method: present(world, method) }
  const after = refuse(world, intent, { ...about, type: 'invalid_request_error' })
  tell(world, 'payment_intent.settled', after)
  return after
}

/** The 402 for an intent whose payment was declined or waits for the person; what was recorded stays. */
export function declineError(world: World, intent: PaymentIntent, offSession = false): StripeError {
  if (intent.status === 'requires_action') {
    const fields = offSession
      ? declineFields(declines.authentication_required)
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

import { randomId } from '../ids.ts'
import { cardOf, declineFields } from './cards.ts'
import { announceCharge, createCharge, findCharge } from './charges.ts'
import { invalid, missing, StripeError } from './errors.ts'
import { emit } from './events.ts'
import { attachTo, findPaymentMethod, markSetUp, markSpent, type PaymentMethod } from './payment-methods.ts'
import { release } from './payments/capture.ts'
import { countUse, declineOf } from './payments/card-use.ts'
import { type Decline, declines } from './payments/declines.ts'
import { openDispute } from './payments/disputes.ts'
import { warnOfFraud } from './payments/fraud-warnings.ts'
import { type AskFor, asksPerson, nextActionOf } from './payments/three-d-secure.ts'
import { present, type Stored, tell, type World } from './world.ts'

export type PaymentIntent = Stored & {
  amount: number
  amount_capturable: number
  amount_received: number
  automatic_payment_methods: { allow_redirects: 'always' | 'never'; enabled: boolean } | null
  canceled_at: number | null
  cancellation_reason: string | null
  capture_method: 'automatic' | 'automatic_async' | 'manual'
  client_secret: string
  confirmation_method: 'automatic' | 'manual'
  created: number
  currency: string
  customer: string | null
  description: string | null
  last_payment_error: object | null
  latest_charge: string | null
  metadata: Record<string, string>
  next_action: object | null
  payment_details?: { customer_reference: null; order_reference: string | null }
  payment_method: string | null
  payment_method_options: { card: { request_three_d_secure: AskFor } & Record<string, unknown> }
  receipt_email: string | null
  setup_future_usage: 'off_session' | 'on_session' | null
  shipping: object | null
  statement_descriptor: string | null
  statement_descriptor_suffix: string | null
  status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'requires_capture'
    | 'succeeded'
    | 'canceled'
  transfer_group: string | null
  /** `authenticated`: the person has confirmed and the server has still to confirm, as it does by hand. */
  hidden: { invoice: string | null; authenticated?: boolean }
}

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

/** Makes an intent; what is not given is as on a plain one. */
export function newIntent(
  world: World,
  given: Pick<PaymentIntent, 'amount' | 'currency' | 'customer'> & Partial<PaymentIntent>,
): PaymentIntent {
  const id = randomId('pi_3', 23)
  const intent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic' as const,
    client_secret: `${id}_secret_${randomId('', 25)}`,
    confirmation_method: 'automatic' as const,
    created: world.clock.now(),
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic' as const,
      },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: given.payment_method ? ('requires_confirmation' as const) : ('requires_payment_method' as const),
    transfer_data: null,
    transfer_group: null,
    hidden: { invoice: null },
    ...given,
  }
  world.store.put<PaymentIntent>('payment_intent', intent)
  emit(world, 'payment_intent.created', intent)
  return intent
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
    /** Whether a subscription is paid: its card is kept for later, and the invoice named (recorded answers). */
    subscribed: boolean
  },
): PaymentIntent {
  const { invoice, method, subscribed, ...given } = about
  const renewable = {
    payment_details: { customer_reference: null, order_reference: invoice },
    setup_future_usage: 'off_session' as const,
  }
  return newIntent(world, {
    ...given,
    ...(subscribed ? renewable : {}),
    payment_method: method,
    hidden: { invoice },
  })
}

export function findIntent(world: World, id: string, param = 'id'): PaymentIntent {
  const found = world.store.get<PaymentIntent>('payment_intent', id)
  // In a path Stripe calls the parameter by its own name.
  if (!found)
    throw missing('payment_intent', id, param === 'id' ? 'intent' : param, param === 'id' ? 404 : 400)
  return found
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

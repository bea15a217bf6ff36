import { invalid, StripeError } from '../api/errors.ts'
import type { Values } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { change } from '../events/events.ts'
import { present, type World } from '../world.ts'
import { confirmIntent, declineError } from './attempt.ts'
import { unexpectedState } from './capture.ts'
import { changesOf, methodFor } from './intent-changes.ts'
import type { confirmation } from './intent-parameters.ts'
import type { PaymentIntent } from './payment-intents.ts'

const stateMessage = (intent: PaymentIntent) =>
  intent.status === 'succeeded'
    ? 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.'
    : `You cannot confirm this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.`

/** Refuses to confirm without an address to come back to where methods that redirect could be used. */
function checkReturn(world: World, intent: PaymentIntent, given: Values<typeof confirmation>): void {
  const methods = intent.automatic_payment_methods
  if (!methods?.enabled || methods.allow_redirects === 'never') return
  if (given.return_url || given.use_stripe_sdk || given.off_session) return
  if (!world.settings().redirecting_methods) return
  throw invalid(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
    { param: 'return_url' },
  )
}

/** The payment method that is to pay: the one given, the intent's, or the customer's usual one. */
function chosenMethod(world: World, intent: PaymentIntent, given: string | undefined): string {
  const customer = intent.customer ? findCustomer(world, intent.customer, 'customer') : undefined
  const chosen = given ?? intent.payment_method ?? customer?.invoice_settings.default_payment_method
  if (chosen) return chosen
  const rest = customer
    ? `To confirm the PaymentIntent with ${customer.id}, specify a payment method attached to this customer along with the customer ID.`
    : 'You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.'
  const message = `You cannot confirm this PaymentIntent because it's missing a payment method. ${rest}`
  throw unexpectedState(world, intent, message)
}

/** Adds the intent to a refusal about its payment method. */
function shownWith<T>(world: World, intent: PaymentIntent, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    throw new StripeError(error.status, { ...error.fields, payment_intent: present(world, intent) })
  }
}

/** Confirms an intent as the API does: answers it, or refuses with the 402 of its payment that stays on record. */
export function confirm(
  world: World,
  intent: PaymentIntent,
  given: Values<typeof confirmation>,
): PaymentIntent {
  const { status } = intent
  if (status === 'succeeded' || status === 'canceled' || status === 'requires_capture')
    throw unexpectedState(world, intent, stateMessage(intent))
  const chosen = chosenMethod(world, intent, given.payment_method)
  checkReturn(world, intent, given)
  const method = shownWith(world, intent, () => methodFor(world, chosen, intent.customer))
  const { error_on_requires_action: fails, off_session: off, return_url: back, use_stripe_sdk: sdk } = given
  const {
    error_on_requires_action: _e,
    off_session: _o,
    return_url: _r,
    use_stripe_sdk: _u,
    payment_method: _p,
    ...fields
  } = given
  // A card that was authenticated for this intent may be confirmed by hand; another one starts anew.
  const kept = method.id === intent.payment_method ? intent.hidden : { invoice: intent.hidden.invoice }
  const ready = change(world, intent, { ...changesOf(world, intent, fields), hidden: kept }, null)
  const after = confirmIntent(world, ready, method, {
    failsOnAction: fails ?? false,
    offSession: off !== undefined && off !== false,
    returnUrl: back ?? null,
    stripeSdk: sdk ?? false,
  })
  if (after.status === 'requires_payment_method') throw declineError(world, after)
  return after
}

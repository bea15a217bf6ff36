import { StripeError } from '../api/errors.ts'
import { emit, previousAttributes } from '../events/events.ts'
import { present, tell, type World } from '../world.ts'
import { type Charge, findCharge, takeIn } from './charges.ts'
import { openDispute } from './disputes.ts'
import { warnOfFraud } from './fraud-warnings.ts'
import type { PaymentIntent } from './payment-intents.ts'
import type { PaymentMethod } from './payment-methods.ts'
import { giveBack, newRefundId } from './refund.ts'

/** 400 about an intent, shown with it as recorded answers of the real API do. */
export function refusedWith(
  world: World,
  intent: PaymentIntent,
  message: string,
  about: { code?: string; param?: string } = {},
): StripeError {
  const shown = present(world, intent)
  return new StripeError(400, { type: 'invalid_request_error', message, ...about, payment_intent: shown })
}

/** 400 for a step that an intent's state does not allow, with the intent. */
export const unexpectedState = (
  world: World,
  intent: PaymentIntent,
  message: string,
  param?: string,
): StripeError =>
  refusedWith(world, intent, message, {
    code: 'payment_intent_unexpected_state',
    ...(param === undefined ? {} : { param }),
  })

/** Gives back what is held and not captured, as banks do with an authorization that is released. */
export function release(world: World, charge: Charge, amount: number): void {
  const about = { id: newRefundId(), amount, balance_transaction: null, metadata: {}, reason: null }
  giveBack(world, charge, { ...about, status: 'succeeded', type: 'reversal' })
}

function checkCapture(world: World, intent: PaymentIntent, amount: number): void {
  if (intent.status === 'succeeded') {
    throw unexpectedState(
      world,
      intent,
      'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.',
    )
  }
  if (intent.status !== 'requires_capture') {
    throw unexpectedState(
      world,
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    )
  }
  if (amount < 0)
    throw refusedWith(world, intent, 'Invalid non-negative integer', { param: 'amount_to_capture' })
  if (amount === 0) {
    throw refusedWith(world, intent, 'This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: 'amount',
    })
  }
  if (amount > intent.amount_capturable) {
    throw refusedWith(
      world,
      intent,
      'The payment could not be captured because the requested capture amount is greater than the amount you can capture for this charge. Contact us via https://support.stripe.com/contact/ for help.',
      { code: 'amount_too_large' },
    )
  }
}

/**
 * Captures an authorized payment, wholly or in part: the bank releases the rest, which shows nowhere as a refund (recorded
 * answers of the real API). `changes` go onto the charge.
 */
export function capture(
  world: World,
  intent: PaymentIntent,
  amount = intent.amount_capturable,
  changes: Partial<Charge> = {},
): PaymentIntent {
  checkCapture(world, intent, amount)
  world.clock.cancel(`capture ${intent.id}`)
  const before = findCharge(world, intent.latest_charge ?? '')
  const method = world.store.get<PaymentMethod>('payment_method', before.payment_method ?? '')
  if (!method) throw new Error(`Charge ${before.id} has no payment method.`)
  const taken = takeIn(
    world,
    world.store.put<Charge>('charge', { ...before, ...changes, amount_captured: amount, captured: true }),
    method,
  )
  const previous = previousAttributes(present(world, before), present(world, taken))
  emit(world, 'charge.captured', taken, previous)
  openDispute(world, taken, method)
  warnOfFraud(world, taken, method)
  const done = world.store.put<PaymentIntent>('payment_intent', {
    ...intent,
    amount_capturable: 0,
    amount_received: amount,
    status: 'succeeded',
  })
  emit(world, 'payment_intent.succeeded', done)
  tell(world, 'payment_intent.settled', done)
  return done
}

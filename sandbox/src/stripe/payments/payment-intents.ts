import { randomId } from '../../ids.ts'
import { missing } from '../api/errors.ts'
import { emit } from '../events/events.ts'
import type { Stored, World } from '../world.ts'
import type { AskFor } from './three-d-secure.ts'

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

import { invalid } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { integer, mergeMetadata, notYetAll, oneOf, required, text, type Values } from '../api/params.ts'
import { searchIn } from '../api/search.ts'
import { change } from '../events/events.ts'
import { type Call, operation, present, type Resource, type World } from '../world.ts'
import { cancelIntent, expireAuthorization } from './cancel-intent.ts'
import { capture, unexpectedState } from './capture.ts'
import { confirm } from './confirm.ts'
import { changesOf } from './intent-changes.ts'
import { capturing, confirmation, creation, updating } from './intent-parameters.ts'
import { findIntent, newIntent, type PaymentIntent } from './payment-intents.ts'

const plainCard = { installments: null, mandate_options: null, network: null }

function create({ world, params }: Call<Values<typeof creation>>): object {
  const {
    automatic_payment_methods: methods,
    confirm: atOnce,
    confirmation_method: confirmation = 'automatic',
    error_on_requires_action,
    off_session,
    return_url,
    use_stripe_sdk,
    ...fields
  } = params
  const confirming = { error_on_requires_action, off_session, return_url, use_stripe_sdk }
  for (const [name, value] of Object.entries(confirming)) {
    if (value === undefined || atOnce || name === 'use_stripe_sdk') continue
    throw invalid(`You may only specify \`${name}\` when \`confirm\` is true.`, { param: name })
  }
  const now = {
    amount: params.amount,
    currency: params.currency,
    customer: null,
    metadata: {},
    payment_method_options: {
      card: { ...plainCard, request_three_d_secure: 'automatic' as const },
    },
  }
  const { capture_method: captured = 'automatic_async', ...changes } = changesOf(world, now, fields)
  const intent = newIntent(world, {
    ...now,
    ...changes,
    automatic_payment_methods: methods
      ? { allow_redirects: 'always', ...methods }
      : { allow_redirects: 'always', enabled: true },
    capture_method: captured,
    confirmation_method: confirmation,
  })
  if (!atOnce) return present(world, intent)
  const given = Object.fromEntries(Object.entries(confirming).filter(([, value]) => value !== undefined))
  return present(world, confirm(world, intent, given))
}

const changeable = ['requires_payment_method', 'requires_confirmation', 'requires_action']

function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findIntent(world, ids.id ?? '')
  const fixed = (['amount', 'currency', 'customer', 'payment_method', 'capture_method'] as const).find(
    (name) => params[name] !== undefined,
  )
  if (fixed && !changeable.includes(before.status)) {
    throw unexpectedState(
      world,
      before,
      `This PaymentIntent's ${fixed} could not be updated because it has a status of ${before.status}. You may only update the ${fixed} of a PaymentIntent with one of the following statuses: ${changeable.join(', ')}.`,
      fixed,
    )
  }
  const changes = changesOf(world, before, params)
  // A payment method that is put in its place makes what was asked of the person void.
  const restarted =
    changes.payment_method && changes.payment_method !== before.payment_method
      ? { next_action: null, status: 'requires_confirmation' as const }
      : {}
  return present(world, change(world, before, { ...changes, ...restarted }, null))
}

function cancel(world: World, id: string, reason: string | undefined): object {
  const intent = findIntent(world, id)
  if (intent.hidden.invoice) {
    throw invalid('You cannot cancel a PaymentIntent that belongs to an invoice; void the invoice instead.', {
      code: 'payment_intent_unexpected_state',
    })
  }
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw unexpectedState(
      world,
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing.`,
    )
  }
  return present(world, cancelIntent(world, intent, reason ?? null))
}

/** Refuses a client secret that is not the intent's own, as whoever shows a payment in a browser would be refused. */
function checkSecret(intent: PaymentIntent, given: string | undefined): PaymentIntent {
  if (given === undefined || given === intent.client_secret) return intent
  throw invalid(
    'The client_secret provided does not match any associated PaymentIntent on this account. Ensure the provided client_secret and PaymentIntent ID are from the same account.',
    { param: 'client_secret' },
  )
}

export const paymentIntents: Resource = {
  object: 'payment_intent',
  links: {
    application: 'application',
    customer: 'customer',
    latest_charge: 'charge',
    on_behalf_of: 'account',
    review: 'review',
    source: 'source',
    payment_method: 'payment_method',
    'last_payment_error.payment_method': 'payment_method',
  },
  start(world) {
    world.store.index<PaymentIntent>('payment_intent', 'customer', ({ customer }) => customer)
    world.clock.on('payment_intent.expire', ({ object }) => expireAuthorization(world, object))
  },
  operations: [
    operation('POST /v1/payment_intents', creation, create),
    operation(
      'GET /v1/payment_intents',
      { ...pagingAndCreated, customer: text, ...notYetAll('customer_account') },
      (call) => {
        const { customer } = call.params
        const { store } = call.world
        return page(
          call,
          customer === undefined
            ? store.all<PaymentIntent>('payment_intent')
            : store.by<PaymentIntent>('payment_intent', 'customer', customer),
        )
      },
    ),
    operation(
      'GET /v1/payment_intents/search',
      { query: required(text), limit: integer, page: text },
      (call) => searchIn(call, [...call.world.store.all<PaymentIntent>('payment_intent')]),
    ),
    operation('GET /v1/payment_intents/{id}', { client_secret: text }, ({ world, params, ids }) =>
      present(world, checkSecret(findIntent(world, ids.id ?? ''), params.client_secret)),
    ),
    operation('POST /v1/payment_intents/{id}', updating, update),
    operation('POST /v1/payment_intents/{id}/confirm', confirmation, ({ world, params, ids }) =>
      present(world, confirm(world, findIntent(world, ids.id ?? ''), params)),
    ),
    operation('POST /v1/payment_intents/{id}/capture', capturing, ({ world, params, ids }) => {
      const { amount_to_capture: amount, metadata, statement_descriptor_suffix: suffix } = params
      const before = findIntent(world, ids.id ?? '')
      const changes = suffix === undefined ? {} : { statement_descriptor_suffix: suffix }
      const intent = { ...before, ...changes, metadata: mergeMetadata(before.metadata, metadata) }
      return present(world, capture(world, intent, amount, changes))
    }),
    operation(
      'POST /v1/payment_intents/{id}/cancel',
      { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
      ({ world, params, ids }) => cancel(world, ids.id ?? '', params.cancellation_reason),
    ),
  ],
}

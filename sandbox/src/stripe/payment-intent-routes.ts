import { invalid } from './errors.ts'
import { change } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import { boolean, clearableText, mergeMetadata, metadata, notYetAll, oneOf, text } from './params.ts'
import {
  cancelIntent,
  confirmIntent,
  declineError,
  findIntent,
  type PaymentIntent,
} from './payment-intents.ts'
import { attachTo, findPaymentMethod } from './payment-methods.ts'
import { operation, present, type Resource } from './world.ts'

export const paymentIntents: Resource = {
  object: 'payment_intent',
  links: {
    customer: 'customer',
    latest_charge: 'charge',
    payment_method: 'payment_method',
    'last_payment_error.payment_method': 'payment_method',
  },
  start(world) {
    world.store.index<PaymentIntent>('payment_intent', 'customer', ({ customer }) => customer)
  },
  operations: [
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
    operation('GET /v1/payment_intents/{id}', { client_secret: text }, ({ world, ids }) =>
      present(world, findIntent(world, ids.id ?? '')),
    ),
    operation(
      'POST /v1/payment_intents/{id}',
      { description: clearableText, metadata },
      ({ world, params, ids }) => {
        const before = findIntent(world, ids.id ?? '')
        const changes = {
          ...(params.description === undefined ? {} : { description: params.description }),
          metadata: mergeMetadata(before.metadata, params.metadata),
        }
        return present(world, change(world, before, changes, null))
      },
    ),
    operation(
      'POST /v1/payment_intents/{id}/confirm',
      {
        payment_method: text,
        off_session: boolean,
        return_url: text,
        setup_future_usage: oneOf('off_session', 'on_session'),
      },
      ({ world, params, ids }) => {
        const intent = findIntent(world, ids.id ?? '')
        if (intent.status === 'succeeded' || intent.status === 'canceled') {
          throw invalid(`This PaymentIntent's status is ${intent.status}; it cannot be confirmed.`, {
            code: 'payment_intent_unexpected_state',
          })
        }
        const chosen = params.payment_method ?? intent.payment_method
        if (!chosen) {
          throw invalid('You cannot confirm this PaymentIntent because it is missing a payment method.', {
            code: 'payment_intent_unexpected_state',
          })
        }
        const method = findPaymentMethod(world, chosen)
        const owned =
          method.customer || !intent.customer ? method : attachTo(world, method.id, intent.customer)
        const after = confirmIntent(world, intent, owned)
        if (after.status === 'requires_payment_method') throw declineError(world, after)
        return present(world, after)
      },
    ),
    operation(
      'POST /v1/payment_intents/{id}/cancel',
      { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
      ({ world, params, ids }) => {
        const intent = findIntent(world, ids.id ?? '')
        if (intent.hidden.invoice) {
          throw invalid(
            'You cannot cancel a PaymentIntent that belongs to an invoice; void the invoice instead.',
            { code: 'payment_intent_unexpected_state' },
          )
        }
        return present(world, cancelIntent(world, intent, params.cancellation_reason ?? null))
      },
    ),
  ],
}

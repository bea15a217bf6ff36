import { invalid, StripeError } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import {
  address,
  clearable,
  clearableText,
  integer,
  mergeMetadata,
  metadata,
  notYetAll,
  notYetValues,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import type { Customer } from '../customers/balance.ts'
import { findCustomer } from '../customers/balance.ts'
import { change, emit } from '../events/events.ts'
import { operation, present, type Resource, type Stored, type World } from '../world.ts'
import { cardOf, checkCvc, numberOfToken } from './cards.ts'
import { otherMethodTypes } from './payment-method-types.ts'
import {
  attachTo,
  createPaymentMethod,
  findPaymentMethod,
  noAddress,
  type PaymentMethod,
} from './payment-methods.ts'
import type { TestCard } from './test-cards.ts'

const billingDetails = object({
  address: clearable(address),
  email: clearableText,
  name: clearableText,
  phone: clearableText,
  ...notYetAll('tax_id'),
})

function detach(world: World, method: PaymentMethod): PaymentMethod {
  if (!method.customer) {
    throw invalid(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
    )
  }
  const customer = world.store.get<Customer>('customer', method.customer)
  if (customer && !customer.deleted && customer.invoice_settings.default_payment_method === method.id) {
    const settings = { ...customer.invoice_settings, default_payment_method: null }
    change(world, customer, { invoice_settings: settings }, 'customer.updated')
  }
  for (const holder of world.store.by<Stored & { default_payment_method: string | null }>(
    'subscription',
    'customer',
    method.customer,
  )) {
    if (holder.default_payment_method !== method.id) continue
    change(world, holder, { default_payment_method: null }, 'customer.subscription.updated')
  }
  const before = present(world, method)
  const hidden = { ...method.hidden, spent: true }
  const after = world.store.put('payment_method', { ...method, customer: null, hidden })
  emit(world, 'payment_method.detached', after, { customer: before.customer })
  return after
}

const cardParams = object({
  number: text,
  exp_month: integer,
  exp_year: integer,
  cvc: text,
  token: text,
  ...notYetAll('networks'),
})

type CardGiven = Values<{
  number: typeof text
  token: typeof text
  cvc: typeof text
  exp_month: typeof integer
  exp_year: typeof integer
}>

function cardFrom(world: World, given: CardGiven): TestCard {
  if (given.token !== undefined) {
    const number = numberOfToken(given.token)
    if (number) return cardOf(number)
    throw invalid(`Invalid token id: ${given.token}`, { param: 'token' })
  }
  for (const name of ['number', 'exp_month', 'exp_year'] as const) {
    if (given[name] !== undefined) continue
    const param = `card[${name}]`
    throw invalid(`Missing required param: ${param}.`, { param, code: 'parameter_missing' })
  }
  if (!world.settings().raw_card_numbers) {
    throw new StripeError(402, {
      type: 'invalid_request_error',
      message:
        'Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing. To enable testing raw card data APIs, see https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.',
    })
  }
  const card = cardOf(given.number ?? '')
  if (given.cvc !== undefined) checkCvc(card, given.cvc)
  return card
}

const redisplay = oneOf('always', 'limited', 'unspecified')

/** Payment methods of other kinds: nobody here can pay with them, so each is refused by its name. */
const otherKinds = notYetAll(...otherMethodTypes, 'interac_present', 'radar_options')

const anyType = oneOf('card', ...otherMethodTypes)

/** A customer's payment methods that fit what a list was asked for. */
const methodsOf = (
  world: World,
  customer: string,
  { type, allow_redisplay: shown }: { type?: string; allow_redisplay?: string },
): PaymentMethod[] =>
  world.store
    .by<PaymentMethod>('payment_method', 'customer', customer)
    .filter((method) => type === undefined || method.type === type)
    .filter((method) => shown === undefined || method.allow_redisplay === shown)

export const paymentMethods: Resource = {
  object: 'payment_method',
  links: { customer: 'customer' },
  start(world) {
    world.store.index<PaymentMethod>('payment_method', 'customer', ({ customer }) => customer)
  },
  operations: [
    operation(
      'POST /v1/payment_methods',
      {
        type: required(notYetValues(oneOf('card'), ...otherMethodTypes)),
        card: cardParams,
        billing_details: billingDetails,
        metadata,
        allow_redisplay: redisplay,
        // Both copy a payment method to a connected account.
        ...notYetAll('customer', 'payment_method'),
        ...otherKinds,
      },
      ({ world, params }) => {
        const card = params.card ?? {}
        const about = {
          ...(card.exp_month === undefined ? {} : { exp_month: card.exp_month }),
          ...(card.exp_year === undefined ? {} : { exp_year: card.exp_year }),
          ...(params.billing_details ? { billing: params.billing_details } : {}),
          ...(params.allow_redisplay ? { allow_redisplay: params.allow_redisplay } : {}),
          cvc: card.token !== undefined || card.cvc !== undefined,
          metadata: mergeMetadata({}, params.metadata),
        }
        return present(world, createPaymentMethod(world, cardFrom(world, card), about))
      },
    ),
    operation(
      'GET /v1/payment_methods',
      {
        ...paging,
        customer: text,
        type: anyType,
        allow_redisplay: redisplay,
        ...notYetAll('customer_account'),
      },
      (call) => {
        const { world, params } = call
        // Those of no customer are listed nowhere.
        if (params.customer === undefined) return page(call, [])
        return page(call, methodsOf(world, findCustomer(world, params.customer, 'customer').id, params))
      },
    ),
    operation('GET /v1/payment_methods/{id}', {}, ({ world, ids }) =>
      present(world, findPaymentMethod(world, ids.id ?? '', 'payment_method', 404)),
    ),
    operation(
      'POST /v1/payment_methods/{id}',
      {
        billing_details: billingDetails,
        metadata,
        card: object({ exp_month: integer, exp_year: integer, ...notYetAll('networks') }),
        allow_redisplay: redisplay,
        ...notYetAll('us_bank_account'),
      },
      ({ world, params, ids }) => {
        const before = findPaymentMethod(world, ids.id ?? '', 'payment_method', 404)
        if (!before.customer)
          throw invalid('You must save this PaymentMethod to a customer before you can update it.')
        const { address: where, ...who } = params.billing_details ?? {}
        const changes = {
          billing_details: {
            ...before.billing_details,
            ...who,
            ...(where === undefined
              ? {}
              : { address: where ? { ...before.billing_details.address, ...where } : noAddress }),
          } as PaymentMethod['billing_details'],
          card: { ...before.card, ...params.card } as PaymentMethod['card'],
          ...(params.allow_redisplay ? { allow_redisplay: params.allow_redisplay } : {}),
          metadata: mergeMetadata(before.metadata, params.metadata),
        }
        return present(world, change(world, before, changes, 'payment_method.updated'))
      },
    ),
    operation(
      'POST /v1/payment_methods/{id}/attach',
      { customer: text, ...notYetAll('customer_account') },
      ({ world, params, ids }) => {
        if (params.customer === undefined)
          throw invalid('Must provide customer or customer_account.', { code: 'parameter_missing' })
        return present(world, attachTo(world, ids.id ?? '', params.customer, 404))
      },
    ),
    operation(
      'GET /v1/customers/{id}/payment_methods',
      { ...paging, type: anyType, allow_redisplay: redisplay },
      (call) => {
        const { world, params, ids } = call
        return page(call, methodsOf(world, findCustomer(world, ids.id ?? '').id, params))
      },
    ),
    operation('GET /v1/customers/{id}/payment_methods/{method}', {}, ({ world, ids }) => {
      const customer = findCustomer(world, ids.id ?? '')
      const method = findPaymentMethod(world, ids.method ?? '', 'payment_method', 404)
      if (method.customer === customer.id) return present(world, method)
      throw new StripeError(404, {
        type: 'invalid_request_error',
        message: 'Invalid request',
        param: 'customer',
      })
    }),
    operation('POST /v1/payment_methods/{id}/detach', {}, ({ world, ids }) =>
      present(world, detach(world, findPaymentMethod(world, ids.id ?? '', 'payment_method', 404))),
    ),
  ],
}

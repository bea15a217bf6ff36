import type { Customer } from './balance.ts'
import { findCustomer } from './balance.ts'
import { cardOf, numberOfToken, type TestCard } from './cards.ts'
import { invalid } from './errors.ts'
import { change, emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import {
  address,
  clearable,
  clearableText,
  integer,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from './params.ts'
import {
  attachTo,
  createPaymentMethod,
  findPaymentMethod,
  noAddress,
  type PaymentMethod,
} from './payment-methods.ts'
import { operation, present, type Resource, type Stored, type World } from './world.ts'

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
      { code: 'payment_method_unexpected_state' },
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
  const after = world.store.put('payment_method', { ...method, customer: null })
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

function cardFrom(given: Values<{ number: typeof text; token: typeof text }>): TestCard {
  if (given.token !== undefined) {
    const number = numberOfToken(given.token)
    if (number) return cardOf(number)
    throw invalid(`No such token: '${given.token}'`, { param: 'card[token]', code: 'resource_missing' })
  }
  if (given.number !== undefined) return cardOf(given.number)
  throw invalid('Missing required param: card[number].', { param: 'card[number]', code: 'parameter_missing' })
}

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
        type: required(oneOf('card')),
        card: cardParams,
        billing_details: billingDetails,
        metadata,
        ...notYetAll('customer', 'payment_method', 'allow_redisplay'),
      },
      ({ world, params }) => {
        const card = params.card ?? {}
        const about = {
          ...(card.exp_month === undefined ? {} : { exp_month: card.exp_month }),
          ...(card.exp_year === undefined ? {} : { exp_year: card.exp_year }),
          ...(params.billing_details ? { billing: params.billing_details } : {}),
          metadata: mergeMetadata({}, params.metadata),
        }
        return present(world, createPaymentMethod(world, cardFrom(card), about))
      },
    ),
    operation(
      'GET /v1/payment_methods',
      {
        ...pagingAndCreated,
        customer: text,
        type: oneOf('card'),
        ...notYetAll('customer_account', 'allow_redisplay'),
      },
      (call) => {
        const { customer } = call.params
        if (customer === undefined) {
          return page(
            call,
            [...call.world.store.all<PaymentMethod>('payment_method')].filter((method) => !method.customer),
          )
        }
        return page(
          call,
          call.world.store.by<PaymentMethod>(
            'payment_method',
            'customer',
            findCustomer(call.world, customer, 'customer').id,
          ),
        )
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
        ...notYetAll('allow_redisplay'),
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
            ...(where === undefined ? {} : { address: { ...noAddress, ...where } }),
          } as PaymentMethod['billing_details'],
          card: { ...before.card, ...params.card } as PaymentMethod['card'],
          metadata: mergeMetadata(before.metadata, params.metadata),
        }
        return present(world, change(world, before, changes, 'payment_method.updated'))
      },
    ),
    operation(
      'POST /v1/payment_methods/{id}/attach',
      { customer: required(text) },
      ({ world, params, ids }) => present(world, attachTo(world, ids.id ?? '', params.customer, 404)),
    ),
    operation('POST /v1/payment_methods/{id}/detach', {}, ({ world, ids }) =>
      present(world, detach(world, findPaymentMethod(world, ids.id ?? '', 'payment_method', 404))),
    ),
  ],
}

import { createHash } from 'node:crypto'
import type { Customer } from './balance.ts'
import { findCustomer } from './balance.ts'
import { cardOf, declineFields, numberOfToken, type TestCard } from './cards.ts'
import { invalid, StripeError } from './errors.ts'
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
import { longId, operation, present, type Resource, type Stored, type World } from './world.ts'

export type PaymentMethod = Stored & {
  billing_details: {
    address: Record<string, string | null>
    email: string | null
    name: string | null
    phone: string | null
    tax_id: null
  }
  card: {
    brand: string
    last4: string
    exp_month: number
    exp_year: number
    fingerprint: string
    [field: string]: unknown
  }
  created: number
  customer: string | null
  metadata: Record<string, string>
  type: 'card'
  hidden: { number: string; setUp: boolean }
}

const billingDetails = object({
  address: clearable(address),
  email: clearableText,
  name: clearableText,
  phone: clearableText,
  ...notYetAll('tax_id'),
})

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

type Billing = Partial<{
  address: Record<string, string | null | undefined> | null
  email: string | null
  name: string | null
  phone: string | null
}>

/** Makes a card payment method that is not attached yet. */
export function createPaymentMethod(
  world: World,
  card: TestCard,
  about: { exp_month?: number; exp_year?: number; billing?: Billing; metadata?: Record<string, string> } = {},
): PaymentMethod {
  const year = new Date(world.clock.now() * 1000).getUTCFullYear()
  const { exp_month: month = 12, exp_year: given = year + 2 } = about
  const expYear = given < 100 ? 2000 + given : given
  if (month < 1 || month > 12) {
    throw new StripeError(402, {
      type: 'card_error',
      code: 'invalid_expiry_month',
      param: 'card[exp_month]',
      message: "Your card's expiration month is invalid.",
    })
  }
  const now = new Date(world.clock.now() * 1000)
  if (expYear * 12 + month < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1 || expYear > year + 50) {
    throw new StripeError(402, {
      type: 'card_error',
      code: 'invalid_expiry_year',
      param: 'card[exp_year]',
      message: "Your card's expiration year is invalid.",
    })
  }
  const billing = about.billing ?? {}
  const method: PaymentMethod = {
    id: longId('pm_'),
    object: 'payment_method',
    ...{ allow_redisplay: 'unspecified', customer_account: null, livemode: false },
    billing_details: {
      address: { ...noAddress, ...billing.address },
      email: billing.email ?? null,
      name: billing.name ?? null,
      phone: billing.phone ?? null,
      tax_id: null,
    },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand === 'amex' ? 'american_express' : card.brand,
      exp_month: month,
      exp_year: expYear,
      fingerprint: createHash('sha256')
        .update(card.number)
        .digest('base64url')
        .replace(/[-_]/g, 'x')
        .slice(0, 16),
      funding: 'credit',
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: world.clock.now(),
    customer: null,
    metadata: about.metadata ?? {},
    type: 'card',
    hidden: { number: card.number, setUp: false },
  }
  return world.store.put('payment_method', method)
}

function unknownMethod(id: string, param: string, status: number): StripeError {
  const message = `No such PaymentMethod: '${id}'; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication`
  return new StripeError(status, { type: 'invalid_request_error', code: 'resource_missing', message, param })
}

/** A payment method by id. A test token such as `pm_card_visa` makes a new one each time. */
export function findPaymentMethod(
  world: World,
  id: string,
  param = 'payment_method',
  status = 400,
): PaymentMethod {
  const found = world.store.get<PaymentMethod>('payment_method', id)
  if (found) return found
  const number = id.startsWith('pm_card_') ? numberOfToken(id) : undefined
  if (!number) throw unknownMethod(id, param, status)
  return createPaymentMethod(world, cardOf(number))
}

/** Attaches to a customer. A card that the bank refuses is a 402 here already. */
export function attachTo(world: World, id: string, customerId: string, status = 400): PaymentMethod {
  const customer = findCustomer(world, customerId, 'customer')
  const method = findPaymentMethod(world, id, 'payment_method', status)
  if (method.customer === customer.id) return method
  if (method.customer) {
    throw invalid('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
    })
  }
  const refused = cardOf(method.hidden.number).onAttach
  if (refused) throw new StripeError(402, { ...declineFields(refused), param: '' })
  const attached = world.store.put('payment_method', { ...method, customer: customer.id })
  emit(world, 'payment_method.attached', attached)
  return attached
}

/** Remembers that the card passed 3-D Secure for later use, so that it is not asked again. */
export function markSetUp(world: World, id: string): void {
  const method = world.store.get<PaymentMethod>('payment_method', id)
  if (method) world.store.put('payment_method', { ...method, hidden: { ...method.hidden, setUp: true } })
}

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

import { createHash } from 'node:crypto'
import { invalid, StripeError } from '../api/errors.ts'
import { findCustomer } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { longId, type Stored, type World } from '../world.ts'
import { type Checks, checkedBy, uncheckedOf } from './card-checks.ts'
import { cardOf, declineFields, numberOfToken } from './cards.ts'
import type { TestCard } from './test-cards.ts'

export type PaymentMethod = Stored & {
  allow_redisplay: 'always' | 'limited' | 'unspecified'
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
    checks: Checks
    [field: string]: unknown
  }
  created: number
  customer: string | null
  metadata: Record<string, string>
  type: 'card'
  /** `setUp`: passed 3-D Secure for later use. `spent`: used without a customer or detached, and so never again. */
  hidden: { number: string; setUp: boolean; spent?: boolean }
}

export const noAddress = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

type Billing = Partial<{
  address: Record<string, string | null | undefined> | null
  email: string | null
  name: string | null
  phone: string | null
}>

type About = {
  exp_month?: number
  exp_year?: number
  billing?: Billing
  metadata?: Record<string, string>
  /** Whether a security code was typed; by default it was. */
  cvc?: boolean
  allow_redisplay?: PaymentMethod['allow_redisplay']
}

/** The expiry, four digits of the year; refused where it has passed or is no month. A test card's own is a year ahead. */
function expiryOf(world: World, about: About): { month: number; expYear: number } {
  const now = new Date(world.clock.now() * 1000)
  const year = now.getUTCFullYear()
  const { exp_month: month = now.getUTCMonth() + 1, exp_year: given = year + 1 } = about
  const expYear = given < 100 ? 2000 + given : given
  if (month < 1 || month > 12) {
    throw new StripeError(402, {
      type: 'card_error',
      code: 'invalid_expiry_month',
      param: 'card[exp_month]',
      message: "Your card's expiration month is invalid.",
    })
  }
  if (expYear * 12 + month < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1 || expYear > year + 50) {
    throw new StripeError(402, {
      type: 'card_error',
      code: 'invalid_expiry_year',
      param: 'card[exp_year]',
      message: "Your card's expiration year is invalid.",
    })
  }
  return { month, expYear }
}

/** Makes a card payment method that is not attached yet. */
export function createPaymentMethod(world: World, card: TestCard, about: About = {}): PaymentMethod {
  const { month, expYear } = expiryOf(world, about)
  const billing = about.billing ?? {}
  const method: PaymentMethod = {
    id: longId('pm_'),
    object: 'payment_method',
    allow_redisplay: about.allow_redisplay ?? 'unspecified',
    ...{ customer_account: null, livemode: false },
    billing_details: {
      address: { ...noAddress, ...billing.address },
      email: billing.email ?? null,
      name: billing.name ?? null,
      phone: billing.phone ?? null,
      tax_id: null,
    },
    card: {
      brand: card.brand,
      checks: uncheckedOf({ cvc: about.cvc ?? true, address: billing.address }),
      country: card.country,
      display_brand: card.brand === 'amex' ? 'american_express' : card.brand,
      exp_month: month,
      exp_year: expYear,
      fingerprint: createHash('sha256')
        .update(card.number)
        .digest('base64url')
        .replace(/[-_]/g, 'x')
        .slice(0, 16),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: card.brand !== 'amex' || card.number !== '378282246310005' },
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
  if (method.hidden.spent) throw spent()
  const card = cardOf(method.hidden.number)
  if (card.onAttach) throw new StripeError(402, { ...declineFields(card.onAttach), param: '' })
  const checks = checkedBy(card, method.card.checks)
  const attached = world.store.put('payment_method', {
    ...method,
    card: { ...method.card, checks },
    customer: customer.id,
  })
  emit(world, 'payment_method.attached', attached)
  return attached
}

/** The refusal of a payment method that was used without a customer, or detached from one. */
export const spent = (): StripeError =>
  invalid(
    'This PaymentMethod was used before without being attached to a Customer, or was detached from a Customer, and may not be used again. To use a PaymentMethod several times, attach it to a Customer first.',
    { code: 'payment_method_unexpected_state' },
  )

/** Remembers that a payment method without a customer has had its one use. */
export function markSpent(world: World, id: string): void {
  const method = world.store.get<PaymentMethod>('payment_method', id)
  if (method && !method.customer)
    world.store.put('payment_method', { ...method, hidden: { ...method.hidden, spent: true } })
}

/** Remembers that the card passed 3-D Secure for later use, so that it is not asked again. */
export function markSetUp(world: World, id: string): void {
  const method = world.store.get<PaymentMethod>('payment_method', id)
  if (method) world.store.put('payment_method', { ...method, hidden: { ...method.hidden, setUp: true } })
}

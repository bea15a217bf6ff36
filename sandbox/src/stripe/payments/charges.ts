import { randomId } from '../../ids.ts'
import { missing } from '../api/errors.ts'
import { emit } from '../events/events.ts'
import type { Stored, World } from '../world.ts'
import { checkedBy } from './card-checks.ts'
import { cardOf } from './cards.ts'
import type { Decline } from './declines.ts'
import type { PaymentMethod } from './payment-methods.ts'
import { recordTransaction } from './transactions.ts'

export type Charge = Stored & {
  amount: number
  amount_captured: number
  amount_refunded: number
  balance_transaction: string | null
  captured: boolean
  created: number
  currency: string
  customer: string | null
  description: string | null
  dispute: string | null
  disputed: boolean
  fraud_details: Record<string, string>
  metadata: Record<string, string>
  payment_intent: string | null
  payment_method: string | null
  receipt_email: string | null
  refunded: boolean
  shipping: object | null
  statement_descriptor_suffix: string | null
  status: 'succeeded' | 'failed'
  transfer_group: string | null
}

const week = 7 * 86_400

function cardDetails(world: World, about: Paying): object {
  const { method, authenticated, intent } = about
  const { amount } = intent
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4, regulated_status } = method.card
  return {
    card: {
      amount_authorized: about.decline ? null : amount,
      authorization_code: '123456',
      brand,
      ...(intent.capture_method === 'manual' && !about.decline
        ? { capture_before: world.clock.now() + week }
        : {}),
      checks: checkedBy(cardOf(method.hidden.number), method.card.checks),
      country,
      electronic_commerce_indicator: authenticated ? '05' : '07',
      exp_month,
      exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint,
      funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: brand,
      network_token: { used: false },
      network_transaction_id: '105102104705511',
      overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
      regulated_status,
      transaction_link_id: null,
      three_d_secure: authenticated
        ? {
            authentication_flow: 'challenge',
            electronic_commerce_indicator: '05',
            exemption_indicator: null,
            result: 'authenticated',
            result_reason: null,
            transaction_id: null,
            version: '2.2.0',
          }
        : null,
      wallet: null,
    },
    type: 'card',
  }
}

const accepted = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 20,
  seller_message: 'Payment complete.',
  type: 'authorized',
}

const blocked = {
  ...accepted,
  network_status: 'not_sent_to_network',
  reason: 'highest_risk_level',
  risk_level: 'highest',
  risk_score: 85,
  seller_message: 'Stripe blocked this payment as too risky.',
  type: 'blocked',
}

function outcomeOf({ method, decline }: Paying): object {
  if (decline?.blocked) return blocked
  if (!decline)
    return cardOf(method.hidden.number).risk === 'elevated'
      ? { ...accepted, risk_level: 'elevated', risk_score: 65 }
      : accepted
  return {
    ...accepted,
    advice_code: decline.advice,
    network_decline_code: decline.network,
    network_status: 'declined_by_network',
    reason: decline.decline_code,
    seller_message:
      decline.decline_code === 'generic_decline'
        ? 'The bank did not return any further details with this decline.'
        : `The bank returned the decline code \`${decline.decline_code}\`.`,
    type: 'issuer_declined',
  }
}

/** The fields that this sandbox never moves away from their first value. */
const constants = {
  application: null,
  application_fee: null,
  application_fee_amount: null,
  destination: null,
  failure_balance_transaction: null,
  livemode: false,
  on_behalf_of: null,
  order: null,
  radar_options: {},
  receipt_number: null,
  // There is no page of a receipt here.
  review: null,
  source: null,
  source_transfer: null,
  transfer_data: null,
}

/** What a card is charged for: the intent, and how the bank answers. */
type Paying = {
  intent: {
    id: string
    amount: number
    capture_method: 'automatic' | 'automatic_async' | 'manual'
    currency: string
    customer: string | null
    description: string | null
    metadata: Record<string, string>
    receipt_email: string | null
    shipping: object | null
    statement_descriptor: string | null
    statement_descriptor_suffix: string | null
    transfer_group: string | null
  }
  method: PaymentMethod
  decline: Decline | undefined
  authenticated: boolean
}

const descriptor = 'SANDBOX'

/**
 * Charges a card for a payment intent; the charge is kept whether it succeeded or was declined. One that is captured by
 * hand holds the amount only; one that is captured asynchronously gets its balance transaction a little later.
 */
export function createCharge(world: World, about: Paying): Charge {
  const { intent, method, decline } = about
  const captured = !decline && intent.capture_method !== 'manual'
  const suffix = intent.statement_descriptor_suffix
  const id = randomId('ch_3', 23)
  const charge = {
    id,
    object: 'charge',
    ...constants,
    amount: intent.amount,
    amount_captured: captured ? intent.amount : 0,
    amount_refunded: 0,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: suffix ? `${descriptor}* ${suffix}` : descriptor,
    captured,
    created: world.clock.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    dispute: null,
    disputed: false,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    metadata: intent.metadata,
    outcome: outcomeOf(about),
    paid: !decline,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: cardDetails(world, about),
    receipt_email: intent.receipt_email,
    receipt_url: decline ? null : `${world.address()}/receipts/${id}`,
    refunded: false,
    shipping: intent.shipping,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: suffix,
    status: decline ? ('failed' as const) : ('succeeded' as const),
    transfer_group: intent.transfer_group,
  }
  world.store.put<Charge>('charge', charge)
  if (!captured) return charge
  if (intent.capture_method === 'automatic') return takeIn(world, charge, method)
  const at = world.clock.now() + world.settings().async_capture_seconds
  world.clock.schedule({ id: `take in ${charge.id}`, at, what: 'charge.take_in', object: charge.id })
  return charge
}

/** Records on the account's balance what a captured charge has earned. */
export function takeIn(world: World, charge: Charge, method: PaymentMethod): Charge {
  const card = cardOf(method.hidden.number)
  const transaction = recordTransaction(world, {
    amount: charge.amount_captured,
    availableAtOnce: card.availableAtOnce ?? false,
    currency: charge.currency,
    description: charge.description,
    source: charge.id,
    type: 'charge',
  })
  return world.store.put<Charge>('charge', { ...charge, balance_transaction: transaction })
}

/** Takes in a charge that was captured asynchronously, where that has not been done yet, and says so. */
export function takeInNow(world: World, id: string): Charge {
  const charge = findCharge(world, id)
  if (charge.balance_transaction || !charge.captured) return charge
  world.clock.cancel(`take in ${id}`)
  const method = world.store.get<PaymentMethod>('payment_method', charge.payment_method ?? '')
  if (!method) throw new Error(`Charge ${id} has no payment method.`)
  const after = takeIn(world, charge, method)
  emit(world, 'charge.updated', after, { balance_transaction: null })
  return after
}

export function findCharge(world: World, id: string, param = 'id'): Charge {
  const found = world.store.get<Charge>('charge', id)
  if (!found) throw missing('charge', id, param)
  return found
}

export const announceCharge = (world: World, charge: Charge): void =>
  void emit(world, charge.status === 'succeeded' ? 'charge.succeeded' : 'charge.failed', charge)

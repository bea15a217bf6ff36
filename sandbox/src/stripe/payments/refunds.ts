import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { integer, mergeMetadata, metadata, notYetAll, oneOf, text, type Values } from '../api/params.ts'
import type { EventType } from '../events/event-types.ts'
import { change, emit, previousAttributes } from '../events/events.ts'
import { writtenAmount } from '../money/money.ts'
import { type Call, operation, present, type Resource, type World } from '../world.ts'
import { cardOf } from './cards.ts'
import { type Charge, findCharge, takeInNow } from './charges.ts'
import type { Dispute } from './disputes.ts'
import { findIntent } from './payment-intents.ts'
import type { PaymentMethod } from './payment-methods.ts'
import { countRefund, giveBack, newRefundId, type Refund } from './refund.ts'
import { recordTransaction } from './transactions.ts'

const creation = {
  amount: integer,
  charge: text,
  metadata,
  payment_intent: text,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  ...notYetAll(
    'currency',
    'customer',
    'instructions_email',
    'origin',
    'refund_application_fee',
    'reverse_transfer',
  ),
}

function chargeOf(world: World, params: Values<typeof creation>): Charge {
  const { charge: id, payment_intent: intentId } = params
  if (id !== undefined) {
    const charge = findCharge(world, id)
    if (intentId === undefined || charge.payment_intent === intentId) return charge
    throw invalid(`The charge ${id} does not belong to the PaymentIntent ${intentId}.`, {
      param: 'payment_intent',
    })
  }
  if (intentId === undefined) {
    throw invalid(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  }
  const intent = findIntent(world, intentId, 'payment_intent')
  if (intent.latest_charge) return findCharge(world, intent.latest_charge)
  throw nothingPaid(intent.id)
}

const nothingPaid = (intent: string | null) =>
  invalid(`This PaymentIntent (${intent}) does not have a successful charge to refund.`)

/** What of a charge can still be given back; refused where there is nothing, or where the bank has taken it already. */
function refundable(world: World, charge: Charge): number {
  if (charge.status !== 'succeeded') throw nothingPaid(charge.payment_intent)
  if (charge.refunded) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  if (!charge.captured) {
    throw invalid(
      `This uncaptured Charge was created by a PaymentIntent (${charge.payment_intent}). You must cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method`,
    )
  }
  const dispute = world.store.get<Dispute>('dispute', charge.dispute ?? '')
  if (dispute?.is_charge_refundable === false) {
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    })
  }
  const waiting = world.store
    .by<Refund>('refund', 'charge', charge.id)
    .filter(({ status }) => status === 'pending')
    .reduce((sum, { amount }) => sum + amount, 0)
  return charge.amount_captured - charge.amount_refunded - waiting
}

function amountOf(world: World, charge: Charge, asked: number | undefined): number {
  const left = refundable(world, charge)
  const amount = asked ?? left
  if (amount < 1) {
    throw invalid('This value must be greater than or equal to 1.', {
      param: 'amount',
      code: 'parameter_invalid_integer',
    })
  }
  if (amount <= left) return amount
  const [more, rest] = [amount, left].map((one) => writtenAmount(one, charge.currency))
  throw invalid(`Refund amount (${more}) is greater than unrefunded amount on charge (${rest})`, {
    param: 'amount',
  })
}

/** How the refunds of the card that was charged go. */
function waysOf(world: World, charge: Charge): 'pending' | 'fail' | undefined {
  const method = world.store.get<PaymentMethod>('payment_method', charge.payment_method ?? '')
  return method && cardOf(method.hidden.number).refunds
}

const halfAnHour = 1800

const recordRefund = (world: World, charge: Charge, about: { id: string; amount: number }): string =>
  recordTransaction(world, {
    amount: -about.amount,
    currency: charge.currency,
    description: charge.description ? `REFUND FOR CHARGE (${charge.description})` : 'REFUND FOR CHARGE',
    source: about.id,
    type: 'refund',
  })

/** Gives back an amount of a captured charge, or all that is left where none is named. */
export function refund(
  world: World,
  given: Charge,
  about: { amount?: number; reason?: string | null; metadata?: Record<string, string> },
): Refund {
  const amount = amountOf(world, given, about.amount)
  const charge = takeInNow(world, given.id)
  const [id, way] = [newRefundId(), waysOf(world, charge)]
  const plain = { id, amount, metadata: about.metadata ?? {}, reason: about.reason ?? null }
  const made =
    way === 'pending'
      ? giveBack(world, charge, { ...plain, balance_transaction: null, status: 'pending', type: 'pending' })
      : giveBack(world, charge, {
          ...plain,
          balance_transaction: recordRefund(world, charge, plain),
          status: 'succeeded',
          type: 'refund',
        })
  if (way) {
    const at = world.clock.now() + world.settings().async_refund_seconds
    world.clock.schedule({ id: `refund ${id}`, at, what: 'refund.end', object: id })
  }
  return made
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  const made = refund(world, chargeOf(world, params), {
    ...(params.amount === undefined ? {} : { amount: params.amount }),
    metadata: mergeMetadata({}, params.metadata),
    reason: params.reason ?? null,
  })
  return present(world, made)
}

/** Puts a refund's end and tells it by all its names: the charge's old event, and the refund's own. */
function say(world: World, before: Refund, after: Refund, types: EventType[]): void {
  const previous = previousAttributes(present(world, before), present(world, after))
  for (const type of types) emit(world, type, after, previous)
}

const settled = { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' }

function end(world: World, id: string): void {
  const before = world.store.get<Refund>('refund', id)
  if (!before) return
  const charge = findCharge(world, before.charge)
  if (before.status === 'pending') {
    const { pending_reason: _, ...rest } = before
    const after = world.store.put<Refund>('refund', {
      ...rest,
      ...{ destination_details: { card: settled, type: 'card' } },
      balance_transaction: recordRefund(world, charge, before),
      status: 'succeeded',
    })
    say(world, before, after, ['refund.updated', 'charge.refund.updated'])
    countRefund(world, charge, before.amount)
  } else if (before.status === 'succeeded') {
    // What the bank could not give back returns to the account and counts as unrefunded again.
    const back = recordTransaction(world, {
      amount: before.amount,
      currency: before.currency,
      description: 'REFUND FAILURE',
      source: before.id,
      type: 'refund_failure',
    })
    const after = world.store.put<Refund>('refund', {
      ...before,
      failure_balance_transaction: back,
      failure_reason: 'expired_or_canceled_card',
      status: 'failed',
    })
    countRefund(world, charge, -before.amount)
    say(world, before, after, ['refund.failed', 'refund.updated', 'charge.refund.updated'])
  }
}

/** A refund that has not reached the customer can be taken back, in test mode for half an hour. */
function cancel(world: World, id: string | undefined): object {
  const before = find(world, id)
  if (before.status !== 'pending' || world.clock.now() > before.created + halfAnHour)
    throw invalid('Canceling this refund is unsupported.')
  world.clock.cancel(`refund ${before.id}`)
  const { pending_reason: _, ...rest } = before
  const after = world.store.put<Refund>('refund', { ...rest, status: 'canceled' })
  say(world, before, after, ['refund.updated', 'charge.refund.updated'])
  return present(world, after)
}

function find(world: World, id = ''): Refund {
  const found = world.store.get<Refund>('refund', id)
  if (!found) throw missing('refund', id)
  return found
}

export const refunds: Resource = {
  object: 'refund',
  links: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    customer: 'customer',
    failure_balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    payment_method: 'payment_method',
    source_transfer_reversal: 'transfer_reversal',
    transfer_reversal: 'transfer_reversal',
  },
  start(world) {
    world.store.index<Refund>('refund', 'charge', ({ charge }) => charge)
    world.store.index<Refund>('refund', 'payment_intent', ({ payment_intent: intent }) => intent)
    world.clock.on('refund.end', ({ object }) => end(world, object))
  },
  operations: [
    operation('POST /v1/refunds', creation, create),
    operation('GET /v1/refunds', { ...pagingAndCreated, charge: text, payment_intent: text }, (call) => {
      const { charge, payment_intent: intent } = call.params
      const { store } = call.world
      const found =
        charge !== undefined
          ? store.by<Refund>('refund', 'charge', charge)
          : intent !== undefined
            ? store.by<Refund>('refund', 'payment_intent', intent)
            : [...store.all<Refund>('refund')]
      return page(
        call,
        found.filter((one) => intent === undefined || one.payment_intent === intent),
      )
    }),
    operation('GET /v1/refunds/{id}', {}, ({ world, ids }) => present(world, find(world, ids.id))),
    operation('POST /v1/refunds/{id}', { metadata }, ({ world, params, ids }) => {
      const before = find(world, ids.id)
      const after = change(world, before, { metadata: mergeMetadata(before.metadata, params.metadata) }, null)
      say(world, before, after, ['refund.updated', 'charge.refund.updated'])
      return present(world, after)
    }),
    operation('POST /v1/refunds/{id}/cancel', {}, ({ world, ids }) => cancel(world, ids.id)),
  ],
}

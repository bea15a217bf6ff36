import { randomId } from '../ids.ts'
import { type Charge, findCharge, recordTransaction } from './charges.ts'
import { invalid, missing } from './errors.ts'
import { change, emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import { integer, mergeMetadata, metadata, notYetAll, oneOf, text, type Values } from './params.ts'
import { findIntent } from './payment-intents.ts'
import { type Call, operation, present, type Resource, type Stored, type World } from './world.ts'

type Refund = Stored & {
  amount: number
  charge: string
  created: number
  payment_intent: string | null
  metadata: Record<string, string>
}

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
  if (params.charge !== undefined) return findCharge(world, params.charge, 'charge')
  if (params.payment_intent === undefined) {
    throw invalid(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  }
  const intent = findIntent(world, params.payment_intent, 'payment_intent')
  if (intent.status === 'succeeded' && intent.latest_charge) return findCharge(world, intent.latest_charge)
  throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
    param: 'payment_intent',
  })
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  const charge = chargeOf(world, params)
  if (charge.status !== 'succeeded')
    throw invalid(`Charge ${charge.id} was not paid and cannot be refunded.`, { param: 'charge' })
  if (charge.refunded) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  const left = charge.amount - charge.amount_refunded
  const amount = params.amount ?? left
  if (amount < 1)
    throw invalid('Invalid positive integer', { param: 'amount', code: 'parameter_invalid_integer' })
  if (amount > left) {
    throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    })
  }
  const id = randomId('re_3', 23)
  const source = {
    amount: -amount,
    currency: charge.currency,
    description: 'REFUND FOR CHARGE',
    source: id,
    type: 'refund' as const,
  }
  const refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: recordTransaction(world, source),
    charge: charge.id,
    created: world.clock.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergeMetadata({}, params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  } satisfies Refund & Record<string, unknown>
  world.store.put<Refund>('refund', refund)
  const refunded = charge.amount_refunded + amount
  const after = world.store.put('charge', {
    ...charge,
    amount_refunded: refunded,
    refunded: refunded === charge.amount,
  })
  const previous = { amount_refunded: charge.amount_refunded, ...(after.refunded ? { refunded: false } : {}) }
  emit(world, 'charge.refunded', after, previous)
  emit(world, 'refund.created', refund)
  return present(world, refund)
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
    payment_intent: 'payment_intent',
    payment_method: 'payment_method',
  },
  start(world) {
    world.store.index<Refund>('refund', 'charge', ({ charge }) => charge)
    world.store.index<Refund>('refund', 'payment_intent', ({ payment_intent: intent }) => intent)
  },
  operations: [
    operation('POST /v1/refunds', creation, create),
    operation('GET /v1/refunds', { ...pagingAndCreated, charge: text, payment_intent: text }, (call) => {
      const { charge, payment_intent: intent } = call.params
      const { store } = call.world
      if (charge !== undefined) return page(call, store.by<Refund>('refund', 'charge', charge))
      return page(
        call,
        intent === undefined
          ? store.all<Refund>('refund')
          : store.by<Refund>('refund', 'payment_intent', intent),
      )
    }),
    operation('GET /v1/refunds/{id}', {}, ({ world, ids }) => present(world, find(world, ids.id))),
    operation('POST /v1/refunds/{id}', { metadata }, ({ world, params, ids }) => {
      const before = find(world, ids.id)
      const changes = { metadata: mergeMetadata(before.metadata, params.metadata) }
      return present(world, change(world, before, changes, 'refund.updated'))
    }),
  ],
}

import { invalid } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  clearable,
  clearableText,
  integer,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
} from '../api/params.ts'
import { searchIn } from '../api/search.ts'
import { findCustomer } from '../customers/balance.ts'
import { change } from '../events/events.ts'
import { innerList, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { type Charge, findCharge, takeInNow } from './charges.ts'
import { shippingOf, shippingParam } from './shipping.ts'

const refundsOf = (world: World, charge: Record<string, unknown>) => {
  const refunds = world.store.by<Stored>('refund', 'charge', String(charge.id)).reverse()
  return innerList(
    `/v1/charges/${charge.id}/refunds`,
    refunds.map((refund) => present(world, refund)),
    10,
  )
}

const update = {
  customer: text,
  description: clearableText,
  fraud_details: object({ user_report: clearable(oneOf('fraudulent', 'safe')) }),
  metadata,
  receipt_email: clearableText,
  shipping: shippingParam,
  transfer_group: text,
}

export const charges: Resource = {
  object: 'charge',
  links: {
    application: 'application',
    application_fee: 'application_fee',
    balance_transaction: 'balance_transaction',
    customer: 'customer',
    dispute: 'dispute',
    failure_balance_transaction: 'balance_transaction',
    on_behalf_of: 'account',
    payment_intent: 'payment_intent',
    refunds: refundsOf,
    review: 'review',
    source_transfer: 'transfer',
    transfer: 'transfer',
  },
  start(world) {
    world.store.index<Charge>('charge', 'payment_intent', (charge) => charge.payment_intent)
    world.store.index<Charge>('charge', 'customer', (charge) => charge.customer)
    world.clock.on('charge.take_in', ({ object: id }) => void takeInNow(world, id))
  },
  operations: [
    operation(
      'GET /v1/charges',
      { ...pagingAndCreated, customer: text, payment_intent: text, transfer_group: text },
      (call) => {
        const { customer, payment_intent: intent, transfer_group: group } = call.params
        const { store } = call.world
        const found =
          intent !== undefined
            ? store.by<Charge>('charge', 'payment_intent', intent)
            : customer !== undefined
              ? store.by<Charge>('charge', 'customer', customer)
              : [...store.all<Charge>('charge')]
        const fits = (charge: Charge) =>
          (group === undefined || charge.transfer_group === group) &&
          (customer === undefined || charge.customer === customer)
        return page(call, found.filter(fits))
      },
    ),
    operation('GET /v1/charges/search', { query: required(text), limit: integer, page: text }, (call) =>
      searchIn(call, [...call.world.store.all<Charge>('charge')]),
    ),
    operation('GET /v1/charges/{id}', {}, ({ world, ids }) =>
      present(world, findCharge(world, ids.id ?? '')),
    ),
    operation('POST /v1/charges/{id}', update, ({ world, params, ids }) => {
      const before = findCharge(world, ids.id ?? '')
      const { customer, shipping, fraud_details: fraud, metadata: given, ...plain } = params
      if (customer !== undefined) {
        if (before.customer !== null)
          throw invalid(`Charge ${before.id} already has a customer.`, { param: 'customer' })
        findCustomer(world, customer, 'customer')
      }
      const changes = {
        ...plain,
        ...(customer === undefined ? {} : { customer }),
        ...(shipping ? { shipping: shippingOf(shipping) } : {}),
        ...(fraud?.user_report === undefined
          ? {}
          : { fraud_details: fraud.user_report ? { user_report: fraud.user_report } : {} }),
        metadata: mergeMetadata(before.metadata, given),
      }
      return present(world, change(world, before, changes, 'charge.updated'))
    }),
  ],
}

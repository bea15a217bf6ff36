import { page, paging, pagingAndCreated } from '../lists.ts'
import { boolean, integer, notYetAll, oneOf, required, text } from '../params.ts'
import { findIntent } from '../payment-intents.ts'
import { searchIn } from '../search.ts'
import { operation, present, type Resource } from '../world.ts'
import { finalizeByHand, markUncollectible, pay, payment } from './by-hand.ts'
import { startCollecting, voidInvoice } from './collect.ts'
import { addition, addLines, create, creation, fields, remove, update } from './drafts.ts'
import { findInvoice, type Invoice, subscriptionOf, viewInvoice } from './invoice.ts'
import { type Line, linesOf } from './lines.ts'
import { paymentsOf } from './payments.ts'

const detailLinks = {
  'pricing.price_details.price': 'price',
  'discount_amounts.discount': 'discount',
  discounts: 'discount',
}

export const lineItems: Resource = {
  object: 'line_item',
  links: detailLinks,
  start(world) {
    world.store.index<Line>('line_item', 'invoice', ({ invoice }) => invoice)
    world.store.index<Line>(
      'line_item',
      'subscription_item',
      ({ parent }) => parent.subscription_item_details?.subscription_item,
    )
  },
}

export const invoices: Resource = {
  object: 'invoice',
  view: viewInvoice,
  links: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    default_source: 'card',
    discounts: 'discount',
    'total_discount_amounts.discount': 'discount',
    latest_revision: 'invoice',
    on_behalf_of: 'account',
    'parent.subscription_details.subscription': 'subscription',
    payments: (world, invoice) => {
      const payments = paymentsOf(world, String(invoice.id)).map((one) => present(world, one))
      // Recorded answers of the real API count the other lists of an invoice, but not this one.
      return {
        object: 'list',
        data: payments.slice(0, 10),
        has_more: payments.length > 10,
        url: '/v1/invoices/payments',
      }
    },
    confirmation_secret: (world, invoice) => {
      const intent = world.store.get<Invoice>('invoice', String(invoice.id))?.hidden.intent
      return intent
        ? { client_secret: findIntent(world, intent).client_secret, type: 'payment_intent' }
        : null
    },
  },
  start(world) {
    world.store.index<Invoice>('invoice', 'customer', ({ customer }) => customer)
    world.store.index<Invoice>('invoice', 'subscription', subscriptionOf)
    startCollecting(world)
  },
  operations: [
    operation('POST /v1/invoices', creation, create),
    operation(
      'GET /v1/invoices',
      {
        ...pagingAndCreated,
        customer: text,
        status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
        subscription: text,
        collection_method: oneOf('charge_automatically', 'send_invoice'),
        ...notYetAll('due_date', 'customer_account'),
      },
      (call) => {
        const { customer, status, subscription, collection_method: method } = call.params
        const { store } = call.world
        const from =
          subscription !== undefined
            ? store.by<Invoice>('invoice', 'subscription', subscription)
            : customer !== undefined
              ? store.by<Invoice>('invoice', 'customer', customer)
              : [...store.all<Invoice>('invoice')]
        const fits = (invoice: Invoice) =>
          (status === undefined || invoice.status === status) &&
          (customer === undefined || invoice.customer === customer) &&
          method !== 'send_invoice'
        return page(call, from.filter(fits))
      },
    ),
    operation('GET /v1/invoices/search', { query: required(text), limit: integer, page: text }, (call) =>
      searchIn(call, [...call.world.store.all<Invoice>('invoice')], {
        customer: (invoice) => invoice.customer,
        subscription: (invoice) => subscriptionOf(invoice),
        status: (invoice) => invoice.status,
        number: (invoice) => invoice.number,
        currency: (invoice) => invoice.currency,
        total: (invoice) => invoice.total,
        created: (invoice) => invoice.created,
        metadata: (invoice) => invoice.metadata,
      }),
    ),
    operation('GET /v1/invoices/{id}', {}, ({ world, ids }) =>
      present(world, findInvoice(world, ids.id ?? '')),
    ),
    operation('POST /v1/invoices/{id}', fields, update),
    operation('DELETE /v1/invoices/{id}', {}, remove),
    operation('GET /v1/invoices/{id}/lines', paging, (call) => {
      const lines = linesOf(call.world, findInvoice(call.world, call.ids.id ?? '').id)
      // Lines are listed in the order in which they stand on the invoice.
      return page(call, lines.reverse())
    }),
    operation('POST /v1/invoices/{id}/add_lines', addition, addLines),
    operation('POST /v1/invoices/{id}/finalize', { auto_advance: boolean }, ({ world, params, ids }) =>
      finalizeByHand(world, ids.id ?? '', params.auto_advance),
    ),
    operation('POST /v1/invoices/{id}/pay', payment, pay),
    operation('POST /v1/invoices/{id}/void', {}, ({ world, ids }) =>
      present(world, voidInvoice(world, findInvoice(world, ids.id ?? ''))),
    ),
    operation('POST /v1/invoices/{id}/mark_uncollectible', {}, markUncollectible),
  ],
}

import { page, pagingAndCreated } from '../api/lists.ts'
import { boolean, inRange, integer, notYetAll, oneOf, range, required, text } from '../api/params.ts'
import { searchIn } from '../api/search.ts'
import { findIntent } from '../payments/payment-intents.ts'
import { operation, present, type Resource } from '../world.ts'
import { attach, attachment, startAttaching } from './attach.ts'
import { finalizeByHand, markUncollectible, pay, payment, sendByHand } from './by-hand.ts'
import { startCollecting } from './collect.ts'
import { create, creation, remove, update } from './drafts.ts'
import { startDueDates } from './due-dates.ts'
import { startGivingUp, voidInvoice } from './give-up.ts'
import { findInvoice, type Invoice, subscriptionOf, viewInvoice } from './invoice.ts'
import { lineOperations } from './line-routes.ts'
import type { Line } from './lines.ts'
import { fields } from './parameters.ts'
import { shownPayments } from './payments.ts'
import { startRevising } from './revise.ts'

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
    account_tax_ids: 'tax_id',
    application: 'application',
    customer: 'customer',
    default_payment_method: 'payment_method',
    default_source: 'card',
    discounts: 'discount',
    'total_discount_amounts.discount': 'discount',
    'total_pretax_credit_amounts.discount': 'discount',
    'from_invoice.invoice': 'invoice',
    test_clock: 'test_helpers.test_clock',
    latest_revision: 'invoice',
    on_behalf_of: 'account',
    'parent.subscription_details.subscription': 'subscription',
    payments: (world, invoice) => shownPayments(world, String(invoice.id)),
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
    world.store.index<Invoice>('invoice', 'number', ({ number }) => number)
    startCollecting(world)
    startAttaching(world)
    startDueDates(world)
    startGivingUp(world)
    startRevising(world)
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
        due_date: range,
        ...notYetAll('customer_account'),
      },
      (call) => {
        const { customer, status, subscription, collection_method: method, due_date: due } = call.params
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
          (method === undefined || invoice.collection_method === method) &&
          (due === undefined || (invoice.due_date !== null && inRange(invoice.due_date, due)))
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
    ...lineOperations,
    operation('POST /v1/invoices/{id}/finalize', { auto_advance: boolean }, ({ world, params, ids }) =>
      finalizeByHand(world, ids.id ?? '', params.auto_advance),
    ),
    operation('POST /v1/invoices/{id}/pay', payment, pay),
    operation('POST /v1/invoices/{id}/void', {}, ({ world, ids }) =>
      present(world, voidInvoice(world, findInvoice(world, ids.id ?? ''))),
    ),
    operation('POST /v1/invoices/{id}/mark_uncollectible', {}, markUncollectible),
    operation('POST /v1/invoices/{id}/send', {}, ({ world, ids }) => sendByHand(world, ids.id ?? '')),
    operation('POST /v1/invoices/{id}/attach_payment', attachment, attach),
  ],
}

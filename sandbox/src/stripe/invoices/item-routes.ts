import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { boolean, clearableText, notYetAll, oneOf, required, text, type Values } from '../api/params.ts'
import { findPrice } from '../catalog/prices.ts'
import { shownTaxRates } from '../catalog/tax-rates.ts'
import { findCustomer } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { type Call, operation, present, type Resource, type World } from '../world.ts'
import { findInvoice, type Invoice, recount } from './invoice.ts'
import { changedItem } from './item-changes.ts'
import { priceItem, pricingParams } from './item-pricing.ts'
import { createItem, type InvoiceItem, putOnInvoice } from './items.ts'
import { changeLine, withLines } from './line-changes.ts'
import type { Line } from './lines.ts'

/** Automatic tax goes by these; computed as zero, it makes nothing of them. */
const taxing = { tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'), tax_code: clearableText }

const creation = {
  ...pricingParams,
  currency: text,
  customer: required(text),
  invoice: text,
  subscription: text,
  ...taxing,
  ...notYetAll('customer_account'),
}

type Creating = Values<typeof creation>

/** The draft that an item is made for, if one is named. */
function draftFor(world: World, { invoice: id, customer }: Creating): Invoice | undefined {
  if (id === undefined) return undefined
  const invoice = findInvoice(world, id, 'invoice')
  if (invoice.status !== 'draft') {
    throw invalid(`Invoice items can only be added to draft invoices; ${invoice.id} is ${invoice.status}.`, {
      param: 'invoice',
      code: 'invoice_not_editable',
    })
  }
  if (invoice.customer === customer) return invoice
  throw invalid('The invoice belongs to another customer.', { param: 'invoice' })
}

function checkSubscription(world: World, { subscription: id, customer }: Creating): void {
  if (id === undefined) return
  if (world.store.get<{ customer: string }>('subscription', id)?.customer === customer) return
  throw missing('subscription', id, 'subscription')
}

/** The currency that is named, or the price's, or the invoice's, which it must be, or the customer's. */
function currencyOf(world: World, params: Creating, invoice: Invoice | undefined): string {
  const price = params.pricing?.price
  const priced = price === undefined ? undefined : findPrice(world, price, 'pricing[price]').currency
  const named = params.currency ?? params.price_data?.currency ?? priced
  const usual = invoice?.currency ?? findCustomer(world, params.customer).currency ?? 'usd'
  const currency = checkCurrency(named ?? usual)
  if (!invoice || invoice.currency === currency) return currency
  throw invalid(`The invoice is in ${invoice.currency}; an item in ${currency} cannot be added to it.`, {
    param: params.currency === undefined ? 'invoice' : 'currency',
  })
}

function create({ world, params }: Call<Creating>): object {
  const customer = findCustomer(world, params.customer, 'customer')
  const invoice = draftFor(world, params)
  checkSubscription(world, params)
  const { subscription } = params
  const item = createItem(world, {
    ...priceItem(world, params, { currency: currencyOf(world, params, invoice) }),
    customer: customer.id,
    invoice: invoice?.id ?? null,
    ...(subscription === undefined ? {} : { subscription: { subscription } }),
  })
  if (invoice) {
    putOnInvoice(world, item, invoice.id)
    recount(world, invoice)
  }
  return present(world, item)
}

function find(world: World, id = ''): InvoiceItem {
  const found = world.store.get<InvoiceItem>('invoiceitem', id)
  if (!found) throw missing('invoiceitem', id)
  return found
}

function checkEditable(world: World, item: InvoiceItem): void {
  if (!item.invoice || findInvoice(world, item.invoice).status === 'draft') return
  throw invalid('This invoice item is on an invoice that is no longer a draft and cannot be changed.', {
    code: 'invoice_not_editable',
  })
}

function lineFor(world: World, item: InvoiceItem): Line | undefined {
  if (!item.invoice) return undefined
  return world.store
    .by<Line>('line_item', 'invoice', item.invoice)
    .find(
      ({ parent }) =>
        (parent.invoice_item_details ?? parent.subscription_item_details)?.invoice_item === item.id,
    )
}

export const invoiceItems: Resource = {
  object: 'invoiceitem',
  view(world, item: InvoiceItem) {
    const { hidden: _, ...shown } = item
    return { ...shown, tax_rates: shownTaxRates(world, item.tax_rates) }
  },
  links: {
    customer: 'customer',
    discounts: 'discount',
    invoice: 'invoice',
    'parent.subscription_details.subscription': 'subscription',
    'pricing.price_details.price': 'price',
    test_clock: 'test_helpers.test_clock',
  },
  start(world) {
    world.store.index<InvoiceItem>('invoiceitem', 'pending', (item) => (item.invoice ? null : item.customer))
    world.store.index<InvoiceItem>('invoiceitem', 'customer', ({ customer }) => customer)
    world.store.index<InvoiceItem>(
      'invoiceitem',
      'subscription_item',
      (item) => item.parent?.subscription_details.subscription_item,
    )
    world.store.index<InvoiceItem>('invoiceitem', 'invoice', ({ invoice }) => invoice)
  },
  operations: [
    operation('POST /v1/invoiceitems', creation, create),
    operation(
      'GET /v1/invoiceitems',
      {
        ...pagingAndCreated,
        customer: text,
        invoice: text,
        pending: boolean,
        ...notYetAll('customer_account'),
      },
      (call) => {
        const { customer, invoice, pending } = call.params
        const { store } = call.world
        const from =
          invoice !== undefined
            ? store.by<InvoiceItem>('invoiceitem', 'invoice', invoice)
            : customer !== undefined
              ? store.by<InvoiceItem>('invoiceitem', 'customer', customer)
              : [...store.all<InvoiceItem>('invoiceitem')]
        return page(
          call,
          from.filter((item) => pending === undefined || (item.invoice === null) === pending),
        )
      },
    ),
    operation('GET /v1/invoiceitems/{id}', {}, ({ world, ids }) => present(world, find(world, ids.id))),
    operation(
      'POST /v1/invoiceitems/{id}',
      { ...pricingParams, ...taxing, ...notYetAll('invoicing_rules') },
      ({ world, params, ids }) => {
        const before = find(world, ids.id)
        checkEditable(world, before)
        const line = lineFor(world, before)
        const invoice = before.invoice === null ? undefined : findInvoice(world, before.invoice)
        if (line && invoice)
          withLines(world, invoice, undefined, () => changeLine(world, invoice, line, params))
        else world.store.put('invoiceitem', changedItem(world, before, params))
        return present(world, find(world, before.id))
      },
    ),
    operation('DELETE /v1/invoiceitems/{id}', {}, ({ world, ids }) => {
      const item = find(world, ids.id)
      checkEditable(world, item)
      const line = lineFor(world, item)
      world.store.remove('invoiceitem', item.id)
      emit(world, 'invoiceitem.deleted', item)
      if (line && item.invoice) {
        world.store.remove('line_item', line.id)
        recount(world, findInvoice(world, item.invoice))
      }
      return { id: item.id, object: 'invoiceitem', deleted: true }
    }),
  ],
}

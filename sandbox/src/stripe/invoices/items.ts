import { findCustomer } from '../balance.ts'
import { invalid, missing } from '../errors.ts'
import { change, emit } from '../events.ts'
import { page, pagingAndCreated } from '../lists.ts'
import { lineAmount } from '../money.ts'
import {
  boolean,
  clearableText,
  decimal,
  integer,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  required,
  text,
  type Values,
} from '../params.ts'
import { checkCurrency, createPrice, findPrice, type Price, priceData, unitAmountOf } from '../prices.ts'
import { createProduct, findProduct } from '../products.ts'
import { type Call, longId, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { findInvoice, recount } from './invoice.ts'
import { type CreditedItems, type Line, newLine, type Period, pricingOf } from './lines.ts'

export type InvoiceItem = Stored & {
  amount: number
  currency: string
  customer: string
  date: number
  description: string | null
  discountable: boolean
  invoice: string | null
  metadata: Record<string, string>
  parent: {
    subscription_details: { subscription: string; subscription_item?: string }
    type: 'subscription_details'
  } | null
  period: Period
  pricing: Line['pricing']
  proration: boolean
  quantity: number
  /** `swept`: it was pending before an invoice took it. */
  hidden: { credited: CreditedItems; swept: boolean }
}

type NewItem = {
  customer: string
  amount: number
  currency: string
  description: string | null
  discountable?: boolean
  invoice?: string | null
  metadata?: Record<string, string>
  subscription?: { subscription: string; subscription_item?: string } | null
  period?: Period
  pricing?: Line['pricing']
  proration?: boolean
  quantity?: number
  credited?: CreditedItems
}

/** Stores an invoice item, pending or on an invoice. */
export function createItem(
  world: World,
  given: NewItem,
  type: string | null = 'invoiceitem.created',
): InvoiceItem {
  const now = world.clock.now()
  const quantity = given.quantity ?? 1
  const item: InvoiceItem = {
    id: longId('ii_'),
    object: 'invoiceitem',
    amount: given.amount,
    currency: given.currency,
    customer: given.customer,
    ...{ customer_account: null },
    date: now,
    description: given.description,
    discountable: given.discountable ?? true,
    ...{ discounts: [] },
    invoice: given.invoice ?? null,
    ...{ livemode: false },
    metadata: given.metadata ?? {},
    ...{ net_amount: given.amount },
    parent: given.subscription
      ? { subscription_details: given.subscription, type: 'subscription_details' }
      : null,
    period: given.period ?? { start: now, end: now },
    pricing: given.pricing ?? null,
    proration: given.proration ?? false,
    quantity,
    ...{ quantity_decimal: String(quantity), tax_rates: [], test_clock: null },
    hidden: { credited: given.credited ?? null, swept: false },
  }
  world.store.put('invoiceitem', item)
  if (type) emit(world, type, item)
  return item
}

/** The line by which an invoice item shows on an invoice. */
export function lineOfItem(item: InvoiceItem, invoice: string): Line {
  const details = item.parent?.subscription_details
  const proration = { proration: item.proration, proration_details: { credited_items: item.hidden.credited } }
  return newLine({
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    discountable: item.discountable,
    invoice,
    metadata: item.metadata,
    parent: details?.subscription_item
      ? {
          invoice_item_details: null,
          subscription_item_details: {
            invoice_item: item.id,
            ...proration,
            subscription: details.subscription,
            subscription_item: details.subscription_item,
          },
          type: 'subscription_item_details',
        }
      : {
          invoice_item_details: {
            invoice_item: item.id,
            ...proration,
            subscription: details?.subscription ?? null,
          },
          subscription_item_details: null,
          type: 'invoice_item_details',
        },
    period: item.period,
    pricing: item.pricing,
    quantity: item.quantity,
  })
}

/** Items of a customer that wait for an invoice: the named subscription's and those of none, or all of one kind. */
export function pendingItems(
  world: World,
  customer: string,
  currency: string,
  subscription?: string,
): InvoiceItem[] {
  return world.store.by<InvoiceItem>('invoiceitem', 'pending', customer).filter((item) => {
    const own = item.parent?.subscription_details.subscription
    return (
      item.currency === currency && (own === undefined || subscription === undefined || own === subscription)
    )
  })
}

/** Puts an item's line on an invoice. */
export function putOnInvoice(world: World, item: InvoiceItem, invoice: string): void {
  const swept = item.invoice === null
  world.store.put('line_item', lineOfItem(item, invoice))
  if (swept) world.store.put('invoiceitem', { ...item, invoice, hidden: { ...item.hidden, swept } })
}

const linePrice = object({ price: text })

/** How an item or added line may be priced. */
export const pricingParams = {
  amount: integer,
  description: clearableText,
  discountable: boolean,
  metadata,
  period: object({ start: required(integer), end: required(integer) }),
  price_data: object(priceData),
  pricing: linePrice,
  quantity: integer,
  unit_amount_decimal: decimal,
  ...notYetAll('discounts', 'tax_behavior', 'tax_code', 'tax_rates', 'quantity_decimal'),
}

type Pricing = Values<typeof pricingParams>

function priceOf(world: World, given: Pricing, param: string): Price | undefined {
  if (given.pricing?.price !== undefined)
    return findPrice(world, given.pricing.price, `${param}pricing[price]`)
  const data = given.price_data
  if (!data) return undefined
  if ((data.product === undefined) === (data.product_data === undefined)) {
    throw invalid('You must specify either `product` or `product_data` in price_data.', {
      param: `${param}price_data[product]`,
    })
  }
  const unitAmount = unitAmountOf(data, `${param}price_data[unit_amount]`)
  const product = data.product_data
    ? createProduct(world, data.product_data as { name: string })
    : findProduct(world, data.product ?? '', `${param}price_data[product]`)
  return createPrice(world, {
    currency: checkCurrency(data.currency),
    product: product.id,
    unitAmount,
    active: false,
  })
}

/** The amount, currency, text and pricing of what was asked for: quantity × unit amount, rounded once. */
export function priceItem(
  world: World,
  given: Pricing,
  about: { currency: string; param?: string },
): Omit<NewItem, 'customer'> {
  const { currency, param = '' } = about
  const price = priceOf(world, given, param)
  const ways = [
    given.amount !== undefined,
    price !== undefined,
    given.unit_amount_decimal !== undefined,
  ].filter(Boolean)
  if (ways.length !== 1) {
    throw invalid('You must specify exactly one of amount, pricing, price_data or unit_amount_decimal.', {
      param: `${param}amount`,
    })
  }
  if (price && price.currency !== currency) {
    throw invalid(`The price's currency (${price.currency}) does not match the invoice's (${currency}).`, {
      param: `${param}price_data[currency]`,
    })
  }
  const quantity = given.quantity ?? 1
  if (given.amount !== undefined && given.quantity !== undefined) {
    throw invalid('You may only specify one of these parameters: amount, quantity.', {
      param: `${param}quantity`,
    })
  }
  const unit = price?.unit_amount_decimal ?? given.unit_amount_decimal
  const amount = unit === undefined ? (given.amount ?? 0) : lineAmount(unit, quantity)
  const product = price && findProduct(world, price.product)
  return {
    amount,
    currency,
    description: given.description ?? product?.name ?? null,
    discountable: given.discountable ?? amount >= 0,
    metadata: mergeMetadata({}, given.metadata),
    ...(given.period ? { period: given.period } : {}),
    pricing: price ? pricingOf(price) : null,
    quantity,
  }
}

const creation = {
  ...pricingParams,
  currency: text,
  customer: required(text),
  invoice: text,
  subscription: text,
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  const customer = findCustomer(world, params.customer, 'customer')
  const invoice = params.invoice === undefined ? undefined : findInvoice(world, params.invoice, 'invoice')
  if (invoice && invoice.status !== 'draft') {
    throw invalid(`Invoice items can only be added to draft invoices; ${invoice.id} is ${invoice.status}.`, {
      param: 'invoice',
      code: 'invoice_not_editable',
    })
  }
  if (invoice && invoice.customer !== customer.id)
    throw invalid('The invoice belongs to another customer.', { param: 'invoice' })
  const subscription = params.subscription
  if (subscription !== undefined && !world.store.get('subscription', subscription)) {
    throw missing('subscription', subscription, 'subscription')
  }
  const priced = params.pricing?.price
    ? findPrice(world, params.pricing.price, 'pricing[price]').currency
    : undefined
  const named =
    params.currency ??
    params.price_data?.currency ??
    priced ??
    invoice?.currency ??
    customer.currency ??
    'usd'
  const item = createItem(world, {
    ...priceItem(world, params, { currency: checkCurrency(named) }),
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
  links: { customer: 'customer', invoice: 'invoice', 'pricing.price_details.price': 'price' },
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
      { ...pagingAndCreated, customer: text, invoice: text, pending: boolean },
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
      { description: clearableText, discountable: boolean, metadata, amount: integer },
      ({ world, params, ids }) => {
        const before = find(world, ids.id)
        checkEditable(world, before)
        const { metadata: given, ...rest } = params
        const line = lineFor(world, before)
        const changes = { ...rest, metadata: mergeMetadata(before.metadata, given) } as Partial<InvoiceItem>
        const after = change(world, before, changes, null)
        if (line && after.invoice) {
          const fresh = lineOfItem(after, after.invoice)
          world.store.put('line_item', { ...fresh, id: line.id })
          recount(world, findInvoice(world, after.invoice))
        }
        return present(world, after)
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

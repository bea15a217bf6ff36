import { findCustomer } from '../balance.ts'
import { invalid, missing, notImplemented } from '../errors.ts'
import { change, emit } from '../events.ts'
import { page, paging, pagingAndCreated } from '../lists.ts'
import {
  boolean,
  clearableText,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../params.ts'
import { declineError, findIntent } from '../payment-intents.ts'
import { findPaymentMethod } from '../payment-methods.ts'
import { checkCurrency } from '../prices.ts'
import { searchIn } from '../search.ts'
import { type Call, innerList, operation, present, type Resource, type World } from '../world.ts'
import { collect, finalize, markPaid, methodFor, startCollecting, voidInvoice } from './collect.ts'
import {
  announceDraft,
  blankInvoice,
  changeInvoice,
  findInvoice,
  type Invoice,
  planFinalization,
  recount,
  subscriptionOf,
  viewInvoice,
} from './invoice.ts'
import {
  createItem,
  type InvoiceItem,
  pendingItems,
  priceItem,
  pricingParams,
  putOnInvoice,
} from './items.ts'
import { type Line, linesOf } from './lines.ts'
import { closePayment, paymentsOf } from './payments.ts'

const fields = {
  auto_advance: boolean,
  automatically_finalizes_at: integer,
  collection_method: oneOf('charge_automatically'),
  default_payment_method: clearableText,
  description: clearableText,
  footer: clearableText,
  metadata,
  statement_descriptor: clearableText,
  automatic_tax: object({ enabled: required(boolean) }),
  ...notYetAll(
    'account_tax_ids',
    'application_fee_amount',
    'custom_fields',
    'days_until_due',
    'default_source',
    'default_tax_rates',
    'discounts',
    'due_date',
    'effective_at',
    'issuer',
    'number',
    'on_behalf_of',
    'payment_settings',
    'rendering',
    'shipping_cost',
    'shipping_details',
    'transfer_data',
  ),
}

function checkDraft(invoice: Invoice, doing: string): void {
  if (invoice.status === 'draft') return
  throw invalid(`This invoice is ${invoice.status} and ${doing}.`, { code: 'invoice_not_editable' })
}

function checkTax(given: { enabled: boolean } | undefined): void {
  if (given?.enabled) throw notImplemented('automatic tax on invoices made by API', 'automatic_tax[enabled]')
}

const creation = {
  ...fields,
  customer: required(text),
  currency: text,
  pending_invoice_items_behavior: oneOf('exclude', 'include'),
  subscription: text,
  ...notYetAll('from_invoice', 'customer_account'),
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  const customer = findCustomer(world, params.customer, 'customer')
  checkTax(params.automatic_tax)
  const { subscription: subscriptionId } = params
  const subscription =
    subscriptionId === undefined
      ? undefined
      : world.store.get<{ id: string; currency: string; metadata: Record<string, string> }>(
          'subscription',
          subscriptionId,
        )
  if (subscriptionId !== undefined && !subscription)
    throw missing('subscription', subscriptionId, 'subscription')
  const currency = checkCurrency(params.currency ?? subscription?.currency ?? customer.currency ?? 'usd')
  if (params.default_payment_method)
    findPaymentMethod(world, params.default_payment_method, 'default_payment_method')
  const draft = blankInvoice(world, {
    customer: customer.id,
    currency,
    reason: 'manual',
    autoAdvance: params.auto_advance ?? false,
    method: params.default_payment_method ?? null,
    description: params.description ?? null,
    metadata: mergeMetadata({}, params.metadata),
    ...(subscription ? { subscription: { id: subscription.id, metadata: subscription.metadata } } : {}),
  })
  const sweeps = subscription
    ? params.pending_invoice_items_behavior !== 'exclude'
    : params.pending_invoice_items_behavior === 'include'
  const items = sweeps ? pendingItems(world, customer.id, currency, subscription?.id) : []
  const own = subscription
    ? items.filter((item) => item.parent?.subscription_details.subscription === subscription.id)
    : items
  if (subscription && own.length === 0)
    throw invalid('Nothing to invoice for subscription', { code: 'invoice_no_subscription_line_items' })
  for (const item of own) putOnInvoice(world, item, draft.id)
  const { footer = null, statement_descriptor: descriptor = null } = params
  const texts = { ...draft, ...{ footer, statement_descriptor: descriptor } }
  const stored = announceDraft(world, texts)
  const at = params.automatically_finalizes_at
  return present(world, at === undefined ? stored : finalizeAt(world, stored, at))
}

function finalizeAt(world: World, invoice: Invoice, at: number): Invoice {
  if (at <= world.clock.now()) {
    throw invalid('automatically_finalizes_at must be in the future.', {
      param: 'automatically_finalizes_at',
    })
  }
  const changes = {
    auto_advance: true,
    automatically_finalizes_at: at,
    hidden: { ...invoice.hidden, finalizesAt: at },
  }
  const after = changeInvoice(world, invoice, changes)
  planFinalization(world, after)
  return after
}

function update({ world, params, ids }: Call<Values<typeof fields>>): object {
  const before = findInvoice(world, ids.id ?? '')
  checkTax(params.automatic_tax)
  const {
    metadata: given,
    automatically_finalizes_at: at,
    auto_advance: advance,
    automatic_tax: _,
    ...rest
  } = params
  if (Object.keys(rest).length || at !== undefined)
    checkDraft(before, 'only its metadata and auto_advance can be changed')
  if (rest.default_payment_method)
    findPaymentMethod(world, rest.default_payment_method, 'default_payment_method')
  const planned = before.automatically_finalizes_at ?? world.clock.now() + 3600
  const advancing =
    advance === undefined
      ? {}
      : {
          auto_advance: advance,
          automatically_finalizes_at: advance && before.status === 'draft' ? planned : null,
        }
  const changes = {
    ...rest,
    ...advancing,
    metadata: mergeMetadata(before.metadata, given),
  } as Partial<Invoice>
  const after = changeInvoice(world, before, changes)
  planFinalization(world, after)
  return present(world, at === undefined ? after : finalizeAt(world, after, at))
}

const addition = {
  lines: required(list(object({ ...pricingParams, invoice_item: text }))),
  invoice_metadata: metadata,
}

function addLines({ world, params, ids }: Call<Values<typeof addition>>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  checkDraft(invoice, 'lines can only be added to a draft')
  const before = linesOf(world, invoice.id).map((line) => present(world, line))
  params.lines.forEach((line, position) => {
    const param = `lines[${position}]`
    const { invoice_item: existing, ...pricing } = line
    if (existing !== undefined) {
      const item = world.store.get<InvoiceItem>('invoiceitem', existing)
      if (!item || item.invoice !== null || item.customer !== invoice.customer) {
        throw missing('invoiceitem', existing, `${param}[invoice_item]`)
      }
      putOnInvoice(world, item, invoice.id)
      return
    }
    const priced = priceItem(world, pricing, { currency: invoice.currency, param })
    const item = createItem(world, { ...priced, customer: invoice.customer, invoice: invoice.id })
    putOnInvoice(world, item, invoice.id)
  })
  // One `invoice.updated` for the lines, the amounts and the metadata together: the lines stand already, so the
  // invoice as it was is shown without them.
  const url = `/v1/invoices/${invoice.id}/lines`
  const counted = recount(
    world,
    { ...invoice, metadata: mergeMetadata(invoice.metadata, params.invoice_metadata) },
    null,
  )
  const { amount_due, amount_remaining, subtotal, total } = invoice
  emit(world, 'invoice.updated', counted, {
    amount_due,
    amount_remaining,
    lines: innerList(url, before, 10),
    subtotal,
    total,
  })
  return present(world, counted)
}

const payment = {
  payment_method: text,
  paid_out_of_band: boolean,
  off_session: boolean,
  ...notYetAll('forgive', 'mandate', 'source'),
}

function pay({ world, params, ids }: Call<Values<typeof payment>>): object {
  const found = findInvoice(world, ids.id ?? '')
  if (found.status === 'paid') throw invalid('Invoice is already paid')
  if (found.status === 'void')
    throw invalid('Invoice is voided and cannot be paid.', { code: 'invoice_not_editable' })
  const chosen =
    params.payment_method === undefined ? undefined : findPaymentMethod(world, params.payment_method)
  if (chosen && chosen.customer !== found.customer) {
    throw invalid('The payment method must be attached to the customer of the invoice.', {
      param: 'payment_method',
    })
  }
  const invoice = found.status === 'draft' ? finalize(world, found) : found
  if (params.paid_out_of_band) {
    if (invoice.hidden.intent) closePayment(world, findIntent(world, invoice.hidden.intent), 'canceled')
    return present(world, markPaid(world, invoice.id, invoice.amount_due))
  }
  const method = chosen ?? methodFor(world, invoice, subscriptionOf(invoice))
  if (!method && invoice.amount_remaining > 0) {
    throw invalid(
      'There is no `default_payment_method` set on this Customer or Invoice. Please update the Customer or Invoice with a `default_payment_method`. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
      { code: 'resource_missing' },
    )
  }
  const after = collect(world, invoice, method)
  if (after.status !== 'paid')
    throw declineError(world, findIntent(world, after.hidden.intent ?? ''), params.off_session)
  return present(world, after)
}

function remove({ world, ids }: Call<unknown>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  if (invoice.status !== 'draft' || subscriptionOf(invoice)) {
    throw invalid(
      'Only draft invoices that are not made by a subscription can be deleted; void a finalized one.',
      { code: 'invoice_not_editable' },
    )
  }
  emit(world, 'invoice.deleted', invoice)
  for (const line of linesOf(world, invoice.id)) world.store.remove('line_item', line.id)
  for (const item of world.store.by<InvoiceItem>('invoiceitem', 'invoice', invoice.id)) {
    // What the invoice had swept up waits again for the next one; what was made for it goes with it.
    if (item.hidden.swept) world.store.put('invoiceitem', { ...item, invoice: null })
    else world.store.remove('invoiceitem', item.id)
  }
  world.clock.cancel(`finalize ${invoice.id}`)
  world.store.remove('invoice', invoice.id)
  return { id: invoice.id, object: 'invoice', deleted: true }
}

function markUncollectible({ world, ids }: Call<unknown>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  if (invoice.status !== 'open')
    throw invalid('Only open invoices can be marked uncollectible.', { code: 'status_transition_invalid' })
  world.clock.cancel(`retry ${invoice.id}`)
  const transitions = { ...invoice.status_transitions, marked_uncollectible_at: world.clock.now() }
  const after = changeInvoice(world, invoice, {
    auto_advance: false,
    next_payment_attempt: null,
    status: 'uncollectible',
    status_transitions: transitions,
  })
  emit(world, 'invoice.marked_uncollectible', after)
  return present(world, after)
}

function finalizeByHand(world: World, id: string, advance: boolean | undefined): object {
  const draft = findInvoice(world, id)
  const open = finalize(
    world,
    advance === undefined ? draft : change(world, draft, { auto_advance: advance }, null),
  )
  // An invoice that advances by itself is tried soon after; one of nothing is paid at once.
  if (open.amount_remaining === 0) return present(world, markPaid(world, open.id, 0))
  if (open.auto_advance) {
    const at = world.clock.now() + 3600
    world.store.put('invoice', { ...findInvoice(world, open.id), next_payment_attempt: at })
    world.clock.schedule({ id: `retry ${open.id}`, at, what: 'invoice.retry', object: open.id })
  }
  return present(world, findInvoice(world, open.id))
}

const detailLinks = { 'pricing.price_details.price': 'price' }

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
    latest_revision: 'invoice',
    on_behalf_of: 'account',
    'parent.subscription_details.subscription': 'subscription',
    payments: (world, invoice) =>
      innerList(
        '/v1/invoices/payments',
        paymentsOf(world, String(invoice.id)).map((one) => present(world, one)),
        10,
      ),
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

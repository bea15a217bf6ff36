import { findCustomer } from '../balance.ts'
import { invalid, missing, notImplemented } from '../errors.ts'
import { emit } from '../events.ts'
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
import { findPaymentMethod } from '../payment-methods.ts'
import { checkCurrency } from '../prices.ts'
import { type Call, innerList, present, type World } from '../world.ts'
import { blankInvoice, type NewInvoice } from './blank.ts'
import {
  announceDraft,
  changeInvoice,
  findInvoice,
  type Invoice,
  planFinalization,
  recount,
  subscriptionOf,
} from './invoice.ts'
import { priceItem, pricingParams } from './item-pricing.ts'
import { createItem, type InvoiceItem, pendingItems, putOnInvoice } from './items.ts'
import { linesOf } from './lines.ts'

export const fields = {
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

export const creation = {
  ...fields,
  customer: required(text),
  currency: text,
  pending_invoice_items_behavior: oneOf('exclude', 'include'),
  subscription: text,
  ...notYetAll('from_invoice', 'customer_account'),
}

/**
 * What an invoice that is made by hand for a subscription takes from it: it stands for the time from the beginning of
 * the period until now, and may be empty (recorded answers of the real API).
 */
function ofSubscription(
  world: World,
  { id, metadata }: { id: string; metadata: Record<string, string> },
): Pick<NewInvoice, 'period' | 'subscription'> {
  const items = world.store.by<{ current_period_start: number }>('subscription_item', 'subscription', id)
  const starts = items.map(({ current_period_start: start }) => start)
  const now = world.clock.now()
  return { subscription: { id, metadata }, period: { start: Math.min(now, ...starts), end: now } }
}

export function create({ world, params }: Call<Values<typeof creation>>): object {
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
    ...(subscription ? ofSubscription(world, subscription) : {}),
  })
  const sweeps = subscription
    ? params.pending_invoice_items_behavior !== 'exclude'
    : params.pending_invoice_items_behavior === 'include'
  const items = sweeps ? pendingItems(world, customer.id, currency, subscription?.id) : []
  const own = subscription
    ? items.filter((item) => item.parent?.subscription_details.subscription === subscription.id)
    : items
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

export function update({ world, params, ids }: Call<Values<typeof fields>>): object {
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

export const addition = {
  lines: required(list(object({ ...pricingParams, invoice_item: text }))),
  invoice_metadata: metadata,
}

export function addLines({ world, params, ids }: Call<Values<typeof addition>>): object {
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
  const { amount_due, amount_remaining, subtotal, total, total_discount_amounts } = invoice
  const discounted = JSON.stringify(total_discount_amounts) !== JSON.stringify(counted.total_discount_amounts)
  emit(world, 'invoice.updated', counted, {
    amount_due,
    amount_remaining,
    lines: innerList(url, before, 10),
    subtotal,
    total,
    ...(discounted ? { total_discount_amounts } : {}),
  })
  return present(world, counted)
}

export function remove({ world, ids }: Call<unknown>): object {
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

import { invalid, missing } from '../api/errors.ts'
import { mergeMetadata, notYetAll, object, oneOf, required, text, type Values } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { type Asked, redeem } from '../discounts/redeem.ts'
import { change, emit } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { itemsOf, nextTurn, type Subscription } from '../subscriptions/subscription.ts'
import { type Call, present, type World } from '../world.ts'
import { blankInvoice } from './blank.ts'
import {
  amountsOf,
  announceDraft,
  changeInvoice,
  findInvoice,
  type Invoice,
  planFinalization,
  subscriptionOf,
} from './invoice.ts'
import { type InvoiceItem, pendingItems, putOnInvoice } from './items.ts'
import { linesOf } from './lines.ts'
import { type Fields, fields, fieldsOf } from './parameters.ts'
import { revision } from './revise.ts'

/** Refuses to edit what is no longer a draft. */
export function checkDraft(invoice: Invoice, doing: string): void {
  if (invoice.status === 'draft') return
  throw invalid(`This invoice is ${invoice.status} and ${doing}.`, { code: 'invoice_not_editable' })
}

export const creation = {
  ...fields,
  customer: text,
  currency: text,
  from_invoice: object({ action: required(oneOf('revision')), invoice: required(text) }),
  pending_invoice_items_behavior: oneOf('exclude', 'include'),
  subscription: text,
  ...notYetAll('customer_account'),
}

/** The discounts that an invoice is asked to have, and no others; null leaves those that it has. */
function discountsOf(world: World, invoice: Invoice, asked: Asked[] | undefined): string[] | null {
  if (!asked) return null
  const subtotal = linesOf(world, invoice.id).reduce((sum, { amount }) => sum + amount, 0)
  const { customer, currency, discounts: kept, id } = invoice
  return redeem(world, asked, { customer, currency, subtotal, invoice: id, kept })
}

function subscriptionFor(world: World, id: string | undefined, customer: string): Subscription | undefined {
  if (id === undefined) return undefined
  const found = world.store.get<Subscription>('subscription', id)
  if (found?.customer === customer) return found
  throw missing('subscription', id, 'subscription')
}

type Creating = Values<typeof creation>

/** A blank draft for a customer, and for a subscription of theirs where one is named. */
function blankFor(world: World, params: Creating): Invoice {
  if (params.customer === undefined)
    throw invalid('Missing required param: customer.', { param: 'customer', code: 'parameter_missing' })
  const customer = findCustomer(world, params.customer, 'customer')
  const subscription = subscriptionFor(world, params.subscription, customer.id)
  const currency = checkCurrency(params.currency ?? subscription?.currency ?? customer.currency ?? 'usd')
  if (subscription && subscription.currency !== currency)
    throw invalid(`The subscription is billed in ${subscription.currency}.`, { param: 'currency' })
  const period = subscription && {
    start: nextTurn(itemsOf(world, subscription.id)).start,
    end: world.clock.now(),
  }
  return blankInvoice(world, {
    customer: customer.id,
    currency,
    reason: 'manual',
    autoAdvance: false,
    ...(subscription && period
      ? { subscription: { id: subscription.id, metadata: subscription.metadata }, period }
      : {}),
  })
}

/** A draft with the lines of the invoice that it is to replace; of another customer or currency it cannot be. */
function revisionFor(world: World, id: string, params: Creating): Invoice {
  const draft = revision(world, id)
  const { customer = draft.customer, currency = draft.currency, subscription } = params
  const other =
    subscription !== undefined
      ? 'subscription'
      : customer !== draft.customer
        ? 'customer'
        : checkCurrency(currency) !== draft.currency
          ? 'currency'
          : null
  if (other === null) return draft
  throw invalid(`A revision has the ${other} of the invoice that it revises.`, { param: other })
}

/** Sweeps up what waits for the customer, or for the subscription alone that the invoice is for. */
function sweep(world: World, draft: Invoice): void {
  const subscription = subscriptionOf(draft)
  const items = pendingItems(world, draft.customer, draft.currency, subscription ?? undefined)
  const own = subscription
    ? items.filter((item) => item.parent?.subscription_details.subscription === subscription)
    : items
  if (subscription && own.length === 0)
    throw invalid('Nothing to invoice for subscription', { code: 'invoice_no_subscription_line_items' })
  for (const item of own) putOnInvoice(world, item, draft.id)
}

export function create({ world, params }: Call<Creating>): object {
  const { from_invoice: from, automatically_finalizes_at: at } = params
  const blank = from ? revisionFor(world, from.invoice, params) : blankFor(world, params)
  const draft: Invoice = {
    ...blank,
    ...fieldsOf(world, blank, params),
    auto_advance: params.auto_advance ?? false,
    metadata: mergeMetadata(blank.metadata, params.metadata),
  }
  if (params.pending_invoice_items_behavior === 'include') sweep(world, draft)
  const discounts = discountsOf(world, draft, params.discounts) ?? draft.discounts
  const stored = announceDraft(world, { ...draft, discounts })
  return present(world, at === undefined ? stored : finalizeAt(world, stored, at))
}

const longestPlan = 5 * 366 * 86_400

function finalizeAt(world: World, invoice: Invoice, at: number): Invoice {
  if (at <= world.clock.now() || at > world.clock.now() + longestPlan) {
    throw invalid('automatically_finalizes_at must be in the future, and at most five years from now.', {
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

/** When a draft is finalised by itself, from now on. */
function advancing(world: World, now: Invoice, advance: boolean | undefined): Partial<Invoice> {
  if (advance === undefined) return {}
  const planned = now.automatically_finalizes_at ?? world.clock.now() + world.settings().draft_seconds
  return {
    auto_advance: advance,
    automatically_finalizes_at: advance && now.status === 'draft' ? planned : null,
  }
}

export function update({ world, params, ids }: Call<Fields>): object {
  const before = findInvoice(world, ids.id ?? '')
  const { metadata: given, automatically_finalizes_at: at, auto_advance: advance, ...rest } = params
  if (Object.keys(rest).length || at !== undefined)
    checkDraft(before, 'only its metadata and auto_advance can be changed')
  const discounts = discountsOf(world, before, params.discounts)
  const changed = {
    ...before,
    ...fieldsOf(world, before, rest),
    ...advancing(world, before, advance),
    ...(discounts ? { discounts } : {}),
    metadata: mergeMetadata(before.metadata, given),
  }
  const { balance } = findCustomer(world, before.customer)
  const counted = before.status === 'draft' ? amountsOf(world, changed, balance) : {}
  const after = change(world, before, { ...changed, ...counted }, 'invoice.updated')
  planFinalization(world, after)
  return present(world, at === undefined ? after : finalizeAt(world, after, at))
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

import { invalid } from '../api/errors.ts'
import { listen, type World } from '../world.ts'
import { blankInvoice } from './blank.ts'
import { voidInvoice } from './give-up.ts'
import { findInvoice, type Invoice, subscriptionOf } from './invoice.ts'
import { createItem, type InvoiceItem, putOnInvoice } from './items.ts'
import { linesOf } from './lines.ts'

const param = 'from_invoice[invoice]'

/**
 * A draft that is to take the place of a finalised invoice, with all that was on it; not announced yet. Only one that is
 * open or uncollectible and of no subscription can be revised (docs.stripe.com/invoicing/invoice-edits).
 */
export function revision(world: World, id: string): Invoice {
  const original = findInvoice(world, id, param)
  if (original.status !== 'open' && original.status !== 'uncollectible')
    throw invalid(`Only open or uncollectible invoices can be revised; ${id} is ${original.status}.`, {
      param,
    })
  if (subscriptionOf(original))
    throw invalid('An invoice of a subscription cannot be revised after it was finalized.', { param })
  const draft: Invoice = {
    ...blankInvoice(world, {
      customer: original.customer,
      currency: original.currency,
      reason: 'manual',
      autoAdvance: false,
      metadata: original.metadata,
    }),
    automatic_tax: original.automatic_tax,
    collection_method: original.collection_method,
    custom_fields: original.custom_fields,
    default_payment_method: original.default_payment_method,
    default_tax_rates: original.default_tax_rates,
    description: original.description,
    discounts: original.discounts,
    due_date: original.due_date,
    footer: original.footer,
    from_invoice: { action: 'revision', invoice: id },
    payment_settings: original.payment_settings,
    rendering: original.rendering,
    shipping_details: original.shipping_details,
    statement_descriptor: original.statement_descriptor,
  }
  for (const line of linesOf(world, id)) {
    const { amount, currency, description, discountable, metadata, period, pricing, quantity_decimal } = line
    const item = createItem(world, {
      ...{ amount, currency, description, discountable, metadata, period, pricing },
      customer: original.customer,
      invoice: draft.id,
      quantity: quantity_decimal,
      taxRates: line.hidden.rates ?? [],
    })
    const discounted = world.store.put<InvoiceItem>('invoiceitem', { ...item, discounts: line.discounts })
    putOnInvoice(world, discounted, draft.id)
  }
  return draft
}

/** Declares what a revision does when it is finalised: the invoice that it revises is void from then on. */
export function startRevising(world: World): void {
  listen<Invoice>(world, 'invoice.finalizing', ({ id, from_invoice: from }) => {
    if (!from) return
    const original = findInvoice(world, from.invoice)
    const revised = world.store.put<Invoice>('invoice', { ...original, latest_revision: id })
    if (original.status === 'open' || original.status === 'uncollectible') voidInvoice(world, revised)
  })
}

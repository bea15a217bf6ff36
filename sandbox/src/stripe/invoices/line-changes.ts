import { invalid, missing, notImplemented } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { emit, previousAttributes } from '../events/events.ts'
import { present, type World } from '../world.ts'
import { type Invoice, recount } from './invoice.ts'
import { changedItem } from './item-changes.ts'
import { type Pricing, within } from './item-pricing.ts'
import { type InvoiceItem, lineOfItem, redeemForItem } from './items.ts'
import type { Line } from './lines.ts'
import { type GivenTax, taxesByHand } from './manual-taxes.ts'

type LineChange = Pricing & { tax_amounts?: GivenTax[] | null }

export function findLine(world: World, invoice: Invoice, id: string, param = 'id'): Line {
  const found = world.store.get<Line>('line_item', id)
  if (found?.invoice === invoice.id) return found
  throw missing('line item', id, param)
}

/** The invoice item that a line shows, if it shows one. */
function itemOf(world: World, { parent }: Line): InvoiceItem | undefined {
  const id = (parent.invoice_item_details ?? parent.subscription_item_details)?.invoice_item
  return id == null ? undefined : world.store.get<InvoiceItem>('invoiceitem', id)
}

/** What a subscription's price and period make of its line is not for an invoice to change. */
const ofSubscription = ['amount', 'price_data', 'pricing', 'quantity', 'quantity_decimal'] as const

function changedSubscriptionLine(
  world: World,
  { line, invoice, param }: { line: Line; invoice: Invoice; param: string },
  given: LineChange,
): Line {
  for (const name of ofSubscription) {
    if (given[name] !== undefined)
      throw notImplemented(`changing ${name} of a subscription's line`, within(param, name))
  }
  const { description, discountable, discounts, metadata, period, tax_rates: rates } = given
  const item = { id: line.id, customer: invoice.customer, currency: line.currency, amount: line.amount }
  return {
    ...line,
    ...(description === undefined ? {} : { description }),
    ...(discountable === undefined ? {} : { discountable }),
    ...(period ? { period } : {}),
    // The metadata of a subscription's line is set whole, that of an item is merged.
    metadata: metadata === undefined ? line.metadata : mergeMetadata({}, metadata),
    ...(discounts
      ? {
          discounts: redeemForItem(world, item, discounts, {
            kept: line.discounts,
            param: within(param, 'discounts'),
          }),
        }
      : {}),
    ...(rates === undefined
      ? {}
      : {
          hidden: { ...line.hidden, rates: checkTaxRates(world, rates, within(param, 'tax_rates')) },
        }),
  }
}

/** Changes a draft's line, and the invoice item that it shows; the invoice is not counted anew yet. */
export function changeLine(world: World, invoice: Invoice, line: Line, given: LineChange, param = ''): void {
  const item = itemOf(world, line)
  let after: Line
  if (item) {
    const changed = changedItem(world, item, given, param)
    world.store.put('invoiceitem', changed)
    after = { ...lineOfItem(changed, invoice.id), id: line.id }
    after = { ...after, hidden: { ...after.hidden, taxes: line.hidden.taxes } }
  } else after = changedSubscriptionLine(world, { line, invoice, param }, given)
  const taxes = given.tax_amounts
  if (taxes !== undefined) {
    if (given.tax_rates !== undefined)
      throw invalid('You may only specify one of these parameters: tax_amounts, tax_rates.', {
        param: within(param, 'tax_amounts'),
      })
    const byHand = taxes?.length ? taxesByHand(world, invoice, taxes, within(param, 'tax_amounts')) : null
    after = { ...after, hidden: { rates: null, taxes: byHand } }
  } else if (given.tax_rates?.length) after = { ...after, hidden: { ...after.hidden, taxes: null } }
  world.store.put<Line>('line_item', after)
}

type Removal = { id: string; behavior: 'delete' | 'unassign' }

/** Takes a line off a draft; its invoice item goes with it, or waits again for another invoice. */
export function removeLine(world: World, line: Line, { behavior }: Removal, param: string): void {
  const item = itemOf(world, line)
  if (!item) throw notImplemented('taking away a line of a subscription', `${param}[id]`)
  world.store.remove('line_item', line.id)
  if (behavior === 'unassign') {
    world.store.put('invoiceitem', { ...item, invoice: null })
    return
  }
  world.store.remove('invoiceitem', item.id)
  emit(world, 'invoiceitem.deleted', item)
}

/** Runs changes of a draft's lines, counts it anew, and says so with one `invoice.updated` for all of them. */
export function withLines(
  world: World,
  invoice: Invoice,
  metadata: Record<string, string> | null | undefined,
  act: () => void,
): Invoice {
  const before = present(world, invoice)
  act()
  const changed = { ...invoice, metadata: mergeMetadata(invoice.metadata, metadata) }
  const counted = recount(world, changed, null)
  const previous = previousAttributes(before, present(world, counted))
  if (Object.keys(previous).length) emit(world, 'invoice.updated', counted, previous)
  return counted
}

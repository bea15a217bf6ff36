import { type Asked, redeem } from '../discounts/redeem.ts'
import type { EventType } from '../events/event-types.ts'
import { emit } from '../events/events.ts'
import { quantityForms } from '../money/money.ts'
import { longId, type Stored, type World } from '../world.ts'
import { type CreditedItems, type Line, newLine, type Period } from './lines.ts'

export type InvoiceItem = Stored & {
  amount: number
  currency: string
  customer: string
  date: number
  description: string | null
  discountable: boolean
  discounts: string[]
  invoice: string | null
  metadata: Record<string, string>
  /** Only of what is not discountable. */
  net_amount?: number
  parent: {
    subscription_details: { subscription: string; subscription_item?: string }
    type: 'subscription_details'
  } | null
  period: Period
  pricing: Line['pricing']
  proration: boolean
  /** Whole units, truncated. */
  quantity: number
  quantity_decimal: string
  /** Ids; the API shows the rates whole. */
  tax_rates: string[]
  /** `swept`: it was pending before an invoice took it. `unitAmount`: what one costs, where no price says so. */
  hidden: { credited: CreditedItems; swept: boolean; unitAmount: string | null }
}

export type NewItem = {
  customer: string
  amount: number
  currency: string
  description: string | null
  discountable?: boolean
  /** Coupons and codes to redeem for this item alone. */
  discounts?: Asked[]
  invoice?: string | null
  metadata?: Record<string, string>
  subscription?: { subscription: string; subscription_item?: string } | null
  period?: Period
  pricing?: Line['pricing']
  proration?: boolean
  /** Exact, with up to 12 places. */
  quantity?: number | string
  credited?: CreditedItems
  /** The pending item for which a proration gives credit. */
  creditedItem?: string
  /** What discounts took off a proration. */
  discountAmounts?: { amount: number; discount: string }[]
  taxRates?: string[]
  /** What one costs, as a decimal of the minor unit, where it has no price. */
  unitAmount?: string | null
}

/** Redeems coupons and codes for an invoice item; `kept` are those it has already. */
export function redeemForItem(
  world: World,
  item: Pick<InvoiceItem, 'id' | 'customer' | 'currency' | 'amount'>,
  asked: Asked[],
  about: { kept?: string[]; param?: string } = {},
): string[] {
  const { customer, currency, amount: subtotal, id } = item
  return redeem(world, asked, { customer, currency, subtotal, invoice_item: id, ...about })
}

/** What a proration gives credit for: an item that is still pending, or lines that were invoiced. */
function prorationDetails({ credited, creditedItem, discountAmounts = [] }: NewItem): object {
  const lines = credited && { invoice_line_item_details: credited, type: 'invoice_line_items' }
  const item = creditedItem === undefined ? null : { invoice_item: creditedItem, type: 'invoice_item' }
  return { credited_items: lines ?? item, discount_amounts: discountAmounts }
}

/** Stores an invoice item, pending or on an invoice. */
export function createItem(
  world: World,
  given: NewItem,
  type: EventType | null = 'invoiceitem.created',
): InvoiceItem {
  const now = world.clock.now()
  const id = longId('ii_')
  const discountable = given.discountable ?? true
  const item: InvoiceItem = {
    id,
    object: 'invoiceitem',
    amount: given.amount,
    currency: given.currency,
    customer: given.customer,
    ...{ customer_account: null },
    date: now,
    description: given.description,
    discountable,
    discounts: redeemForItem(world, { ...given, id }, given.discounts ?? []),
    invoice: given.invoice ?? null,
    ...{ livemode: false },
    metadata: given.metadata ?? {},
    ...(discountable ? {} : { net_amount: given.amount }),
    parent: given.subscription
      ? { subscription_details: given.subscription, type: 'subscription_details' }
      : null,
    period: given.period ?? { start: now, end: now },
    pricing: given.pricing ?? null,
    proration: given.proration ?? false,
    ...(given.proration ? { proration_details: prorationDetails(given) } : {}),
    ...quantityForms(given.quantity ?? 1),
    tax_rates: given.taxRates ?? [],
    ...{ test_clock: world.clock.testClock() },
    hidden: { credited: given.credited ?? null, swept: false, unitAmount: given.unitAmount ?? null },
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
    discounts: item.discounts,
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
    quantity: item.quantity_decimal,
    rates: item.tax_rates.length ? item.tax_rates : null,
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

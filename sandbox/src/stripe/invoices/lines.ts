import { discountsAt } from '../discounts/discount.ts'
import { lineAmount, quantityForms, writtenAmount } from '../money.ts'
import type { Price } from '../prices.ts'
import type { Product } from '../products.ts'
import type { Item } from '../subscriptions/subscription.ts'
import { longId, type Stored, type World } from '../world.ts'

export type Period = { start: number; end: number }
export type CreditedItems = { invoice: string; invoice_line_items: string[] } | null
type ProrationDetails = { credited_items: CreditedItems }

export type LineTax = {
  amount: number
  tax_behavior: 'exclusive' | 'inclusive'
  tax_rate_details: { tax_rate: string }
  taxability_reason: string
  taxable_amount: number
  type: 'tax_rate_details'
}

export type Line = Stored & {
  amount: number
  currency: string
  description: string | null
  discount_amounts: { amount: number; discount: string }[]
  discountable: boolean
  /** Of the line itself, applied before those of the invoice. */
  discounts: string[]
  invoice: string
  metadata: Record<string, string>
  parent:
    | {
        invoice_item_details: {
          invoice_item: string
          proration: boolean
          proration_details: ProrationDetails
          subscription: string | null
        }
        subscription_item_details: null
        type: 'invoice_item_details'
      }
    | {
        invoice_item_details: null
        subscription_item_details: {
          invoice_item: string | null
          proration: boolean
          proration_details: ProrationDetails
          subscription: string
          subscription_item: string
        }
        type: 'subscription_item_details'
      }
  period: Period
  pretax_credit_amounts: object[]
  pricing: {
    price_details: { price: string; product: string }
    type: 'price_details'
    unit_amount_decimal: string | null
  } | null
  /** Whole units, truncated. */
  quantity: number
  quantity_decimal: string
  /** Before any discount or tax. */
  subtotal: number
  taxes: LineTax[]
  /** `rates`: ids of the line's own tax rates; null for the usual ones. `taxes`: amounts that were given by hand. */
  hidden: { rates: string[] | null; taxes: LineTax[] | null }
}

type Derived =
  | 'id'
  | 'object'
  | 'discount_amounts'
  | 'discounts'
  | 'hidden'
  | 'pretax_credit_amounts'
  | 'quantity'
  | 'quantity_decimal'
  | 'subtotal'
  | 'taxes'

/** What was billed for a line after its discounts. */
export const netOf = (line: Line): number =>
  line.discount_amounts.reduce((net, { amount }) => net - amount, line.amount)

export const linesOf = (world: World, invoice: string): Line[] =>
  world.store.by<Line>('line_item', 'invoice', invoice)

/** A line as the API shows it, from the fields that differ; `quantity` is exact. */
export function newLine(
  given: Omit<Line, Derived> & { quantity: number | string; discounts?: string[]; rates?: string[] | null },
): Line {
  const { rates = null, discounts = [], quantity, ...fields } = given
  return {
    id: longId('il_'),
    object: 'line_item',
    ...fields,
    ...quantityForms(quantity),
    discount_amounts: [],
    discounts,
    ...{ livemode: false },
    pretax_credit_amounts: [],
    subtotal: fields.amount,
    taxes: [],
    hidden: { rates, taxes: null },
  }
}

const every = (price: Price): string => {
  if (!price.recurring) return ''
  const { interval, interval_count: times } = price.recurring
  return times === 1 ? ` / ${interval}` : ` every ${times} ${interval}s`
}

/** `2 × Basic (at $10.00 / month)`, with the product's unit where it has one. */
function describe(price: Price, product: Product | undefined, quantity: number): string {
  const unit = product?.unit_label ? ` ${product.unit_label}` : ''
  const each = writtenAmount(price.unit_amount_decimal, price.currency)
  return `${quantity}${unit} × ${product?.name ?? 'Product'} (at ${each}${every(price)})`
}

export const pricingOf = (
  price: Price,
  unitAmount: string | null = price.unit_amount_decimal,
): NonNullable<Line['pricing']> => ({
  price_details: { price: price.id, product: price.product },
  type: 'price_details',
  unit_amount_decimal: unitAmount,
})

/** The line of a subscription's item for one period; a trial's line is free. */
export function subscriptionLine(
  world: World,
  about: {
    invoice: string
    item: Pick<Item, 'id' | 'subscription' | 'quantity' | 'metadata' | 'discounts'>
    price: Price
    period: Period
    trial?: boolean
  },
): Line {
  const { invoice, item, price, period, trial = false } = about
  const product = world.store.get<Product>('product', price.product)
  return newLine({
    amount: trial ? 0 : lineAmount(price.unit_amount_decimal, item.quantity),
    currency: price.currency,
    description: trial
      ? `Trial period for ${product?.name ?? 'Product'}`
      : describe(price, product, item.quantity),
    discountable: true,
    discounts: discountsAt(world, item.discounts, period.start).map(({ id }) => id),
    invoice,
    metadata: item.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period,
    pricing: pricingOf(price, trial ? '0' : price.unit_amount_decimal),
    quantity: item.quantity,
  })
}

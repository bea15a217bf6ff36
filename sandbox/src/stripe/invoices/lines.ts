import { lineAmount, quantityForms, writtenAmount } from '../money.ts'
import type { Price } from '../prices.ts'
import type { Product } from '../products.ts'
import { longId, type Stored, type World } from '../world.ts'

export type Period = { start: number; end: number }
export type CreditedItems = { invoice: string; invoice_line_items: string[] } | null
type ProrationDetails = { credited_items: CreditedItems }

export type Line = Stored & {
  amount: number
  currency: string
  description: string | null
  discount_amounts: { amount: number; discount: string }[]
  discountable: boolean
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
  pricing: {
    price_details: { price: string; product: string }
    type: 'price_details'
    unit_amount_decimal: string | null
  } | null
  /** Whole units, truncated. */
  quantity: number
  quantity_decimal: string
}

/** What was billed for a line after its discounts. */
export const netOf = (line: Line): number =>
  line.discount_amounts.reduce((net, { amount }) => net - amount, line.amount)

export const linesOf = (world: World, invoice: string): Line[] =>
  world.store.by<Line>('line_item', 'invoice', invoice)

/** A line as the API shows it, from the fields that differ; `quantity` is exact. */
export function newLine(
  given: Omit<Line, 'id' | 'object' | 'discount_amounts' | 'quantity' | 'quantity_decimal'> & {
    quantity: number | string
  },
): Line {
  return {
    id: longId('il_'),
    object: 'line_item',
    ...given,
    ...quantityForms(given.quantity),
    discount_amounts: [],
    ...{
      discounts: [],
      livemode: false,
      pretax_credit_amounts: [],
      subscription: null,
      subtotal: given.amount,
      taxes: [],
    },
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
    item: { id: string; subscription: string; quantity: number; metadata: Record<string, string> }
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

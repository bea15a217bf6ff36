import { isMetered, type Price, priceCharges } from '../catalog/prices.ts'
import type { Product } from '../catalog/products.ts'
import { discountsAt } from '../discounts/discount.ts'
import { quantityForms, writtenAmount } from '../money/money.ts'
import type { Charge } from '../money/tiers.ts'
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

/** `2`, or `2 seats` where the product has a unit. */
const counted = (quantity: number | string, product: Product | undefined): string =>
  product?.unit_label ? `${quantity} ${product.unit_label}` : String(quantity)

/**
 * `2 × Basic (at $10.00 / month)`, with the product's unit where it has one; a tier is named, and a tier's flat fee has
 * no quantity: `Basic (Tier 1 at $9.00 / month)`.
 */
function describe(
  about: { price: Price; product: Product | undefined; currency: string },
  charge: Charge,
): string {
  const { price, product, currency } = about
  const count = charge.fee === null ? `${counted(charge.quantity, product)} × ` : ''
  const each = writtenAmount(charge.fee ?? charge.unitAmount ?? 0, currency)
  const per = price.transform_quantity ? ` per ${price.transform_quantity.divide_by} units` : ''
  const tier = charge.tier === null ? '' : `Tier ${charge.tier} `
  return `${count}${product?.name ?? 'Product'} (${tier}at ${each}${per}${every(price)})`
}

export const pricingOf = (
  price: Price,
  unitAmount: string | null = price.unit_amount_decimal,
): NonNullable<Line['pricing']> => ({
  price_details: { price: price.id, product: price.product },
  type: 'price_details',
  unit_amount_decimal: unitAmount,
})

type ItemPeriod = {
  invoice: string
  item: Pick<Item, 'id' | 'subscription' | 'metadata' | 'discounts'>
  price: Price
  period: Period
}

/** The currency in which a subscription is billed, which its prices may have among their options. */
export const currencyOf = (world: World, subscription: string, price: Price): string =>
  world.store.get<{ currency: string }>('subscription', subscription)?.currency ?? price.currency

export function itemLine(
  world: World,
  { invoice, item, price, period }: ItemPeriod,
  fields: { amount: number; description: string; unitAmount: string | null; quantity: number | string },
): Line {
  const { amount, description, unitAmount, quantity } = fields
  return newLine({
    amount,
    currency: currencyOf(world, item.subscription, price),
    description,
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
    pricing: pricingOf(price, unitAmount),
    quantity,
  })
}

/** The lines of a quantity of a subscription item's price for one period: one, or in tiers one for each charge. */
export function chargeLines(world: World, about: ItemPeriod, quantity: number | string): Line[] {
  const { item, price } = about
  const product = world.store.get<Product>('product', price.product)
  const currency = currencyOf(world, item.subscription, price)
  return priceCharges(price, quantity, currency).map((charge) =>
    itemLine(world, about, {
      amount: charge.amount,
      description: describe({ price, product, currency }, charge),
      unitAmount: charge.unitAmount,
      quantity: charge.quantity,
    }),
  )
}

/** Puts the lines of a subscription's item for the period ahead; a trial's is free, and use is billed when it is over. */
export function putItemLines(
  world: World,
  about: ItemPeriod & { item: Pick<Item, 'quantity'>; trial?: boolean },
): void {
  const { item, price, trial = false } = about
  if (isMetered(price)) return
  const product = world.store.get<Product>('product', price.product)
  const free = {
    amount: 0,
    description: `Free trial for ${counted(item.quantity, product)} × ${product?.name ?? 'Product'}`,
    unitAmount: '0',
    quantity: item.quantity,
  }
  const lines = trial ? [itemLine(world, about, free)] : chargeLines(world, about, item.quantity)
  for (const line of lines) world.store.put('line_item', line)
}

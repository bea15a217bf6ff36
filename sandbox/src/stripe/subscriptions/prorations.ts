import { discountsAt } from '../discounts/discount.ts'
import { takeOff } from '../discounts/take-off.ts'
import type { InvoiceItem } from '../invoices/items.ts'
import { createItem } from '../invoices/items.ts'
import { type CreditedItems, type Line, netOf, type Period, pricingOf } from '../invoices/lines.ts'
import { lineAmount, proratedAmount, proratedPart } from '../money.ts'
import { writtenDay } from '../periods.ts'
import type { Product } from '../products.ts'
import type { World } from '../world.ts'
import { type Item, itemsOf, priceOf, type Subscription } from './subscription.ts'

type Debit = { amount: number; period: Period; credited: CreditedItems }

/**
 * What was last debited for an item in its current period, on an invoice or still pending. In flexible billing a
 * credit is computed from this, so that an item that was never charged for gives nothing back.
 */
function lastDebit(world: World, item: Item): Debit | undefined {
  const fits = (one: { amount: number; period: Period }) =>
    one.amount > 0 && one.period.end === item.current_period_end
  const pending = world.store
    .by<InvoiceItem>('invoiceitem', 'subscription_item', item.id)
    .filter((one) => one.invoice === null && fits(one))
    .at(-1)
  if (pending) return { amount: pending.amount, period: pending.period, credited: null }
  const line = world.store.by<Line>('line_item', 'subscription_item', item.id).filter(fits).at(-1)
  return (
    line && {
      amount: netOf(line),
      period: line.period,
      credited: { invoice: line.invoice, invoice_line_items: [line.id] },
    }
  )
}

function named(world: World, item: Item): string {
  const name = world.store.get<Product>('product', priceOf(world, item).product)?.name ?? 'Product'
  return item.quantity === 1 ? name : `${item.quantity} × ${name}`
}

type About = { subscription: Subscription; at: number }

function put(
  world: World,
  about: About,
  item: Item,
  line: { amount: number; description: string; period: Period; credited?: CreditedItems },
): void {
  const price = priceOf(world, item)
  createItem(world, {
    ...line,
    credited: line.credited ?? null,
    currency: price.currency,
    customer: about.subscription.customer,
    discountable: false,
    pricing: pricingOf(price, null),
    proration: true,
    quantity: item.quantity,
    subscription: { subscription: about.subscription.id, subscription_item: item.id },
  })
}

/** The credit for what is left of an item's paid period, as a pending invoice item; none where nothing was paid. */
export function creditUnused(world: World, about: About, item: Item): void {
  const debit = lastDebit(world, item)
  if (!debit) return
  const from = Math.max(about.at, debit.period.start)
  const left = debit.period.end - from
  if (left <= 0) return
  const amount = -proratedPart(debit.amount, left, debit.period.end - debit.period.start)
  const description = `Unused time on ${named(world, item)} after ${writtenDay(about.at)}`
  put(world, about, item, {
    amount: amount || 0,
    description,
    period: { start: from, end: debit.period.end },
    credited: debit.credited,
  })
}

/**
 * An item's price for a whole period after the subscription's discounts, which flexible billing includes in prorations;
 * null where it has none.
 */
function discountedPrice(world: World, { subscription, at }: About, item: Item): number | null {
  const discounts = discountsAt(world, subscription.discounts, at)
  if (discounts.length === 0) return null
  const items = itemsOf(world, subscription.id)
  const lines = items.map((one) => {
    const price = priceOf(world, one)
    const amount = lineAmount(price.unit_amount_decimal, one.quantity)
    return { amount, product: price.product, discountable: true }
  })
  const off = takeOff(
    lines,
    discounts.map(({ hidden }) => hidden.terms),
  )
  const position = items.findIndex(({ id }) => id === item.id)
  return off.reduce((net, shares) => net - (shares[position] ?? 0), lines[position]?.amount ?? 0)
}

/** The charge for the rest of an item's period, as a pending invoice item. */
export function debitRemaining(world: World, about: About, item: Item): void {
  const { current_period_start: start, current_period_end: end } = item
  const discounted = discountedPrice(world, about, item)
  const [left, whole] = [end - about.at, end - start]
  const amount =
    discounted === null
      ? proratedAmount({
          unitAmountDecimal: priceOf(world, item).unit_amount_decimal,
          quantity: item.quantity,
          remainingSeconds: left,
          periodSeconds: whole,
        })
      : proratedPart(discounted, left, whole)
  const description = `Remaining time on ${named(world, item)} after ${writtenDay(about.at)}`
  put(world, about, item, { amount, description, period: { start: about.at, end } })
}

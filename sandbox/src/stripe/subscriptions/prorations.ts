import type { InvoiceItem } from '../invoices/items.ts'
import { createItem } from '../invoices/items.ts'
import { type CreditedItems, type Line, type Period, pricingOf } from '../invoices/lines.ts'
import { proratedAmount, proratedPart } from '../money.ts'
import { writtenDay } from '../periods.ts'
import type { Product } from '../products.ts'
import type { World } from '../world.ts'
import { type Item, priceOf, type Subscription } from './subscription.ts'

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
      amount: line.amount,
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

/** The charge for the rest of an item's period, as a pending invoice item. */
export function debitRemaining(world: World, about: About, item: Item): void {
  const { current_period_start: start, current_period_end: end } = item
  const amount = proratedAmount({
    unitAmountDecimal: priceOf(world, item).unit_amount_decimal,
    quantity: item.quantity,
    remainingSeconds: end - about.at,
    periodSeconds: end - start,
  })
  const description = `Remaining time on ${named(world, item)} after ${writtenDay(about.at)}`
  put(world, about, item, { amount, description, period: { start: about.at, end } })
}

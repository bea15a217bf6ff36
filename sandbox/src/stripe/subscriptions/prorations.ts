import { discountsAt } from '../discounts/discount.ts'
import { sumOf, takeOff } from '../discounts/take-off.ts'
import type { Invoice } from '../invoices/invoice.ts'
import type { InvoiceItem } from '../invoices/items.ts'
import { createItem } from '../invoices/items.ts'
import { type CreditedItems, type Line, netOf, type Period, pricingOf } from '../invoices/lines.ts'
import { proratedPart } from '../money.ts'
import { writtenDay } from '../periods.ts'
import { exactPriceAmount, isMetered } from '../prices.ts'
import type { Product } from '../products.ts'
import type { World } from '../world.ts'
import { type Item, itemAmount, itemsOf, priceOf, type Subscription } from './subscription.ts'

type Debit = { amount: number; period: Period; credited: CreditedItems }

/** Lines by what they bill: a price in tiers has one for each tier, on one invoice and for one period. */
function together(lines: Line[]): [Line, ...Line[]][] {
  const groups = new Map<string, [Line, ...Line[]]>()
  for (const line of lines) {
    const made = line.parent.subscription_item_details?.invoice_item ?? ''
    const key = `${line.invoice} ${line.period.start} ${made}`
    const group = groups.get(key)
    if (group) group.push(line)
    else groups.set(key, [line])
  }
  return [...groups.values()]
}

/** What was debited and credited for an item in its current period, in order: on invoices, then still pending. */
function entriesOf(world: World, item: Item): Debit[] {
  const fits = ({ period }: { period: Period }) => period.end === item.current_period_end
  const lines = world.store
    .by<Line>('line_item', 'subscription_item', item.id)
    .filter((line) => fits(line) && world.store.get<Invoice>('invoice', line.invoice)?.status !== 'void')
  const pending = world.store
    .by<InvoiceItem>('invoiceitem', 'subscription_item', item.id)
    .filter((one) => one.invoice === null && fits(one))
  return [
    ...together(lines).map((billed) => ({
      amount: billed.reduce((sum, line) => sum + netOf(line), 0),
      period: billed[0].period,
      credited: { invoice: billed[0].invoice, invoice_line_items: billed.map(({ id }) => id) },
    })),
    ...pending.map(({ amount, period }) => ({ amount, period, credited: null })),
  ]
}

/** Whether nothing stands paid for an item's current period: never debited, or given back since. */
export const isCredited = (world: World, item: Item): boolean =>
  (entriesOf(world, item).at(-1)?.amount ?? 0) <= 0

/**
 * What was last debited for an item in its current period. In flexible billing a credit is computed from this, so that
 * an item that was never charged for gives nothing back; in classic billing from its price now, charged for or not.
 */
function lastDebit(world: World, about: About, item: Item): Debit | undefined {
  if (about.subscription.billing_mode.type === 'classic') {
    const period = { start: item.current_period_start, end: item.current_period_end }
    return { amount: wholePrice(world, about, item), period, credited: null }
  }
  const last = entriesOf(world, item).at(-1)
  return last && last.amount > 0 ? last : undefined
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
    currency: about.subscription.currency,
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
  if (isMetered(priceOf(world, item))) return
  const debit = lastDebit(world, about, item)
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
  if (discounts.length === 0 && item.discounts.length === 0) return null
  const items = itemsOf(world, subscription.id)
  const lines = items.map((one) => {
    const price = priceOf(world, one)
    const amount = itemAmount(price, one.quantity, subscription.currency)
    const line = { amount, product: price.product, discountable: true }
    const own = discountsAt(world, one.discounts, at).map(({ hidden }) => hidden.terms)
    return { ...line, amount: amount - sumOf(takeOff([line], own)) }
  })
  const off = takeOff(
    lines,
    discounts.map(({ hidden }) => hidden.terms),
  )
  const position = items.findIndex(({ id }) => id === item.id)
  return off.reduce((net, shares) => net - (shares[position] ?? 0), lines[position]?.amount ?? 0)
}

/** An item's price for a whole period, after the subscription's discounts. */
const wholePrice = (world: World, about: About, item: Item): number =>
  discountedPrice(world, about, item) ??
  itemAmount(priceOf(world, item), item.quantity, about.subscription.currency)

/** The charge for the rest of an item's period, as a pending invoice item. */
export function debitRemaining(world: World, about: About, item: Item): void {
  if (isMetered(priceOf(world, item))) return
  const { current_period_start: start, current_period_end: end } = item
  const discounted = discountedPrice(world, about, item)
  const [left, whole] = [end - about.at, end - start]
  const amount =
    discounted === null
      ? proratedPart(
          exactPriceAmount(priceOf(world, item), item.quantity, about.subscription.currency),
          left,
          whole,
        )
      : proratedPart(discounted, left, whole)
  const description = `Remaining time on ${named(world, item)} after ${writtenDay(about.at)}`
  put(world, about, item, { amount, description, period: { start: about.at, end } })
}

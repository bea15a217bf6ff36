import { exactPriceAmount, isMetered } from '../catalog/prices.ts'
import type { Product } from '../catalog/products.ts'
import { type Discount, discountsAt } from '../discounts/discount.ts'
import { sumOf, takeOff } from '../discounts/take-off.ts'
import type { Invoice } from '../invoices/invoice.ts'
import type { InvoiceItem } from '../invoices/items.ts'
import { createItem, type NewItem } from '../invoices/items.ts'
import { type CreditedItems, type Line, netOf, type Period, pricingOf } from '../invoices/lines.ts'
import { proratedPart } from '../money/money.ts'
import { writtenDay } from '../periods.ts'
import type { World } from '../world.ts'
import { type Item, itemAmount, itemsOf, priceOf, type Subscription } from './subscription.ts'

/** `item`: the pending invoice item that it is. */
type Debit = { amount: number; period: Period; credited: CreditedItems; item?: string }

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
    ...pending.map(({ id, amount, period }) => ({ amount, period, credited: null, item: id })),
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
  line: Pick<NewItem, 'amount' | 'description' | 'period' | 'credited' | 'creditedItem' | 'discountAmounts'>,
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
    ...(debit.item === undefined ? {} : { creditedItem: debit.item }),
  })
}

type Off = { amount: number; discount: string }

/**
 * What discounts take off an item's price for a whole period, each by its id: first the item's own, then those of the
 * subscription, which are spread over all items. Flexible billing includes them in prorations.
 */
function discountsOn(world: World, { subscription, at }: About, item: Item): Off[] {
  const shared = discountsAt(world, subscription.discounts, at)
  const own = discountsAt(world, item.discounts, at)
  if (shared.length === 0 && own.length === 0) return []
  const termsOf = (discounts: Discount[]) => discounts.map(({ hidden }) => hidden.terms)
  const items = itemsOf(world, subscription.id)
  const offs = items.map((one) => {
    const price = priceOf(world, one)
    const amount = itemAmount(price, one.quantity, subscription.currency)
    const line = { amount, product: price.product, discountable: true }
    return { line, own: takeOff([line], termsOf(discountsAt(world, one.discounts, at))) }
  })
  const lines = offs.map(({ line, own: taken }) => ({ ...line, amount: line.amount - sumOf(taken) }))
  const position = items.findIndex(({ id }) => id === item.id)
  const spread = takeOff(lines, termsOf(shared))
  return [
    ...own.map(({ id }, which) => ({ amount: offs[position]?.own[which]?.[0] ?? 0, discount: id })),
    ...shared.map(({ id }, which) => ({ amount: spread[which]?.[position] ?? 0, discount: id })),
  ]
}

const sum = (offs: Off[]): number => offs.reduce((total, { amount }) => total + amount, 0)

/** An item's price for a whole period, after all discounts. */
const wholePrice = (world: World, about: About, item: Item): number =>
  itemAmount(priceOf(world, item), item.quantity, about.subscription.currency) -
  sum(discountsOn(world, about, item))

/** The charge for the rest of an item's period, as a pending invoice item. */
export function debitRemaining(world: World, about: About, item: Item): void {
  const price = priceOf(world, item)
  if (isMetered(price)) return
  const { current_period_start: start, current_period_end: end } = item
  const { currency } = about.subscription
  const offs = discountsOn(world, about, item)
  const [left, whole] = [end - about.at, end - start]
  const full = itemAmount(price, item.quantity, currency)
  put(world, about, item, {
    amount: offs.length
      ? proratedPart(full - sum(offs), left, whole)
      : proratedPart(exactPriceAmount(price, item.quantity, currency), left, whole),
    description: `Remaining time on ${named(world, item)} after ${writtenDay(about.at)}`,
    period: { start: about.at, end },
    discountAmounts: offs.map(({ amount, discount }) => ({
      amount: proratedPart(amount, left, whole),
      discount,
    })),
  })
}

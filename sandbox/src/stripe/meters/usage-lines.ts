import { isMetered, type Price } from '../catalog/prices.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { announceDraft, type Invoice, recount } from '../invoices/invoice.ts'
import { createItem, pendingItems, putOnInvoice } from '../invoices/items.ts'
import { chargeLines, type Line, linesOf, type Period } from '../invoices/lines.ts'
import { type Item, itemsOf, priceOf, type Subscription } from '../subscriptions/subscription.ts'
import { listen, type World } from '../world.ts'
import { type MeterEvent, usageReported } from './meter-events.ts'
import { billedUsage, eventsOf } from './usage.ts'

/** `seen`: how many events there had been, so that of one second those before are told from those after. */
type Start = { id: string; at: number; seen: number }

/** Use is billed from now on only: the item is new within its period, or its price is. */
export function startCounting(world: World, subscription: Subscription, item: Item): void {
  const meter = priceOf(world, item).recurring?.meter ?? ''
  const seen = eventsOf(world, meter, subscription.customer).length
  world.store.put<Start>('usage start', { id: item.id, at: world.clock.now(), seen })
}

type Earlier = { id: string; at: number; until: number }

/** The use before an item's first period is billed with it: its subscription began before it was made. */
export const countFrom = (world: World, item: Item, at: number): Earlier =>
  world.store.put<Earlier>('usage backdated', { id: item.id, at, until: item.current_period_end })

/** The time in an item's period whose use is billed, up to `end`. */
function countedPeriod(world: World, item: Item, end: number): Period {
  const earlier = world.store.get<Earlier>('usage backdated', item.id)
  const begins = earlier?.until === item.current_period_end ? earlier.at : item.current_period_start
  const from = world.store.get<Start>('usage start', item.id)?.at ?? 0
  return { start: Math.max(begins, from), end }
}

function linesFor(
  world: World,
  about: { customer: string; invoice: string; item: Item; price: Price; period: Period; soFar?: boolean },
): Line[] {
  const { customer, invoice, item, price, period, soFar = false } = about
  const meter = price.recurring?.meter ?? ''
  const started = world.store.get<Start>('usage start', item.id)
  const used = billedUsage(world, {
    meter,
    customer,
    start: period.start,
    // Billed before its end, a period takes in what is of this very second.
    end: soFar ? period.end + 1 : period.end,
    skip: started?.at === period.start ? started.seen : 0,
  })
  if (period.start === period.end && used === '0') return []
  return chargeLines(world, { invoice, item, price, period }, used)
}

/**
 * The lines of what was used of a subscription's metered items in the periods that they are in now, or up to `until`
 * where it ends earlier. A trial's use is free. Answers them without putting them anywhere.
 */
export function meteredLines(
  world: World,
  subscription: Subscription,
  items: Item[],
  about: { invoice: string; until?: number },
): Line[] {
  if (subscription.status === 'trialing') return []
  const { customer } = subscription
  return items.flatMap((item) => {
    const price = priceOf(world, item)
    const { until = Infinity } = about
    const soFar = until < item.current_period_end
    const period = countedPeriod(world, item, soFar ? until : item.current_period_end)
    if (!isMetered(price) || period.end < period.start) return []
    return linesFor(world, { customer, invoice: about.invoice, item, price, period, soFar })
  })
}

/** Puts the lines of what was used in the periods that have closed. */
export function putUsage(world: World, subscription: Subscription, items: Item[], invoice: string): void {
  for (const line of meteredLines(world, subscription, items, { invoice })) world.store.put('line_item', line)
}

/** Bills what was used of metered items until now, as pending invoice items: they are removed, repriced, or start anew. */
export function billUsage(world: World, subscription: Subscription, items: Item[]): void {
  const until = world.clock.now()
  for (const item of items) {
    for (const line of meteredLines(world, subscription, [item], { invoice: '', until })) {
      createItem(world, {
        amount: line.amount,
        currency: line.currency,
        customer: subscription.customer,
        description: line.description,
        metadata: item.metadata,
        period: line.period,
        pricing: line.pricing,
        quantity: line.quantity_decimal,
        subscription: { subscription: subscription.id, subscription_item: item.id },
      })
    }
  }
}

/**
 * The invoice of a subscription that ended with its period and was used in it, with what was still pending for it.
 * Nothing used, no invoice.
 */
export function billFinalUsage(world: World, subscription: Subscription): void {
  const until = world.clock.now()
  const { customer, currency, id } = subscription
  const items = itemsOf(world, id)
  const [first] = items
  const draft = blankInvoice(world, {
    customer,
    currency,
    reason: 'subscription_cycle',
    autoAdvance: true,
    period: { start: first?.current_period_start ?? until, end: until },
    subscription: { id, metadata: subscription.metadata },
  })
  const lines = meteredLines(world, subscription, items, { invoice: draft.id, until })
  if (lines.every(({ amount }) => amount === 0)) return
  for (const item of pendingItems(world, customer, currency, id)) putOnInvoice(world, item, draft.id)
  for (const line of lines) world.store.put('line_item', line)
  const ended = world.store.get<Subscription>('subscription', id)
  if (ended) world.store.put<Subscription>('subscription', { ...ended, latest_invoice: draft.id })
  announceDraft(world, draft)
}

const usageOn = ({ parent }: Line) =>
  parent.subscription_item_details?.invoice_item === null ? parent.subscription_item_details : undefined

/** A draft's lines of use, by item, counted again; they keep their ids where there are as many as before. */
function recountUsage(world: World, draft: Invoice, event: MeterEvent): void {
  const before = linesOf(world, draft.id).filter(({ period: { start, end }, pricing, ...line }) => {
    const price = world.store.get<Price>('price', pricing?.price_details.price ?? '')
    const within = event.timestamp >= start && event.timestamp < end
    return usageOn(line as Line) && price && isMetered(price) && within
  })
  const [first] = before
  if (!first) return
  const byItem = Map.groupBy(before, (line) => usageOn(line)?.subscription_item ?? '')
  for (const [id, lines] of byItem) {
    const [line] = lines
    const price = world.store.get<Price>('price', line?.pricing?.price_details.price ?? '')
    if (!line || !price) continue
    const { metadata, discounts, period } = line
    const item = { id, subscription: usageOn(line)?.subscription ?? '', metadata, discounts } as Item
    const fresh = linesFor(world, { customer: draft.customer, invoice: draft.id, item, price, period })
    for (const gone of lines.slice(fresh.length)) world.store.remove('line_item', gone.id)
    fresh.forEach((one, position) => {
      world.store.put<Line>('line_item', { ...one, id: lines[position]?.id ?? one.id })
    })
  }
  recount(world, draft)
}

/** Use that is reported late for a period whose invoice is still a draft is billed on it. */
export function startRecounting(world: World): void {
  world.store.index<Invoice>('invoice', 'draft', ({ status, customer }) =>
    status === 'draft' ? customer : null,
  )
  listen<MeterEvent>(world, usageReported, (event) => {
    for (const draft of world.store.by<Invoice>('invoice', 'draft', event.hidden.customer))
      recountUsage(world, draft, event)
  })
}

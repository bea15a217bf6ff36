import { invalid } from '../api/errors.ts'
import {
  boolean,
  count,
  decimal,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { priceFromData } from '../catalog/create-price.ts'
import { namedPriceData } from '../catalog/price-parameters.ts'
import { findPrice, type Price, priceAmount } from '../catalog/prices.ts'
import { findProduct } from '../catalog/products.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { discountsParam } from '../discounts/redeem.ts'
import { createItem } from '../invoices/items.ts'
import { type Period, pricingOf } from '../invoices/lines.ts'
import type { World } from '../world.ts'
import { type Item, itemsOf, type Subscription } from './subscription.ts'

const end = object({ type: required(oneOf('min_item_period_end', 'timestamp')), timestamp: integer })
const start = object({
  type: required(oneOf('max_item_period_start', 'now', 'timestamp')),
  timestamp: integer,
})
const addition = {
  discountable: boolean,
  discounts: discountsParam,
  metadata,
  period: object({ end: required(end), start: required(start) }),
  price: text,
  // One that is negative is a credit.
  price_data: object({ ...namedPriceData, unit_amount: integer, unit_amount_decimal: decimal }),
  quantity: count,
  tax_rates: list(text),
}

/** One-time charges beside the items of a subscription. */
export const additionsParam = list(object(addition))
export type Addition = Values<typeof addition>

function priceFor(world: World, given: Addition, currency: string, param: string): Price {
  if ((given.price === undefined) === (given.price_data === undefined))
    throw invalid('You must specify exactly one of price and price_data.', { param: `${param}[price]` })
  const price = given.price_data
    ? priceFromData(world, given.price_data, `${param}[price_data]`)
    : findPrice(world, given.price ?? '', `${param}[price]`)
  if (price.recurring) {
    throw invalid(
      'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
      { param: `${param}[price]` },
    )
  }
  if (!price.active && !given.price_data)
    throw invalid('The price specified is inactive. This field only accepts active prices.', {
      param: `${param}[price]`,
    })
  if (price.currency !== currency)
    throw invalid(
      `The price's currency (${price.currency}) does not match the subscription's (${currency}).`,
      {
        param: `${param}[price]`,
      },
    )
  return price
}

function instant(given: { timestamp?: number }, param: string): number {
  if (given.timestamp !== undefined) return given.timestamp
  throw invalid(`Missing required param: ${param}[timestamp].`, {
    param: `${param}[timestamp]`,
    code: 'parameter_missing',
  })
}

/** By default from the latest start to the earliest end of the items' periods. */
function periodFor(world: World, items: Item[], { period }: Addition, param: string): Period {
  const from = period?.start ?? { type: 'max_item_period_start' as const }
  const to = period?.end ?? { type: 'min_item_period_end' as const }
  const found = {
    start:
      from.type === 'now'
        ? world.clock.now()
        : from.type === 'timestamp'
          ? instant(from, `${param}[period][start]`)
          : Math.max(...items.map((item) => item.current_period_start)),
    end:
      to.type === 'timestamp'
        ? instant(to, `${param}[period][end]`)
        : Math.min(...items.map((item) => item.current_period_end)),
  }
  if (found.start <= found.end) return found
  throw invalid('The start of the period must not be after its end.', { param: `${param}[period][end]` })
}

/** Puts one-time charges as pending items of a subscription, for its next invoice. */
export function addItems(world: World, subscription: Subscription, given: Addition[]): void {
  if (given.length > 20)
    throw invalid('You can pass at most 20 items in add_invoice_items.', { param: 'add_invoice_items' })
  const { customer, currency, id } = subscription
  given.forEach((one, position) => {
    const param = `add_invoice_items[${position}]`
    const price = priceFor(world, one, currency, param)
    const quantity = one.quantity ?? 1
    createItem(world, {
      amount: priceAmount(price, quantity, currency),
      currency,
      customer,
      description: findProduct(world, price.product).name,
      discountable: one.discountable ?? true,
      discounts: one.discounts ?? [],
      metadata: mergeMetadata({}, one.metadata),
      period: periodFor(world, itemsOf(world, id), one, param),
      pricing: pricingOf(price),
      quantity,
      subscription: { subscription: id },
      taxRates: checkTaxRates(world, one.tax_rates ?? null, `${param}[tax_rates]`),
    })
  })
}

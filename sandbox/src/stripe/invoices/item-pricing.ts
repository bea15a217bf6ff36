import { invalid } from '../api/errors.ts'
import {
  boolean,
  clearable,
  clearableText,
  count,
  decimal,
  decimalCount,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { priceFromData } from '../catalog/create-price.ts'
import { namedPriceData } from '../catalog/price-parameters.ts'
import { findPrice, offersCurrency, type Price, priceAmount, unitAmountIn } from '../catalog/prices.ts'
import { findProduct } from '../catalog/products.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { discountsParam } from '../discounts/redeem.ts'
import { lineAmount } from '../money/money.ts'
import type { World } from '../world.ts'
import { adHocPrice } from './ad-hoc-price.ts'
import type { NewItem } from './items.ts'
import { pricingOf } from './lines.ts'

const linePrice = object({ price: text })

/** How an item or added line may be priced. */
export const pricingParams = {
  amount: integer,
  description: clearableText,
  discountable: boolean,
  metadata,
  period: object({ start: required(integer), end: required(integer) }),
  price_data: object(namedPriceData),
  pricing: linePrice,
  quantity: count,
  quantity_decimal: decimalCount,
  unit_amount_decimal: decimal,
  discounts: discountsParam,
  tax_rates: clearable(list(text)),
}

export type Pricing = Omit<Values<typeof pricingParams>, 'price_data'> & {
  price_data?: Parameters<typeof priceFromData>[1]
}

/** The full name of a parameter inside what holds it: `pricing[price]` in `lines[0]` is `lines[0][pricing][price]`. */
export const within = (holder: string, name: string): string =>
  holder ? `${holder}[${name.replace('[', '][')}${name.includes('[') ? '' : ']'}` : name

function priceOf(world: World, given: Pricing, param: string): Price | undefined {
  if (given.pricing?.price !== undefined)
    return findPrice(world, given.pricing.price, within(param, 'pricing[price]'))
  const data = given.price_data
  if (!data) return undefined
  return priceFromData(world, data, within(param, 'price_data'))
}

function checkSellable(price: Price, param: string): void {
  if (!price.active)
    throw invalid('The price specified is inactive. This field only accepts active prices.', { param })
  if (price.recurring) {
    throw invalid(
      'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
      { param },
    )
  }
}

/** The quantity that was asked for, exact; an amount stands for itself, and only one form is taken. */
function quantityOf(given: Pricing, param: string): number | string {
  const [first, second] = (['amount', 'quantity', 'quantity_decimal'] as const).filter(
    (name) => given[name] !== undefined,
  )
  if (second === undefined) return given.quantity_decimal ?? given.quantity ?? 1
  throw invalid(`You may only specify one of these parameters: ${first}, ${second}.`, {
    param: within(param, second),
  })
}

/**
 * The amount, currency, text and pricing of what was asked for: quantity × unit amount, rounded once.
 * `isKept`: the price stands on an item already, so that it may be inactive by now.
 */
export function priceItem(
  world: World,
  given: Pricing,
  about: { currency: string; param?: string; isKept?: boolean },
): Omit<NewItem, 'customer'> {
  const { currency, param = '' } = about
  const price = priceOf(world, given, param)
  if (price && given.pricing?.price !== undefined && !about.isKept)
    checkSellable(price, within(param, 'pricing[price]'))
  if (given.period && given.period.end < given.period.start) {
    throw invalid('The end of the period must not be before its start.', {
      param: within(param, 'period[end]'),
    })
  }
  const ways = [
    given.amount !== undefined,
    price !== undefined,
    given.unit_amount_decimal !== undefined,
  ].filter(Boolean)
  if (ways.length !== 1) {
    throw invalid('You must specify exactly one of amount, pricing, price_data or unit_amount_decimal.', {
      param: within(param, 'amount'),
    })
  }
  if (price && !offersCurrency(price, currency)) {
    throw invalid(`The price's currency (${price.currency}) does not match the invoice's (${currency}).`, {
      param: within(param, 'price_data[currency]'),
    })
  }
  const quantity = quantityOf(given, param)
  const unitAmount = given.unit_amount_decimal ?? String(given.amount ?? 0)
  const amount = price ? priceAmount(price, quantity, currency) : lineAmount(unitAmount, quantity)
  const named = price ? findProduct(world, price.product).name : null
  const description = given.description ?? named
  return {
    amount,
    currency,
    description,
    discountable: given.discountable ?? amount >= 0,
    discounts: given.discounts ?? [],
    metadata: mergeMetadata({}, given.metadata),
    unitAmount: given.unit_amount_decimal ?? null,
    taxRates: checkTaxRates(world, given.tax_rates ?? null, within(param, 'tax_rates')),
    ...(given.period ? { period: given.period } : {}),
    pricing: price
      ? pricingOf(price, unitAmountIn(price, currency))
      : pricingOf(adHocPrice(world, { currency, unitAmount, description })),
    quantity,
  }
}

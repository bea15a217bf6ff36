import { missing } from '../api/errors.ts'
import { amountOf, type Charge, chargesOf, exactAmountOf, type Rates } from '../money/tiers.ts'
import type { Interval } from '../periods.ts'
import type { Stored, World } from '../world.ts'
import type { Amounts } from './price-parameters.ts'

export type Recurring = {
  interval: Interval
  interval_count: number
  meter: string | null
  trial_period_days: number | null
  usage_type: 'licensed' | 'metered'
}
export type Option = Amounts & { tax_behavior: string }
export type Price = Stored & {
  active: boolean
  billing_scheme: 'per_unit' | 'tiered'
  created: number
  currency: string
  lookup_key: string | null
  metadata: Record<string, string>
  nickname: string | null
  product: string
  recurring: Recurring | null
  tax_behavior: string
  tiers_mode: 'graduated' | 'volume' | null
  transform_quantity: { divide_by: number; round: 'down' | 'up' } | null
  type: 'one_time' | 'recurring'
  unit_amount: number | null
  unit_amount_decimal: string | null
  /** What is shown only when it is expanded, and whether it was deleted as a plan. */
  hidden: { tiers: Amounts['tiers']; options: Record<string, Option>; deleted: boolean }
}

/** What the price asks for in a currency: its own, or one of its options. */
function amountsIn(price: Price, currency: string): Amounts {
  const { unit_amount, unit_amount_decimal, hidden } = price
  if (currency === price.currency) return { unit_amount, unit_amount_decimal, tiers: hidden.tiers }
  const option = hidden.options[currency]
  if (!option) throw new Error(`The price ${price.id} has no amount in ${currency}.`)
  return option
}

export const offersCurrency = (price: Price, currency: string): boolean =>
  currency === price.currency || Object.hasOwn(price.hidden.options, currency)

function ratesOf(price: Price, currency: string): Rates {
  const { unit_amount_decimal: unitAmount, tiers } = amountsIn(price, currency)
  if (tiers && price.tiers_mode) {
    const read = tiers.map((tier) => ({
      upTo: tier.up_to,
      unitAmount: tier.unit_amount_decimal,
      flatAmount: tier.flat_amount_decimal,
    }))
    return { kind: price.tiers_mode, tiers: read }
  }
  const { transform_quantity: divide } = price
  return {
    kind: 'per_unit',
    unitAmount: unitAmount ?? '0',
    divide: divide && { by: divide.divide_by, round: divide.round },
  }
}

/** Price × quantity in minor units, as the lines of an invoice in this currency add up. */
export const priceAmount = (price: Price, quantity: number | string, currency = price.currency): number =>
  amountOf(ratesOf(price, currency), quantity)

/** The same before any rounding, as decimal minor units, of which a proration takes its part. */
export const exactPriceAmount = (
  price: Price,
  quantity: number | string,
  currency = price.currency,
): string => exactAmountOf(ratesOf(price, currency), quantity)

/** Price × quantity, line by line. */
export const priceCharges = (price: Price, quantity: number | string, currency = price.currency): Charge[] =>
  chargesOf(ratesOf(price, currency), quantity)

/** The amount of one unit in a currency, null where tiers tell it. */
export const unitAmountIn = (price: Price, currency: string): string | null =>
  amountsIn(price, currency).unit_amount_decimal

export const isMetered = (price: Price): boolean => price.recurring?.usage_type === 'metered'

export function findPrice(world: World, id: string, param = 'id'): Price {
  const found = world.store.get<Price>('price', id)
  if (!found || found.hidden.deleted) throw missing('price', id, param)
  return found
}

/** The older `plan` form of a recurring price, which subscription items still carry. */
export function planOf(price: Price): object {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval,
    interval_count: price.recurring?.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: price.recurring?.usage_type,
  }
}

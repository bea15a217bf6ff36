import { Big } from 'big.js'
import { invalid } from '../api/errors.ts'
import {
  clearableText,
  count,
  decimalCount,
  either,
  integer,
  list,
  metadata,
  notYetAll,
  object,
  oneOf,
  type Param,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { taxDetails } from './products.ts'

/** A tier as the API shows it; `up_to` null holds the rest. */
export type Tier = {
  flat_amount: number | null
  flat_amount_decimal: string | null
  unit_amount: number | null
  unit_amount_decimal: string | null
  up_to: number | null
}
/** What a price asks for in one currency: per unit, or in tiers. */
export type Amounts = { unit_amount: number | null; unit_amount_decimal: string | null; tiers: Tier[] | null }

export const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified')
const unitAmounts = { unit_amount: count, unit_amount_decimal: decimalCount }

export const tierParam = object({
  flat_amount: count,
  flat_amount_decimal: decimalCount,
  ...unitAmounts,
  up_to: required(either(oneOf('inf'), integer)),
})

const option = object({
  ...unitAmounts,
  tax_behavior: taxBehavior,
  tiers: list(tierParam),
  ...notYetAll('custom_unit_amount'),
})
export type GivenOption = Values<{
  unit_amount: typeof count
  unit_amount_decimal: typeof decimalCount
  tax_behavior: typeof taxBehavior
  tiers: Param<Values<{ up_to: Param<number | 'inf'> & { required: true } }>[]>
}>

/** Values by currency, as `currency_options` are; the currency's name is checked and made small. */
export function byCurrency<T>(of: Param<T>): Param<Record<string, T>> {
  return {
    parse(raw, name) {
      if (typeof raw === 'string') throw invalid('Invalid object', { param: name })
      return Object.fromEntries(
        Object.entries(raw).map(([currency, value]) => {
          const param = `${name}[${currency}]`
          return [checkCurrency(currency, param), of.parse(value, param)]
        }),
      )
    },
  }
}

export const currencyOptions = byCurrency(option)

const interval = required(oneOf('day', 'week', 'month', 'year'))

/** `recurring` where a price is made inside something else. */
export const intervalParam = object({ interval, interval_count: count })

export const recurringParam = object({
  interval,
  interval_count: count,
  meter: text,
  trial_period_days: count,
  usage_type: oneOf('licensed', 'metered'),
})

/** `price_data` inside other resources. */
export const priceData = {
  currency: required(text),
  product: text,
  product_data: object({
    name: required(text),
    description: clearableText,
    images: list(text),
    metadata,
    tax_code: text,
    unit_label: text,
    tax_details: taxDetails,
  }),
  tax_behavior: taxBehavior,
  ...unitAmounts,
}

const { product_data: _, ...plain } = priceData
/** `price_data` where the product must be there already. */
export const namedPriceData = { ...plain, product: required(text) }

/** The fields by which a price says what it asks for. */
export const amountParams = {
  billing_scheme: oneOf('per_unit', 'tiered'),
  currency_options: currencyOptions,
  tiers: list(tierParam),
  tiers_mode: oneOf('graduated', 'volume'),
  transform_quantity: object({ divide_by: required(count), round: required(oneOf('down', 'up')) }),
  ...unitAmounts,
  ...notYetAll('custom_unit_amount'),
}

/** The two forms of an amount: whole minor units, null where it has a fraction, and exact. */
export function amountForms(exact: string): { whole: number | null; exact: string } {
  const amount = new Big(exact)
  return { whole: amount.eq(amount.round(0, Big.roundDown)) ? amount.toNumber() : null, exact }
}

/** One amount given in either form; undefined where neither is. */
function given(
  of: Record<string, unknown>,
  name: 'flat_amount' | 'unit_amount',
  param: string,
): string | undefined {
  const [whole, exact] = [of[name], of[`${name}_decimal`]]
  if (whole !== undefined && exact !== undefined) {
    throw invalid(`You may only specify one of these parameters: ${name}, ${name}_decimal.`, { param })
  }
  return exact === undefined ? (whole === undefined ? undefined : String(whole)) : String(exact)
}

/** The unit amount of what was given, in both forms; one of the two is needed. */
export function unitAmountOf(of: object, param = 'unit_amount'): Omit<Amounts, 'tiers'> {
  const amount = given(of as Record<string, unknown>, 'unit_amount', param)
  if (amount === undefined)
    throw invalid(`Missing required param: ${param}.`, { param, code: 'parameter_missing' })
  const { whole, exact } = amountForms(amount)
  return { unit_amount: whole, unit_amount_decimal: exact }
}

type GivenTier = { up_to: number | 'inf' }

function tierOf(tier: GivenTier, param: string): Tier {
  const unit = given(tier, 'unit_amount', `${param}[unit_amount]`)
  const flat = given(tier, 'flat_amount', `${param}[flat_amount]`)
  if (unit === undefined && flat === undefined)
    throw invalid('An entry in the tiers array is missing an amount.', { param: 'amount' })
  const [units, flats] = [unit, flat].map((amount) => (amount === undefined ? null : amountForms(amount)))
  return {
    flat_amount: flats?.whole ?? null,
    flat_amount_decimal: flats?.exact ?? null,
    unit_amount: units?.whole ?? null,
    unit_amount_decimal: units?.exact ?? null,
    up_to: tier.up_to === 'inf' ? null : tier.up_to,
  }
}

/** Tiers as they are kept: rising, and the last without an end. Stripe's own words for these refusals are not known. */
export function tiersOf(tiers: GivenTier[], param = 'tiers'): Tier[] {
  const read = tiers.map((tier, position) => tierOf(tier, `${param}[${position}]`))
  read.forEach(({ up_to: end }, position) => {
    const about = { param: `${param}[${position}][up_to]` }
    const last = position === read.length - 1
    if (last && end !== null) throw invalid('The last tier must have `up_to` set to `inf`.', about)
    if (!last && end === null) throw invalid('Only the last tier can have `up_to` set to `inf`.', about)
    const below = read[position - 1]?.up_to ?? 0
    if (end !== null && end <= below)
      throw invalid('The `up_to` of a tier must be greater than that of the tier before.', about)
  })
  return read
}

/** What a price is to ask for: per unit or in tiers, as the scheme says. `holder`: what the parameters stand in. */
export function amountsOf(
  of: { tiers?: GivenTier[] } & object,
  scheme: 'per_unit' | 'tiered',
  holder = '',
): Amounts {
  const named = (name: string) => (holder ? `${holder}[${name}]` : name)
  if (scheme === 'per_unit') {
    if (of.tiers)
      throw invalid('You may only specify `tiers` with `billing_scheme=tiered`.', { param: named('tiers') })
    return { ...unitAmountOf(of, named('unit_amount')), tiers: null }
  }
  for (const name of ['unit_amount', 'unit_amount_decimal']) {
    if (name in of)
      throw invalid(`You cannot specify \`${name}\` with \`billing_scheme=tiered\`.`, { param: named(name) })
  }
  if (!of.tiers?.length)
    throw invalid(`Missing required param: ${named('tiers')}.`, {
      param: named('tiers'),
      code: 'parameter_missing',
    })
  return { unit_amount: null, unit_amount_decimal: null, tiers: tiersOf(of.tiers, named('tiers')) }
}

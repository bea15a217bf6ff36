import { invalid } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { emit } from '../events/events.ts'
import { findMeter } from '../meters/meters.ts'
import { checkCurrency } from '../money/check-currency.ts'
import type { Interval } from '../periods.ts'
import { longId, type World } from '../world.ts'
import { type Amounts, type GivenOption, tiersOf, unitAmountOf } from './price-parameters.ts'
import { type Option, type Price, planOf, type Recurring } from './prices.ts'
import { createProduct, findProduct } from './products.ts'

type GivenRecurring = {
  interval: Interval
  interval_count?: number
  meter?: string
  trial_period_days?: number
  usage_type?: 'licensed' | 'metered'
}
type NewPrice = Amounts & {
  currency: string
  product: string
  recurring?: GivenRecurring
  active?: boolean
  lookup_key?: string | null
  metadata?: Record<string, string> | null
  nickname?: string | null
  options?: Record<string, Option>
  tax_behavior?: string
  tiers_mode?: 'graduated' | 'volume'
  transform_quantity?: { divide_by: number; round: 'down' | 'up' }
}

const longest = { day: 1095, week: 156, month: 36, year: 3 }

/** A metered price counts by an active meter, a licensed one by none. */
function checkMeter(world: World, { usage_type: usage, meter }: GivenRecurring): void {
  const about = { param: 'recurring[meter]' }
  if (usage !== 'metered') {
    if (meter !== undefined) throw invalid('A meter can only be set with `usage_type=metered`.', about)
    return
  }
  if (meter === undefined) {
    throw invalid(
      'Metered prices must be backed by a meter. Pass the id of a billing meter in `recurring[meter]`.',
      about,
    )
  }
  const found = findMeter(world, meter, 'recurring[meter]')
  if (found.status === 'inactive')
    throw invalid(`The meter ${meter} is inactive; an inactive meter cannot be attached to a price.`, about)
}

function recurringOf(world: World, given: GivenRecurring | undefined): Recurring | null {
  if (!given) return null
  const every = given.interval_count ?? 1
  if (every < 1 || every > longest[given.interval]) {
    throw invalid('interval_count must be at least 1 and at most three years.', {
      param: 'recurring[interval_count]',
    })
  }
  checkMeter(world, given)
  return {
    interval: given.interval,
    interval_count: every,
    meter: given.meter ?? null,
    trial_period_days: given.trial_period_days ?? null,
    usage_type: given.usage_type ?? 'licensed',
  }
}

/** Keeps a new price without a word of it; its amounts were read before. `id`: only plans choose their own. */
export function newPrice(world: World, given: NewPrice, id = longId('price_')): Price {
  const recurring = recurringOf(world, given.recurring)
  return world.store.put<Price>('price', {
    id,
    object: 'price',
    active: given.active ?? true,
    billing_scheme: given.tiers ? 'tiered' : 'per_unit',
    created: world.clock.now(),
    currency: given.currency,
    ...{ custom_unit_amount: null, livemode: false },
    lookup_key: given.lookup_key ?? null,
    metadata: mergeMetadata({}, given.metadata),
    nickname: given.nickname ?? null,
    product: given.product,
    recurring,
    tax_behavior: given.tax_behavior ?? 'unspecified',
    tiers_mode: given.tiers_mode ?? null,
    transform_quantity: given.transform_quantity ?? null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: given.unit_amount,
    unit_amount_decimal: given.unit_amount_decimal,
    hidden: { tiers: given.tiers, options: given.options ?? {}, deleted: false },
  })
}

/** Makes a price and says so, as a plan first where it is one. `id`: only plans choose their own. */
export function createPrice(world: World, given: NewPrice, id?: string): Price {
  const price = newPrice(world, given, id)
  if (price.recurring) emit(world, 'plan.created', planOf(price))
  emit(world, 'price.created', price)
  return price
}

/** Amounts in other currencies as they are kept; each must be of the price's own scheme. */
export function optionsOf(
  given: Record<string, unknown>,
  price: Pick<Price, 'billing_scheme' | 'currency' | 'tax_behavior'>,
): Record<string, Option> {
  return Object.fromEntries(
    Object.entries(given as Record<string, GivenOption>).map(([currency, option]): [string, Option] => {
      const param = `currency_options[${currency}]`
      if (currency === price.currency)
        throw invalid(`The price's own currency (${currency}) cannot be one of its currency_options.`, {
          param,
        })
      const tax_behavior = option.tax_behavior ?? price.tax_behavior
      if (price.billing_scheme === 'per_unit') {
        if (option.tiers)
          throw invalid('You may only specify `tiers` with `billing_scheme=tiered`.', {
            param: `${param}[tiers]`,
          })
        return [currency, { ...unitAmountOf(option, `${param}[unit_amount]`), tiers: null, tax_behavior }]
      }
      if (!option.tiers?.length)
        throw invalid(`Missing required param: ${param}[tiers].`, {
          param: `${param}[tiers]`,
          code: 'parameter_missing',
        })
      const tiers = tiersOf(option.tiers, `${param}[tiers]`)
      return [currency, { unit_amount: null, unit_amount_decimal: null, tiers, tax_behavior }]
    }),
  )
}

type GivenData = {
  currency: string
  product?: string
  product_data?: object
  recurring?: GivenRecurring
  tax_behavior?: string
  unit_amount?: number
  unit_amount_decimal?: string
}

/** The price that `price_data` makes. `param`: its name in the request. One-time prices of lines stay inactive. */
export function priceFromData(world: World, data: GivenData, param: string): Price {
  if ((data.product === undefined) === (data.product_data === undefined)) {
    throw invalid(`You must specify either \`product\` or \`product_data\` in ${param}.`, {
      param: `${param}[product]`,
    })
  }
  const amounts = unitAmountOf(data, `${param}[unit_amount]`)
  const currency = checkCurrency(data.currency, `${param}[currency]`)
  const product = data.product_data
    ? createProduct(world, data.product_data as { name: string })
    : findProduct(world, data.product ?? '', `${param}[product]`)
  const { recurring, tax_behavior } = data
  return createPrice(world, {
    ...amounts,
    tiers: null,
    currency,
    product: product.id,
    ...(recurring ? { recurring } : { active: false }),
    ...(tax_behavior === undefined ? {} : { tax_behavior }),
  })
}

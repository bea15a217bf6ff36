import { Big } from 'big.js'
import { invalid, missing } from './errors.ts'
import { change, emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import {
  boolean,
  clearableText,
  count,
  decimal,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from './params.ts'
import type { Interval } from './periods.ts'
import { createProduct, findProduct } from './products.ts'
import { longId, operation, present, type Resource, type Stored, type World } from './world.ts'

type Recurring = { interval: Interval; interval_count: number }
export type Price = Stored & {
  active: boolean
  created: number
  currency: string
  lookup_key: string | null
  metadata: Record<string, string>
  nickname: string | null
  product: string
  recurring: (Recurring & { meter: null; trial_period_days: null; usage_type: 'licensed' }) | null
  tax_behavior: string
  type: 'one_time' | 'recurring'
  unit_amount: number | null
  unit_amount_decimal: string
}

export const recurringParam = object({
  interval: required(oneOf('day', 'week', 'month', 'year')),
  interval_count: count,
  usage_type: oneOf('licensed', 'metered'),
  ...notYetAll('meter', 'trial_period_days'),
})

const amounts = { unit_amount: count, unit_amount_decimal: decimal }
const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified')

/** `price_data` inside other resources. */
export const priceData = {
  currency: required(text),
  product: text,
  product_data: object({
    name: required(text),
    description: clearableText,
    metadata,
    ...notYetAll('images', 'tax_code', 'tax_details', 'unit_label'),
  }),
  tax_behavior: taxBehavior,
  unit_amount: integer,
  unit_amount_decimal: decimal,
}

const knownCurrency = /^[a-z]{3}$/

export function checkCurrency(given: string, param = 'currency'): string {
  const currency = given.toLowerCase()
  if (knownCurrency.test(currency)) return currency
  throw invalid(`Invalid currency: ${given}. Stripe currently supports three-letter ISO codes.`, { param })
}

/** The decimal unit amount of what was given; exactly one of the two forms is needed. */
export function unitAmountOf(
  given: { unit_amount?: number; unit_amount_decimal?: string },
  param = 'unit_amount',
): string {
  const { unit_amount: whole, unit_amount_decimal: exact } = given
  if (whole !== undefined && exact !== undefined) {
    throw invalid('You may only specify one of these parameters: unit_amount, unit_amount_decimal.', {
      param,
    })
  }
  if (whole === undefined && exact === undefined) {
    throw invalid(`Missing required param: ${param}.`, { param, code: 'parameter_missing' })
  }
  return exact ?? String(whole)
}

type NewPrice = {
  currency: string
  product: string
  unitAmount: string
  recurring?: Values<{ interval: { required: true; parse(): Interval } }> & {
    interval_count?: number
    usage_type?: string
  }
  active?: boolean
  lookup_key?: string | null
  metadata?: Record<string, string> | null
  nickname?: string | null
  tax_behavior?: string
}

export function createPrice(world: World, given: NewPrice): Price {
  const { recurring, unitAmount } = given
  if (recurring?.usage_type === 'metered') {
    throw invalid('The sandbox does not bill metered prices yet; meters and their events are there.', {
      param: 'recurring[usage_type]',
    })
  }
  const longest = { day: 1095, week: 156, month: 36, year: 3 }
  const every = recurring?.interval_count ?? 1
  if (recurring && (every < 1 || every > longest[recurring.interval])) {
    throw invalid('interval_count must be at least 1 and at most three years.', {
      param: 'recurring[interval_count]',
    })
  }
  const whole = new Big(unitAmount)
  const price: Price = {
    id: longId('price_'),
    object: 'price',
    active: given.active ?? true,
    ...{ billing_scheme: 'per_unit' },
    created: world.clock.now(),
    currency: given.currency,
    ...{ custom_unit_amount: null, livemode: false },
    lookup_key: given.lookup_key ?? null,
    metadata: mergeMetadata({}, given.metadata),
    nickname: given.nickname ?? null,
    product: given.product,
    recurring: recurring
      ? {
          interval: recurring.interval,
          interval_count: every,
          meter: null,
          trial_period_days: null,
          usage_type: 'licensed',
        }
      : null,
    tax_behavior: given.tax_behavior ?? 'unspecified',
    ...{ tiers_mode: null, transform_quantity: null },
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: whole.eq(whole.round(0, Big.roundDown)) ? whole.toNumber() : null,
    unit_amount_decimal: unitAmount,
  }
  world.store.put('price', price)
  emit(world, 'price.created', price)
  return price
}

export function findPrice(world: World, id: string, param = 'id'): Price {
  const found = world.store.get<Price>('price', id)
  if (!found) throw missing('price', id, param)
  return found
}

/** A lookup key belongs to one active price; it moves only when it is asked to. */
function claimLookupKey(world: World, key: string, transfer: boolean, self?: string): void {
  for (const holder of world.store.by<Price>('price', 'lookup_key', key)) {
    if (holder.id === self) continue
    if (!transfer) {
      throw invalid(
        `A price (\`${holder.id}\`) already uses that lookup key. Pass \`transfer_lookup_key=true\` to transfer it.`,
        { param: 'lookup_key' },
      )
    }
    change(world, holder, { lookup_key: null }, 'price.updated')
  }
}

const creation = {
  currency: required(text),
  active: boolean,
  billing_scheme: oneOf('per_unit', 'tiered'),
  lookup_key: clearableText,
  metadata,
  nickname: clearableText,
  product: text,
  product_data: object({
    name: required(text),
    id: text,
    active: boolean,
    metadata,
    statement_descriptor: text,
    unit_label: text,
    ...notYetAll('tax_code', 'tax_details'),
  }),
  recurring: recurringParam,
  tax_behavior: taxBehavior,
  transfer_lookup_key: boolean,
  ...amounts,
  ...notYetAll('currency_options', 'custom_unit_amount', 'tiers', 'tiers_mode', 'transform_quantity'),
}

function create(world: World, params: Values<typeof creation>): Price {
  if (params.billing_scheme === 'tiered')
    throw invalid('The sandbox does not implement tiered prices.', { param: 'billing_scheme' })
  if ((params.product === undefined) === (params.product_data === undefined)) {
    throw invalid('You must specify either `product` or `product_data` when creating a price.', {
      param: 'product',
    })
  }
  const unitAmount = unitAmountOf(params)
  const currency = checkCurrency(params.currency)
  const product = params.product_data
    ? createProduct(world, params.product_data as { name: string })
    : findProduct(world, params.product ?? '', 'product')
  if (params.lookup_key) claimLookupKey(world, params.lookup_key, params.transfer_lookup_key ?? false)
  return createPrice(world, { ...params, currency, product: product.id, unitAmount } as NewPrice)
}

/** The older `plan` form, which subscription items still carry. */
export function planOf(price: Price): object {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval,
    interval_count: price.recurring?.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  }
}

export const plans: Resource = { object: 'plan', links: { product: 'product' } }

export const prices: Resource = {
  object: 'price',
  links: { product: 'product' },
  start(world) {
    world.store.index<Price>('price', 'product', ({ product }) => product)
    world.store.index<Price>('price', 'lookup_key', ({ lookup_key: key }) => key)
  },
  operations: [
    operation('POST /v1/prices', creation, ({ world, params }) => present(world, create(world, params))),
    operation(
      'GET /v1/prices',
      {
        ...pagingAndCreated,
        active: boolean,
        currency: text,
        lookup_keys: list(text),
        product: text,
        type: oneOf('one_time', 'recurring'),
        recurring: object({
          interval: oneOf('day', 'week', 'month', 'year'),
          ...notYetAll('meter', 'usage_type'),
        }),
      },
      (call) => {
        const { active, currency, lookup_keys: keys, product, type, recurring } = call.params
        const { store } = call.world
        const from =
          product === undefined ? store.all<Price>('price') : store.by<Price>('price', 'product', product)
        const fits = (price: Price) =>
          (active === undefined || price.active === active) &&
          (currency === undefined || price.currency === currency.toLowerCase()) &&
          (keys === undefined || (price.lookup_key !== null && keys.includes(price.lookup_key))) &&
          (type === undefined || price.type === type) &&
          (recurring?.interval === undefined || price.recurring?.interval === recurring.interval)
        return page(call, [...from].filter(fits))
      },
    ),
    operation('GET /v1/prices/{id}', {}, ({ world, ids }) => present(world, findPrice(world, ids.id ?? ''))),
    operation(
      'POST /v1/prices/{id}',
      {
        active: boolean,
        lookup_key: clearableText,
        metadata,
        nickname: clearableText,
        tax_behavior: taxBehavior,
        transfer_lookup_key: boolean,
        ...notYetAll('currency_options'),
      },
      ({ world, params, ids }) => {
        const before = findPrice(world, ids.id ?? '')
        const { metadata: given, transfer_lookup_key: transfer = false, ...rest } = params
        if (rest.lookup_key) claimLookupKey(world, rest.lookup_key, transfer, before.id)
        const changes = { ...rest, metadata: mergeMetadata(before.metadata, given) }
        return present(world, change(world, before, changes as Partial<Price>, 'price.updated'))
      },
    ),
  ],
}

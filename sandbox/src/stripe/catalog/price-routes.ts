import { invalid } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  clearable,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  type Param,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { searchIn } from '../api/search.ts'
import { change, emitShown, previousAttributes } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { currencies } from '../money/currencies.ts'
import { type Call, operation, present, type Resource, type World } from '../world.ts'
import { createPrice, optionsOf } from './create-price.ts'
import { amountParams, amountsOf, currencyOptions, recurringParam, taxBehavior } from './price-parameters.ts'
import { findPrice, type Option, type Price, planOf } from './prices.ts'
import { createProduct, findProduct, type Product, taxDetails } from './products.ts'

const lookupKey: Param<string> = {
  parse(raw, name) {
    const key = text.parse(raw, name)
    if (key.length <= 200) return key
    throw invalid('A lookup key can be at most 200 characters long.', { param: name })
  },
}

/** A lookup key belongs to one price; it moves only when it is asked to. */
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
  ...amountParams,
  lookup_key: lookupKey,
  metadata,
  nickname: text,
  product: text,
  product_data: object({
    name: required(text),
    id: text,
    active: boolean,
    metadata,
    statement_descriptor: text,
    tax_code: text,
    unit_label: text,
    tax_details: taxDetails,
  }),
  recurring: recurringParam,
  tax_behavior: taxBehavior,
  transfer_lookup_key: boolean,
}
type Given = Values<typeof creation>

function checkScheme(given: Given, tiered: boolean): void {
  if (tiered && given.tiers_mode === undefined) {
    throw invalid('Missing required param: tiers_mode.', { param: 'tiers_mode', code: 'parameter_missing' })
  }
  if (!tiered && given.tiers_mode !== undefined)
    throw invalid('You may only specify `tiers_mode` with `billing_scheme=tiered`.', { param: 'tiers_mode' })
  if (tiered && given.transform_quantity)
    throw invalid('You may only specify one of these parameters: tiers, transform_quantity.', {
      param: 'tiers',
    })
  if (given.transform_quantity && given.transform_quantity.divide_by < 1)
    throw invalid('This value must be greater than or equal to 1.', {
      param: 'transform_quantity[divide_by]',
      code: 'parameter_invalid_integer',
    })
}

function create({ world, params }: Call<Given>): object {
  if ((params.product === undefined) === (params.product_data === undefined)) {
    throw invalid('You must specify either `product` or `product_data` when creating a price.', {
      param: 'product',
    })
  }
  const scheme = params.billing_scheme ?? 'per_unit'
  checkScheme(params, scheme === 'tiered')
  const amounts = amountsOf(params, scheme)
  const currency = checkCurrency(params.currency)
  const behavior = params.tax_behavior ?? 'unspecified'
  const own = { billing_scheme: scheme, currency, tax_behavior: behavior }
  const options = optionsOf(params.currency_options ?? {}, own)
  const product = params.product_data
    ? createProduct(world, params.product_data as { name: string })
    : findProduct(world, params.product ?? '', 'product')
  if (params.lookup_key) claimLookupKey(world, params.lookup_key, params.transfer_lookup_key ?? false)
  const { active, lookup_key, metadata: given, nickname, recurring, tiers_mode, transform_quantity } = params
  const asked = { active, lookup_key, metadata: given, nickname, recurring, tiers_mode, transform_quantity }
  const rest = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  const about = { ...amounts, currency, options, product: product.id, tax_behavior: behavior }
  return present(world, createPrice(world, { ...about, ...rest }))
}

/** A price that is its product's default stays active. */
function checkArchivable(world: World, price: Price): void {
  const product = world.store.get<Product>('product', price.product)
  if (product?.default_price !== price.id) return
  throw invalid('This price cannot be archived because it is the default price of its product.', {
    param: 'active',
  })
}

const updating = {
  active: boolean,
  currency_options: clearable(currencyOptions),
  lookup_key: lookupKey,
  metadata,
  nickname: text,
  tax_behavior: taxBehavior,
  transfer_lookup_key: boolean,
}

function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findPrice(world, ids.id ?? '')
  const { metadata: given, transfer_lookup_key: transfer = false, currency_options: asked, ...rest } = params
  if (rest.active === false && before.active) checkArchivable(world, before)
  const { tax_behavior: behavior } = rest
  if (behavior && before.tax_behavior !== 'unspecified' && behavior !== before.tax_behavior) {
    throw invalid(
      `The tax_behavior of this price is ${before.tax_behavior} and cannot be changed once it is specified.`,
      { param: 'tax_behavior' },
    )
  }
  if (rest.lookup_key) claimLookupKey(world, rest.lookup_key, transfer, before.id)
  const options: Record<string, Option> =
    asked === null ? {} : { ...before.hidden.options, ...optionsOf(asked ?? {}, before) }
  const changes = {
    ...rest,
    metadata: mergeMetadata(before.metadata, given),
    hidden: { ...before.hidden, options },
  } as Partial<Price>
  const after = change(world, before, changes, 'price.updated')
  if (after.recurring) {
    const [was, is] = [{ ...planOf(before) }, { ...planOf(after) }]
    const previous = previousAttributes(was, is)
    if (Object.keys(previous).length) emitShown(world, 'plan.updated', is, previous)
  }
  return present(world, after)
}

const listing = {
  ...pagingAndCreated,
  active: boolean,
  currency: text,
  lookup_keys: list(text),
  product: text,
  type: oneOf('one_time', 'recurring'),
  recurring: object({
    interval: oneOf('day', 'week', 'month', 'year'),
    meter: text,
    usage_type: oneOf('licensed', 'metered'),
  }),
}

function listPrices(call: Call<Values<typeof listing>>): object {
  const { active, currency, lookup_keys: keys, product, type, recurring = {} } = call.params
  if (keys && keys.length > 10)
    throw invalid('You can specify at most 10 lookup_keys.', { param: 'lookup_keys' })
  const { store } = call.world
  const from =
    product === undefined ? store.all<Price>('price') : store.by<Price>('price', 'product', product)
  const fits = (price: Price) =>
    !price.hidden.deleted &&
    (active === undefined || price.active === active) &&
    (currency === undefined || price.currency === currency.toLowerCase()) &&
    (keys === undefined || (price.lookup_key !== null && keys.includes(price.lookup_key))) &&
    (type === undefined || price.type === type) &&
    (recurring.interval === undefined || price.recurring?.interval === recurring.interval) &&
    (recurring.meter === undefined || price.recurring?.meter === recurring.meter) &&
    (recurring.usage_type === undefined || price.recurring?.usage_type === recurring.usage_type)
  return page(call, [...from].filter(fits))
}

/** What a price asks for in each currency, its own included. */
function allOptions(price: Price): Record<string, Option> {
  const { currency, tax_behavior, unit_amount, unit_amount_decimal, hidden } = price
  return {
    [currency]: { tax_behavior, unit_amount, unit_amount_decimal, tiers: hidden.tiers },
    ...hidden.options,
  }
}

/** The options as the API shows them; their tiers show only when they are expanded in turn. */
const shownOptions = (price: Price): Record<string, object> =>
  Object.fromEntries(
    Object.entries(allOptions(price)).map(([name, { tiers: _, ...option }]) => [
      name,
      { custom_unit_amount: null, ...option },
    ]),
  )

const stored = (world: World, holder: Record<string, unknown>) =>
  world.store.get<Price>('price', String(holder.id))

/** `currency_options.eur.tiers`, for each currency. */
const tiersInCurrencies = Object.fromEntries(
  currencies.map((currency) => [
    `currency_options.${currency}.tiers`,
    (world: World, price: Record<string, unknown>) => {
      const found = stored(world, price)
      return (found && allOptions(found)[currency]?.tiers) ?? undefined
    },
  ]),
)

export const prices: Resource = {
  object: 'price',
  links: {
    product: 'product',
    tiers: (world, price) => stored(world, price)?.hidden.tiers ?? undefined,
    currency_options: (world, price) => {
      const found = stored(world, price)
      return found && shownOptions(found)
    },
    ...tiersInCurrencies,
  },
  start(world) {
    world.store.index<Price>('price', 'product', ({ product, hidden }) => (hidden.deleted ? null : product))
    world.store.index<Price>('price', 'lookup_key', ({ lookup_key: key }) => key)
  },
  operations: [
    operation('POST /v1/prices', creation, create),
    operation('GET /v1/prices', listing, listPrices),
    operation('GET /v1/prices/search', { query: required(text), limit: integer, page: text }, (call) => {
      const live = [...call.world.store.all<Price>('price')].filter(({ hidden }) => !hidden.deleted)
      return searchIn(call, live, {
        active: (price) => price.active,
        currency: (price) => price.currency,
        lookup_key: (price) => price.lookup_key,
        metadata: (price) => price.metadata,
        product: (price) => price.product,
        type: (price) => price.type,
      })
    }),
    operation('GET /v1/prices/{id}', {}, ({ world, ids }) => present(world, findPrice(world, ids.id ?? ''))),
    operation('POST /v1/prices/{id}', updating, update),
  ],
}

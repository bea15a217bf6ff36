import { invalid } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  clearable,
  clearableText,
  decimalCount,
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
import { change, emit } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { type Call, operation, present, type Resource } from '../world.ts'
import { createPrice, optionsOf } from './create-price.ts'
import { amountParams, intervalParam, taxBehavior, unitAmountOf } from './price-parameters.ts'
import { findPrice, type Price } from './prices.ts'
import { createProduct, findProduct, type Product, shownTax, taxDetails } from './products.ts'

const atMost = <T>(most: number, what: string, of: Param<T[]>): Param<T[]> => ({
  ...of,
  parse(raw, name) {
    const values = of.parse(raw, name)
    if (values.length <= most) return values
    throw invalid(`A product can have at most ${most} ${what}.`, { param: name })
  },
})

const descriptor: Param<string> = {
  parse(raw, name) {
    const value = text.parse(raw, name)
    if (value.length > 22)
      throw invalid('The statement descriptor must be at most 22 characters.', { param: name })
    if (/[<>\\"']/.test(value))
      throw invalid(
        'The statement descriptor contains one of the characters < > \\ " \' that it cannot have.',
        {
          param: name,
        },
      )
    return value
  },
}

const measure: Param<number> = { parse: (raw, name) => Number(decimalCount.parse(raw, name)) }
const dimensions = object({
  height: required(measure),
  length: required(measure),
  weight: required(measure),
  width: required(measure),
})

const fields = {
  active: boolean,
  description: clearableText,
  images: atMost(8, 'images', list(text)),
  marketing_features: atMost(15, 'marketing features', list(object({ name: required(text) }))),
  metadata,
  package_dimensions: clearable(dimensions),
  shippable: boolean,
  statement_descriptor: descriptor,
  tax_code: clearableText,
  tax_details: clearable(taxDetails),
  unit_label: clearableText,
  url: clearableText,
}

const { currency_options, unit_amount, unit_amount_decimal, custom_unit_amount } = amountParams
const creation = {
  ...fields,
  default_price_data: object({
    currency: required(text),
    currency_options,
    custom_unit_amount,
    metadata,
    recurring: intervalParam,
    tax_behavior: taxBehavior,
    unit_amount,
    unit_amount_decimal,
  }),
  id: text,
  name: required(text),
  type: oneOf('good', 'service'),
}

/** The price that a product is made with is made after it and then becomes its default. */
function create({ world, params }: Call<Values<typeof creation>>): object {
  const { default_price_data: data, ...rest } = params
  const product = createProduct(world, rest as Parameters<typeof createProduct>[1])
  if (!data) return present(world, product)
  const amounts = unitAmountOf(data, 'default_price_data[unit_amount]')
  const currency = checkCurrency(data.currency, 'default_price_data[currency]')
  const own = {
    billing_scheme: 'per_unit' as const,
    currency,
    tax_behavior: data.tax_behavior ?? 'unspecified',
  }
  const { recurring } = data
  const price = createPrice(world, {
    ...amounts,
    tiers: null,
    currency,
    metadata: data.metadata ?? {},
    options: optionsOf(data.currency_options ?? {}, own),
    product: product.id,
    ...(recurring
      ? {
          recurring: {
            interval: recurring.interval,
            ...(recurring.interval_count === undefined ? {} : { interval_count: recurring.interval_count }),
          },
        }
      : {}),
    tax_behavior: own.tax_behavior,
  })
  return present(world, change(world, product, { default_price: price.id }, 'product.updated'))
}

const updating = { ...fields, name: text, default_price: text }

function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findProduct(world, ids.id ?? '')
  const { metadata: given, default_price: id, ...rest } = params
  if (id !== undefined) {
    const price = findPrice(world, id, 'default_price')
    if (price.product !== before.id)
      throw invalid(`The price ${id} does not belong to the product ${before.id}.`, {
        param: 'default_price',
      })
    if (!price.active)
      throw invalid('An inactive price cannot be the default price of a product.', { param: 'default_price' })
  }
  const changes = {
    ...rest,
    ...shownTax(rest),
    ...(id === undefined ? {} : { default_price: id }),
    metadata: mergeMetadata(before.metadata, given),
    updated: world.clock.now(),
  }
  return present(world, change(world, before, changes as Partial<Product>, 'product.updated'))
}

const listing = {
  ...pagingAndCreated,
  active: boolean,
  ids: list(text),
  shippable: boolean,
  type: oneOf('good', 'service'),
  url: text,
}

function listProducts(call: Call<Values<typeof listing>>): object {
  const { active, ids, shippable, type, url } = call.params
  const fits = (product: Product & { type?: string }) =>
    (active === undefined || product.active === active) &&
    (ids === undefined || ids.includes(product.id)) &&
    (shippable === undefined || product.shippable === shippable) &&
    (type === undefined || product.type === type) &&
    (url === undefined || product.url === url)
  return page(call, [...call.world.store.all<Product>('product')].filter(fits))
}

export const products: Resource = {
  object: 'product',
  links: { default_price: 'price', tax_code: 'tax_code' },
  operations: [
    operation('POST /v1/products', creation, create),
    operation('GET /v1/products', listing, listProducts),
    operation('GET /v1/products/search', { query: required(text), limit: integer, page: text }, (call) =>
      searchIn(call, [...call.world.store.all<Product>('product')], {
        active: (product) => product.active,
        description: (product) => product.description,
        metadata: (product) => product.metadata,
        name: (product) => product.name,
        shippable: (product) => product.shippable,
        url: (product) => product.url,
      }),
    ),
    operation('GET /v1/products/{id}', {}, ({ world, ids }) =>
      present(world, findProduct(world, ids.id ?? '')),
    ),
    operation('POST /v1/products/{id}', updating, update),
    operation('DELETE /v1/products/{id}', {}, ({ world, ids }) => {
      const product = findProduct(world, ids.id ?? '')
      if (world.store.by<Price>('price', 'product', product.id).length) {
        throw invalid('This product cannot be deleted because it has one or more user-created prices.')
      }
      emit(world, 'product.deleted', product)
      world.store.remove('product', product.id)
      return { id: product.id, object: 'product', deleted: true }
    }),
  ],
}

import { invalid, missing } from './errors.ts'
import { change, emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import {
  boolean,
  clearable,
  clearableText,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  required,
  text,
} from './params.ts'
import { searchIn } from './search.ts'
import { operation, present, type Resource, type Stored, shortId, type World } from './world.ts'

export type Product = Stored & {
  active: boolean
  created: number
  updated: number
  default_price: string | null
  description: string | null
  metadata: Record<string, string>
  name: string
  unit_label: string | null
}

const fields = {
  active: boolean,
  description: clearableText,
  images: list(text),
  marketing_features: list(object({ name: required(text) })),
  metadata,
  shippable: boolean,
  statement_descriptor: clearableText,
  tax_code: clearableText,
  unit_label: clearableText,
  url: clearableText,
  ...notYetAll('package_dimensions', 'tax_details'),
}

type Given = { name: string; id?: string; metadata?: Record<string, string> | null; [field: string]: unknown }

/** Makes a product; also for the `product_data` of prices. */
export function createProduct(world: World, given: Given): Product {
  const { metadata: asked, id = shortId('prod_'), ...rest } = given
  if (world.store.get('product', id)) {
    throw invalid(`Product already exists.`, { code: 'resource_already_exists', param: 'id' })
  }
  const now = world.clock.now()
  const product = {
    id,
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata({}, asked),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
    ...rest,
  } satisfies Product & Record<string, unknown>
  world.store.put<Product>('product', product)
  emit(world, 'product.created', product)
  return product
}

export function findProduct(world: World, id: string, param = 'id'): Product {
  const found = world.store.get<Product>('product', id)
  if (!found) throw missing('product', id, param)
  return found
}

export const products: Resource = {
  object: 'product',
  links: { default_price: 'price', tax_code: 'tax_code' },
  operations: [
    operation(
      'POST /v1/products',
      { ...fields, id: text, name: required(text), ...notYetAll('default_price_data') },
      ({ world, params }) => present(world, createProduct(world, params as Given)),
    ),
    operation(
      'GET /v1/products',
      { ...pagingAndCreated, active: boolean, ids: list(text), shippable: boolean, url: text },
      (call) => {
        const { active, ids, shippable, url } = call.params
        const fits = (product: Product & { shippable?: boolean | null; url?: string | null }) =>
          (active === undefined || product.active === active) &&
          (ids === undefined || ids.includes(product.id)) &&
          (shippable === undefined || product.shippable === shippable) &&
          (url === undefined || product.url === url)
        return page(call, [...call.world.store.all<Product>('product')].filter(fits))
      },
    ),
    operation('GET /v1/products/search', { query: required(text), limit: integer, page: text }, (call) =>
      searchIn(call, [...call.world.store.all<Product>('product')], {
        name: (product) => product.name,
        description: (product) => product.description,
        active: (product) => product.active,
        metadata: (product) => product.metadata,
      }),
    ),
    operation('GET /v1/products/{id}', {}, ({ world, ids }) =>
      present(world, findProduct(world, ids.id ?? '')),
    ),
    operation(
      'POST /v1/products/{id}',
      { ...fields, name: text, default_price: clearable(text) },
      ({ world, params, ids }) => {
        const before = findProduct(world, ids.id ?? '')
        const { metadata: given, default_price: price, ...rest } = params
        if (price && !world.store.get('price', price)) throw missing('price', price, 'default_price')
        const changes = {
          ...rest,
          ...(price === undefined ? {} : { default_price: price }),
          metadata: mergeMetadata(before.metadata, given),
          updated: world.clock.now(),
        }
        return present(world, change(world, before, changes as Partial<Product>, 'product.updated'))
      },
    ),
    operation('DELETE /v1/products/{id}', {}, ({ world, ids }) => {
      const product = findProduct(world, ids.id ?? '')
      if (world.store.by('price', 'product', product.id).length) {
        throw invalid('This product cannot be deleted because it has one or more user-created prices.')
      }
      emit(world, 'product.deleted', product)
      world.store.remove('product', product.id)
      return { id: product.id, object: 'product', deleted: true }
    }),
  ],
}

import { invalid, missing } from '../api/errors.ts'
import { clearableText, mergeMetadata, notYetAll, object } from '../api/params.ts'
import { emit } from '../events/events.ts'
import { type Stored, shortId, type World } from '../world.ts'

export type Product = Stored & {
  active: boolean
  created: number
  updated: number
  default_price: string | null
  description: string | null
  metadata: Record<string, string>
  name: string
  shippable: boolean | null
  unit_label: string | null
  url: string | null
}

/** `tax_details` of a product, wherever one is made. */
export const taxDetails = object({ tax_code: clearableText, ...notYetAll('performance_location') })

/** Tax details name the tax code once more. */
export function shownTax(given: object): object {
  const { tax_details: details } = given as { tax_details?: { tax_code?: string | null } | null }
  if (details === undefined) return {}
  const code = details?.tax_code ?? null
  return { tax_code: code, tax_details: details && { performance_location: null, tax_code: code } }
}

type Given = { name: string; id?: string; metadata?: Record<string, string> | null; [field: string]: unknown }

/** Keeps a new product without a word of it. */
export function newProduct(world: World, given: Given): Product {
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
    ...shownTax(rest),
  } satisfies Product & Record<string, unknown>
  return world.store.put<Product>('product', product)
}

/** Makes a product; also for the `product_data` of prices. */
export function createProduct(world: World, given: Given): Product {
  const product = newProduct(world, given)
  emit(world, 'product.created', product)
  return product
}

export function findProduct(world: World, id: string, param = 'id'): Product {
  const found = world.store.get<Product>('product', id)
  if (!found) throw missing('product', id, param)
  return found
}

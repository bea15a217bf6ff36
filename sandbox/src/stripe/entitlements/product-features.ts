import { invalid, missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { required, text } from '../api/params.ts'
import { findProduct } from '../catalog/products.ts'
import { operation, present, type Resource, type Stored, shortId, type World } from '../world.ts'
import { findFeature } from './features.ts'

/** That whoever buys a product is entitled to a feature. */
type ProductFeature = Stored & { hidden: { product: string; feature: string } }

export const featuresOf = (world: World, product: string): ProductFeature[] =>
  world.store.by<ProductFeature>('product_feature', 'product', product)

function find(world: World, { productId = '', id = '' }: Record<string, string>): ProductFeature {
  const product = findProduct(world, productId, 'product')
  const found = world.store.get<ProductFeature>('product_feature', id)
  if (found?.hidden.product !== product.id) throw missing('product feature', id)
  return found
}

export const productFeatures: Resource = {
  object: 'product_feature',
  view: (world, { id, object, hidden }: ProductFeature) => ({
    id,
    object,
    entitlement_feature: present(world, findFeature(world, hidden.feature)),
    livemode: false,
  }),
  start: (world) =>
    world.store.index<ProductFeature>('product_feature', 'product', ({ hidden }) => hidden.product),
  operations: [
    operation(
      'POST /v1/products/{id}/features',
      { entitlement_feature: required(text) },
      ({ world, params, ids }) => {
        const product = findProduct(world, ids.id ?? '')
        const feature = findFeature(world, params.entitlement_feature, 'entitlement_feature')
        const about = { param: 'entitlement_feature' }
        if (!feature.active) throw invalid('An archived feature cannot be attached to a product.', about)
        if (featuresOf(world, product.id).some(({ hidden }) => hidden.feature === feature.id))
          throw invalid('The feature is already attached to this product.', about)
        const made = world.store.put<ProductFeature>('product_feature', {
          id: shortId('prodft_'),
          object: 'product_feature',
          hidden: { product: product.id, feature: feature.id },
        })
        return present(world, made)
      },
    ),
    operation('GET /v1/products/{id}/features', paging, (call) =>
      page(call, featuresOf(call.world, findProduct(call.world, call.ids.id ?? '').id)),
    ),
    operation('GET /v1/products/{productId}/features/{id}', {}, ({ world, ids }) =>
      present(world, find(world, ids)),
    ),
    operation('DELETE /v1/products/{productId}/features/{id}', {}, ({ world, ids }) => {
      const { id, object } = find(world, ids)
      world.store.remove(object, id)
      return { id, object, deleted: true }
    }),
  ],
}

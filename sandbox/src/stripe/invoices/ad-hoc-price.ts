import { newPrice } from '../catalog/create-price.ts'
import { unitAmountOf } from '../catalog/price-parameters.ts'
import type { Price } from '../catalog/prices.ts'
import { newProduct } from '../catalog/products.ts'
import type { World } from '../world.ts'

/**
 * The inactive price that stands on an item for which an amount was given and no price. The same words, currency and
 * amount share one; without words each has its own (recorded answers of the real API).
 */
export function adHocPrice(
  world: World,
  about: { currency: string; unitAmount: string; description: string | null },
): Price {
  const { currency, unitAmount, description } = about
  const id = description === null ? null : JSON.stringify([currency, unitAmount, description])
  const shared = id === null ? undefined : world.store.get<{ id: string; price: string }>('ad hoc price', id)
  const found = shared && world.store.get<Price>('price', shared.price)
  if (found) return found
  const product = newProduct(world, { name: description ?? 'Invoice item', active: false })
  const amounts = { ...unitAmountOf({ unit_amount_decimal: unitAmount }), tiers: null }
  const price = newPrice(world, { ...amounts, currency, product: product.id, active: false })
  if (id !== null) world.store.put('ad hoc price', { id, price: price.id })
  return price
}

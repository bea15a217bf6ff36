import { findPrice } from '../catalog/prices.ts'
import type { Product } from '../catalog/products.ts'
import { present, type World } from '../world.ts'
import type { Session } from './session.ts'

/** The lines of a session as API objects. */
export function shownLines(world: World, session: Session): Record<string, unknown>[] {
  const { amounts, lines } = session.hidden
  return lines.map((line, position) => {
    const price = findPrice(world, line.price)
    const { amount, off, tax, onTop } = amounts[position] ?? { amount: 0, off: 0, tax: 0, onTop: 0 }
    return {
      id: line.id,
      object: 'item',
      adjustable_quantity: line.adjustable,
      amount_discount: off,
      amount_subtotal: amount,
      amount_tax: tax,
      amount_total: amount - off + onTop,
      currency: session.currency ?? price.currency,
      description: world.store.get<Product>('product', price.product)?.name ?? null,
      metadata: line.metadata,
      price: present(world, price),
      quantity: line.quantity,
    }
  })
}

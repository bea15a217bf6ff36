import { findPrice } from '../prices.ts'
import type { Product } from '../products.ts'
import { present, type World } from '../world.ts'
import { linesWithDiscount } from './discounts.ts'
import type { Session } from './session.ts'

/** The lines of a session as API objects. */
export function shownLines(world: World, session: Session): Record<string, unknown>[] {
  const amounts = linesWithDiscount(world, session)
  return session.hidden.lines.map((line, position) => {
    const price = findPrice(world, line.price)
    const { amount, off } = amounts[position] ?? { amount: 0, off: 0 }
    return {
      id: line.id,
      object: 'item',
      adjustable_quantity: line.adjustable,
      amount_discount: off,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount - off,
      currency: session.currency ?? price.currency,
      description: world.store.get<Product>('product', price.product)?.name ?? null,
      metadata: line.metadata,
      price: present(world, price),
      quantity: line.quantity,
    }
  })
}

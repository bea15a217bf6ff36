import { exactPriceAmount, isMetered, type Price } from '../catalog/prices.ts'
import type { Product } from '../catalog/products.ts'
import { itemLine, putItemLines } from '../invoices/lines.ts'
import { proratedPart } from '../money/money.ts'
import { writtenDay } from '../periods.ts'
import type { World } from '../world.ts'
import type { Stretch } from './anchor.ts'
import { findSubscription, type Item } from './subscription.ts'

const isWhole = ({ start, end, whole }: Stretch) => start === whole.start && end === whole.end

/** Puts what an item costs for a stretch of time: the whole price, or its part where the stretch is no whole period. */
export function putStretch(
  world: World,
  about: { invoice: string; item: Item; price: Price },
  stretch: Stretch,
): void {
  const { item, price } = about
  const { start, end, whole } = stretch
  const period = { start, end }
  if (isWhole(stretch)) {
    putItemLines(world, { ...about, period })
    return
  }
  if (isMetered(price)) return
  const { currency } = findSubscription(world, item.subscription)
  const name = world.store.get<Product>('product', price.product)?.name ?? 'Product'
  const counted = item.quantity === 1 ? name : `${item.quantity} × ${name}`
  const line = itemLine(
    world,
    { ...about, period },
    {
      amount: proratedPart(
        exactPriceAmount(price, item.quantity, currency),
        end - start,
        whole.end - whole.start,
      ),
      description: `Time on ${counted} from ${writtenDay(start)} until ${writtenDay(end)}`,
      unitAmount: null,
      quantity: item.quantity,
    },
  )
  const details = line.parent.subscription_item_details
  world.store.put('line_item', {
    ...line,
    parent: { ...line.parent, subscription_item_details: details && { ...details, proration: true } },
  })
}

import { removeFromHolder } from '../discounts/discount.ts'
import { type Asked, redeem } from '../discounts/redeem.ts'
import type { World } from '../world.ts'
import { type Item, itemAmount, priceOf, type Subscription } from './subscription.ts'

/**
 * Redeems coupons and codes for one item of a subscription, and ends those of its discounts that are not named; answers
 * the ids of those it has then. `param` is the item's own name, for refusals.
 */
export function itemDiscounts(
  world: World,
  { id, customer, currency }: Subscription,
  item: Item,
  asked: Asked[],
  param: string,
): string[] {
  const ids = redeem(world, asked, {
    customer,
    currency,
    subtotal: itemAmount(priceOf(world, item), item.quantity, currency),
    subscription: id,
    subscription_item: item.id,
    kept: item.discounts,
    param: `${param}[discounts]`,
  })
  for (const gone of item.discounts) if (!ids.includes(gone)) removeFromHolder(world, gone)
  return ids
}

import { invalid, missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { boolean, integer, notYetAll, required, text, type Values } from '../api/params.ts'
import { operation, present, type Resource, type World } from '../world.ts'
import type { ItemChange } from './item-changes.ts'
import { itemChanges, newItem, prorationBehavior, updateBehavior } from './parameters.ts'
import { updateWhenPaid } from './pending-update.ts'
import { ended, findSubscription, type Item, itemsOf, viewItem } from './subscription.ts'
import { type Update, updateSubscription } from './update.ts'

const how = {
  payment_behavior: updateBehavior,
  proration_behavior: prorationBehavior,
  proration_date: integer,
}
type How = Values<typeof how> & { off_session?: boolean }

function findItem(world: World, id = ''): Item {
  const found = world.store.get<Item>('subscription_item', id)
  if (!found) throw missing('subscription_item', id)
  return found
}

const awaitable = new Set(['deleted', 'id', 'price', 'quantity'])

/** Applies one change to a subscription's items, at once or when it is paid. */
function apply(world: World, id: string, change: ItemChange, given: How): void {
  const subscription = findSubscription(world, id, 'subscription')
  if (ended(subscription))
    throw invalid('The items of a subscription that has ended cannot be changed.', { param: 'subscription' })
  const { payment_behavior: behavior = 'allow_incomplete' } = given
  const update: Omit<Update, 'behavior'> = {
    fields: {},
    items: [change],
    proration: given.proration_behavior ?? 'create_prorations',
    ...(given.proration_date === undefined ? {} : { prorationDate: given.proration_date }),
    ...(given.off_session ? { offSession: true } : {}),
  }
  if (behavior !== 'pending_if_incomplete') {
    updateSubscription(world, subscription, { ...update, behavior })
    return
  }
  const other = Object.keys(change).find((name) => !awaitable.has(name))
  if (other !== undefined)
    throw invalid(
      `You passed \`${other === 'taxRates' ? 'tax_rates' : other}\`, which cannot be updated when \`payment_behavior\` is set to \`pending_if_incomplete\`.`,
      { param: other === 'taxRates' ? 'tax_rates' : other },
    )
  updateWhenPaid(world, subscription, update)
}

export const subscriptionItems: Resource = {
  object: 'subscription_item',
  view: viewItem,
  links: { discounts: 'discount' },
  operations: [
    operation('GET /v1/subscription_items', { ...paging, subscription: required(text) }, (call) =>
      page(
        call,
        itemsOf(call.world, findSubscription(call.world, call.params.subscription, 'subscription').id),
      ),
    ),
    operation('GET /v1/subscription_items/{id}', {}, ({ world, ids }) =>
      present(world, findItem(world, ids.id)),
    ),
    operation(
      'POST /v1/subscription_items',
      { ...newItem, ...how, subscription: required(text) },
      ({ world, params }) => {
        const { subscription, payment_behavior, proration_behavior, proration_date, ...item } = params
        const before = new Set(itemsOf(world, subscription).map(({ id }) => id))
        const [change] = itemChanges(world, [item], [])
        if (change?.price === undefined)
          throw invalid('Missing required param: price.', { param: 'price', code: 'parameter_missing' })
        apply(world, subscription, change, { ...params })
        const made = itemsOf(world, subscription).find(({ id }) => !before.has(id))
        const waits = findSubscription(world, subscription).hidden.planned?.items
        const planned = waits?.find(({ id }) => !before.has(id))
        return present(world, made ?? planned ?? findItem(world))
      },
    ),
    operation(
      'POST /v1/subscription_items/{id}',
      { ...newItem, ...how, off_session: boolean },
      ({ world, params, ids }) => {
        const before = findItem(world, ids.id)
        const { payment_behavior, proration_behavior, proration_date, off_session, ...item } = params
        const [change] = itemChanges(world, [{ ...item, id: before.id }], [before])
        if (change) apply(world, before.subscription, change, { ...params })
        return present(world, findItem(world, before.id))
      },
    ),
    operation(
      'DELETE /v1/subscription_items/{id}',
      { ...how, ...notYetAll('clear_usage') },
      ({ world, params, ids }) => {
        const before = findItem(world, ids.id)
        apply(world, before.subscription, { id: before.id, deleted: true }, { ...params })
        return { id: before.id, object: 'subscription_item', deleted: true }
      },
    ),
  ],
}

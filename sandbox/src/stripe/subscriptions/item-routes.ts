import { invalid, missing } from '../errors.ts'
import { page, paging } from '../lists.ts'
import { integer, notYetAll, oneOf, required, text } from '../params.ts'
import { operation, present, type Resource, type World } from '../world.ts'
import { changedItem, itemChanges, prorationBehavior } from './parameters.ts'
import { findSubscription, type Item, itemsOf, viewItem } from './subscription.ts'
import { type ItemChange, type Update, updateSubscription } from './update.ts'

const how = {
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  proration_behavior: prorationBehavior,
  proration_date: integer,
}
const { deleted: _, id: __, ...fields } = changedItem
type How = {
  payment_behavior?: Update['behavior']
  proration_behavior?: Update['proration']
  proration_date?: number
}

function findItem(world: World, id = ''): Item {
  const found = world.store.get<Item>('subscription_item', id)
  if (!found) throw missing('subscription_item', id)
  return found
}

function apply(world: World, subscription: string, change: ItemChange, given: How): void {
  updateSubscription(world, findSubscription(world, subscription, 'subscription'), {
    fields: {},
    items: [change],
    proration: given.proration_behavior ?? 'create_prorations',
    ...(given.proration_date === undefined ? {} : { prorationDate: given.proration_date }),
    behavior: given.payment_behavior ?? 'allow_incomplete',
  })
}

export const subscriptionItems: Resource = {
  object: 'subscription_item',
  view: viewItem,
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
      { ...fields, ...how, subscription: required(text) },
      ({ world, params }) => {
        const { subscription, payment_behavior, proration_behavior, proration_date, ...item } = params
        const before = new Set(itemsOf(world, subscription).map(({ id }) => id))
        const [change] = itemChanges(world, [item], [])
        if (change?.price === undefined)
          throw invalid('Missing required param: price.', { param: 'price', code: 'parameter_missing' })
        apply(world, subscription, change, { ...params })
        const made = itemsOf(world, subscription).find(({ id }) => !before.has(id))
        return present(world, findItem(world, made?.id))
      },
    ),
    operation(
      'POST /v1/subscription_items/{id}',
      { ...fields, ...how, ...notYetAll('off_session') },
      ({ world, params, ids }) => {
        const before = findItem(world, ids.id)
        const { payment_behavior, proration_behavior, proration_date, ...item } = params
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

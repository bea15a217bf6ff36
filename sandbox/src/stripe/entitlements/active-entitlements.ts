import { missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { required, text } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { emitShown, previousAttributes, type StripeEvent } from '../events/events.ts'
import { listen, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { findFeature } from './features.ts'
import { entitlementId } from './ids.ts'
import { featuresOf } from './product-features.ts'

type Entitlement = Stored & { feature: string; lookup_key: string; hidden: { customer: string } }

const entitlementsOf = (world: World, customer: string): Entitlement[] =>
  world.store.by<Entitlement>('entitlements.active_entitlement', 'customer', customer)

function isEntitled(world: World, status: string): boolean {
  return (
    ['active', 'trialing'].includes(status) || (status === 'past_due' && world.settings().entitled_past_due)
  )
}

/** The features of the products to which a customer is subscribed, each once. */
function earned(world: World, customer: string): string[] {
  const { store } = world
  const products = store
    .by<{ id: string; status: string }>('subscription', 'customer', customer)
    .filter(({ status }) => isEntitled(world, status))
    .flatMap(({ id }) => store.by<{ price: string }>('subscription_item', 'subscription', id))
    .flatMap(({ price }) => store.get<{ product: string }>('price', price)?.product ?? [])
  const features = products.flatMap((id) => featuresOf(world, id).map(({ hidden }) => hidden.feature))
  return [...new Set(features)]
}

/** What a customer is entitled to as a whole, which only events show. */
function summary(world: World, customer: string): Record<string, unknown> {
  return {
    object: 'entitlements.active_entitlement_summary',
    customer,
    entitlements: {
      object: 'list',
      data: entitlementsOf(world, customer).map((one) => present(world, one)),
      has_more: false,
      url: `/v1/customer/${customer}/entitlements`,
    },
    livemode: false,
  }
}

/** Grants and takes back until a customer has what their subscriptions give, and says so where that changed. */
function settle(world: World, customer: string): void {
  const { store } = world
  const had = entitlementsOf(world, customer)
  if (had.length === 0 && store.count('product_feature') === 0) return
  const features = earned(world, customer)
  const gone = had.filter(({ feature }) => !features.includes(feature))
  const isNew = (feature: string) => !had.some((one) => one.feature === feature)
  const granted = features.filter(isNew)
  if (gone.length + granted.length === 0) return
  const before = summary(world, customer)
  for (const { object, id } of gone) store.remove(object, id)
  for (const feature of granted) {
    store.put<Entitlement>('entitlements.active_entitlement', {
      id: entitlementId('ent'),
      object: 'entitlements.active_entitlement',
      feature,
      ...{ livemode: false },
      lookup_key: findFeature(world, feature).lookup_key,
      hidden: { customer },
    })
  }
  const after = summary(world, customer)
  const type = 'entitlements.active_entitlement_summary.updated'
  emitShown(world, type, after, previousAttributes(before, after))
}

export const activeEntitlements: Resource = {
  object: 'entitlements.active_entitlement',
  links: { feature: 'entitlements.feature' },
  start(world) {
    world.store.index<Entitlement>(
      'entitlements.active_entitlement',
      'customer',
      ({ hidden }) => hidden.customer,
    )
    listen<StripeEvent>(world, 'event.created', ({ type, data }) => {
      if (type.startsWith('customer.subscription.')) settle(world, String(data.object.customer))
    })
  },
  operations: [
    operation('GET /v1/entitlements/active_entitlements', { ...paging, customer: required(text) }, (call) =>
      page(call, entitlementsOf(call.world, findCustomer(call.world, call.params.customer, 'customer').id)),
    ),
    operation('GET /v1/entitlements/active_entitlements/{id}', {}, ({ world, ids }) => {
      const found = world.store.get<Entitlement>('entitlements.active_entitlement', ids.id ?? '')
      if (!found) throw missing('active entitlement', ids.id ?? '')
      return present(world, found)
    }),
  ],
}

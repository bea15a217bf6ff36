import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  inRange,
  integer,
  notYetAll,
  object,
  oneOf,
  type Range,
  range,
  required,
  text,
} from '../api/params.ts'
import { searchIn } from '../api/search.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { billUsage } from '../meters/usage-lines.ts'
import { operation, present, type Resource, type World } from '../world.ts'
import { migrate } from './migrate.ts'
import { cancelling, creation, migrating, updating } from './parameters.ts'
import { pause, pausing } from './pause.ts'
import { startCollectingAgain } from './pause-collection.ts'
import { startBillingPending } from './pending-items.ts'
import { creditUnused } from './prorations.ts'
import { startListening } from './reactions.ts'
import { cancel, create, update } from './requests.ts'
import { resume, resuming } from './resume.ts'
import {
  findSubscription,
  type Item,
  itemsOf,
  type Status,
  type Subscription,
  viewSubscription,
} from './subscription.ts'
import { startTurning } from './turn.ts'
import { updateDraft } from './update.ts'

/** The invoice that a cancellation now, with proration and what was used, would leave, for previews. */
export function cancellationDraft(world: World, subscription: Subscription, at: number): Invoice {
  billUsage(world, subscription, itemsOf(world, subscription.id))
  for (const item of itemsOf(world, subscription.id)) creditUnused(world, { subscription, at }, item)
  return updateDraft(world, subscription, { fields: {}, items: [], proration: 'always_invoice' }, [])
}

const statuses = oneOf(
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
)

function fitsStatus(status: Status, wanted: string | undefined): boolean {
  if (wanted === undefined) return status !== 'canceled' && status !== 'incomplete_expired'
  if (wanted === 'all') return true
  return wanted === 'ended' ? status === 'canceled' || status === 'incomplete_expired' : status === wanted
}

type Filter = {
  automatic_tax?: { enabled: boolean }
  collection_method?: string
  current_period_end?: Range
  current_period_start?: Range
  plan?: string
  price?: string
}

/** Whether a subscription is among those that a list asks for, by what it bills, how and when. */
function fits(world: World, subscription: Subscription, wanted: Filter): boolean {
  const items = itemsOf(world, subscription.id)
  const { automatic_tax: tax, collection_method: method, plan, price } = wanted
  const holds = (id: string | undefined) => id === undefined || items.some((item) => item.price === id)
  return (
    holds(price) &&
    holds(plan) &&
    (method === undefined || subscription.collection_method === method) &&
    (tax === undefined || subscription.automatic_tax.enabled === tax.enabled) &&
    inRange(Math.min(...items.map((item) => item.current_period_end)), wanted.current_period_end) &&
    inRange(Math.max(...items.map((item) => item.current_period_start)), wanted.current_period_start)
  )
}

export const subscriptions: Resource = {
  object: 'subscription',
  view: viewSubscription,
  links: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    default_source: 'card',
    discounts: 'discount',
    latest_invoice: 'invoice',
    pending_setup_intent: 'setup_intent',
    schedule: 'subscription_schedule',
    test_clock: 'test_helpers.test_clock',
    application: 'application',
    on_behalf_of: 'account',
  },
  start(world) {
    world.store.index<Subscription>('subscription', 'customer', ({ customer }) => customer)
    world.store.index<Item>('subscription_item', 'subscription', ({ subscription }) => subscription)
    startTurning(world)
    startListening(world)
    startCollectingAgain(world)
    startBillingPending(world)
  },
  operations: [
    operation('POST /v1/subscriptions', creation, create),
    operation(
      'GET /v1/subscriptions',
      {
        ...pagingAndCreated,
        customer: text,
        price: text,
        status: statuses,
        automatic_tax: object({ enabled: required(boolean) }),
        collection_method: oneOf('charge_automatically', 'send_invoice'),
        current_period_end: range,
        current_period_start: range,
        plan: text,
        test_clock: text,
        ...notYetAll('customer_account'),
      },
      (call) => {
        const { customer, status, test_clock: testClock } = call.params
        const { world } = call
        const from =
          customer === undefined
            ? [...world.store.all<Subscription>('subscription')]
            : world.store.by<Subscription>('subscription', 'customer', customer)
        const stands = (subscription: Subscription) =>
          testClock === undefined
            ? customer !== undefined || subscription.test_clock === null
            : subscription.test_clock === testClock
        return page(
          call,
          from.filter(
            (subscription) =>
              fitsStatus(subscription.status, status) &&
              stands(subscription) &&
              fits(world, subscription, call.params),
          ),
        )
      },
    ),
    operation('GET /v1/subscriptions/search', { query: required(text), limit: integer, page: text }, (call) =>
      searchIn(call, [...call.world.store.all<Subscription>('subscription')], {
        status: (subscription) => subscription.status,
        created: (subscription) => subscription.created,
        canceled_at: (subscription) => subscription.canceled_at,
        metadata: (subscription) => subscription.metadata,
      }),
    ),
    operation('GET /v1/subscriptions/{id}', {}, ({ world, ids }) =>
      present(world, findSubscription(world, ids.id ?? '')),
    ),
    operation('POST /v1/subscriptions/{id}', updating, update),
    operation('DELETE /v1/subscriptions/{id}', cancelling, cancel),
    operation('POST /v1/subscriptions/{id}/migrate', migrating, migrate),
    operation('POST /v1/subscriptions/{id}/pause', pausing, pause),
    operation('POST /v1/subscriptions/{id}/resume', resuming, resume),
  ],
}

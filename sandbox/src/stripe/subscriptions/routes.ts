import { findCustomer } from '../balance.ts'
import { invalid, missing, notImplemented } from '../errors.ts'
import { change } from '../events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { page, pagingAndCreated } from '../lists.ts'
import {
  boolean,
  clearable,
  clearableText,
  count,
  either,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../params.ts'
import type { PaymentMethod } from '../payment-methods.ts'
import { checkCurrency, createPrice, priceData, recurringParam, unitAmountOf } from '../prices.ts'
import { findProduct } from '../products.ts'
import { searchIn } from '../search.ts'
import { type Call, listen, operation, present, type Resource, type World } from '../world.ts'
import { cancelSubscription } from './cancel.ts'
import { checkPrices, createSubscription, invoicePaid } from './create.ts'
import { creditUnused } from './prorations.ts'
import {
  ended,
  findSubscription,
  type Item,
  itemsOf,
  type Status,
  type Subscription,
  viewSubscription,
} from './subscription.ts'
import { startTurning } from './turn.ts'
import { type ItemChange, type Update, updateDraft, updateSubscription } from './update.ts'

/** What becomes of a subscription whose invoice was tried for the last time; an account setting at Stripe. */
const afterLastRetry: 'cancel' | 'unpaid' | 'past_due' = 'cancel'

const { product_data: _, ...plainPriceData } = priceData
const recurringPriceData = object({ ...plainPriceData, recurring: required(recurringParam) })
const newItem = {
  price: text,
  price_data: recurringPriceData,
  quantity: count,
  metadata,
  ...notYetAll('billing_thresholds', 'current_trial', 'discounts', 'plan', 'tax_rates'),
}
export const changedItem = { ...newItem, id: text, deleted: boolean, ...notYetAll('clear_usage') }
const feedbacks = oneOf(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
)
const cancellation = object({
  comment: clearableText,
  feedback: clearable(feedbacks),
  ...notYetAll('feedback_option'),
})
const trialSettings = object({
  end_behavior: required(
    object({
      missing_payment_method: oneOf('cancel', 'create_invoice', 'pause'),
      ...notYetAll('billing_cycle_anchor'),
    }),
  ),
})
export const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none')

const shared = {
  automatic_tax: object({ enabled: required(boolean) }),
  cancel_at: clearable(integer),
  cancel_at_period_end: boolean,
  collection_method: oneOf('charge_automatically'),
  default_payment_method: clearableText,
  description: clearableText,
  metadata,
  off_session: boolean,
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  payment_settings: object({
    save_default_payment_method: oneOf('off', 'on_subscription'),
    ...notYetAll('payment_method_options', 'payment_method_types'),
  }),
  proration_behavior: prorationBehavior,
  trial_end: either(oneOf('now'), integer),
  trial_settings: trialSettings,
  ...notYetAll(
    'add_invoice_items',
    'application_fee_percent',
    'billing_schedules',
    'billing_thresholds',
    'days_until_due',
    'default_source',
    'default_tax_rates',
    'discounts',
    'invoice_settings',
    'on_behalf_of',
    'pending_invoice_item_interval',
    'transfer_data',
    'trial_from_plan',
  ),
}
const creation = {
  ...shared,
  customer: required(text),
  currency: text,
  items: list(object(newItem)),
  trial_period_days: count,
  billing_mode: object({ type: required(oneOf('flexible')), ...notYetAll('flexible') }),
  ...notYetAll(
    'backdate_start_date',
    'billing_cycle_anchor',
    'billing_cycle_anchor_config',
    'customer_account',
  ),
}
const updating = {
  ...shared,
  billing_cycle_anchor: object({ type: required(oneOf('now', 'unchanged')) }),
  cancellation_details: cancellation,
  items: list(object(changedItem)),
  proration_date: integer,
  ...notYetAll('pause_collection'),
}

function priceIdOf(world: World, item: Values<typeof newItem>, param: string): string | undefined {
  const data = item.price_data
  if (!data) return item.price
  const product = findProduct(world, data.product ?? '', `${param}[price_data][product]`)
  const unitAmount = unitAmountOf(data, `${param}[price_data][unit_amount]`)
  const { interval, interval_count: every } = data.recurring
  const recurring = { interval, ...(every === undefined ? {} : { interval_count: every }) }
  return createPrice(world, {
    currency: checkCurrency(data.currency),
    product: product.id,
    unitAmount,
    recurring,
  } as Parameters<typeof createPrice>[1]).id
}

function checkMethod(world: World, customer: string, id: string | null | undefined): void {
  if (!id) return
  const method = world.store.get<PaymentMethod>('payment_method', id)
  if (!method) throw missing('PaymentMethod', id, 'default_payment_method')
  if (method.customer === customer) return
  throw invalid(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { param: 'default_payment_method', code: 'resource_missing' },
  )
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  const customer = findCustomer(world, params.customer, 'customer')
  checkMethod(world, customer.id, params.default_payment_method)
  if (!params.items?.length)
    throw invalid('Missing required param: items.', { param: 'items', code: 'parameter_missing' })
  if (params.trial_end !== undefined && params.trial_period_days !== undefined) {
    throw invalid('You may only specify one of these parameters: trial_end, trial_period_days.', {
      param: 'trial_end',
    })
  }
  const items = params.items.map((item, position) => {
    const price = priceIdOf(world, item, `items[${position}]`)
    if (price === undefined)
      throw invalid(`Missing required param: items[${position}][price].`, {
        param: `items[${position}][price]`,
        code: 'parameter_missing',
      })
    return { price, quantity: item.quantity ?? 1, metadata: mergeMetadata({}, item.metadata) }
  })
  const days = params.trial_period_days
  const trialEnd =
    typeof params.trial_end === 'number' ? params.trial_end : days ? world.clock.now() + days * 86_400 : null
  const made = createSubscription(world, {
    customer: customer.id,
    items,
    metadata: mergeMetadata({}, params.metadata),
    description: params.description ?? null,
    trialEnd,
    method: params.default_payment_method ?? null,
    behavior: params.payment_behavior ?? 'allow_incomplete',
    missing: params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    cancelAtPeriodEnd: params.cancel_at_period_end ?? false,
    cancelAt: params.cancel_at ?? null,
    automaticTax: params.automatic_tax?.enabled ?? false,
    saveMethod: params.payment_settings?.save_default_payment_method === 'on_subscription',
    offSession: params.off_session ?? false,
  })
  return present(world, made)
}

/** The plain fields that an update asks for. */
function fieldsOf(world: World, now: Subscription, params: Values<typeof updating>): Partial<Subscription> {
  checkMethod(world, now.customer, params.default_payment_method)
  const { cancel_at_period_end: ending, cancel_at: at, cancellation_details: details } = params
  if (ending !== undefined && at !== undefined) {
    throw invalid('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', {
      param: 'cancel_at',
    })
  }
  if (typeof at === 'number' && at <= world.clock.now())
    throw invalid('cancel_at must be in the future.', { param: 'cancel_at' })
  const cancels = ending === true || typeof at === 'number'
  const resumes = ending === false || at === null
  const requested = { ...now.cancellation_details, reason: 'cancellation_requested' }
  const base = cancels
    ? requested
    : resumes
      ? { comment: null, feedback: null, feedback_option: null, reason: null }
      : now.cancellation_details
  return {
    ...(params.default_payment_method === undefined
      ? {}
      : { default_payment_method: params.default_payment_method }),
    ...(params.description === undefined ? {} : { description: params.description }),
    metadata: mergeMetadata(now.metadata, params.metadata),
    ...(cancels
      ? { cancel_at_period_end: ending === true, cancel_at: at ?? null, canceled_at: world.clock.now() }
      : {}),
    ...(resumes ? { cancel_at_period_end: false, cancel_at: null, canceled_at: null } : {}),
    cancellation_details: { ...base, ...details } as Subscription['cancellation_details'],
    ...(params.trial_settings
      ? {
          trial_settings: {
            end_behavior: {
              billing_cycle_anchor: null,
              missing_payment_method:
                params.trial_settings.end_behavior.missing_payment_method ?? 'create_invoice',
            },
          },
        }
      : {}),
    ...(params.automatic_tax
      ? ({
          automatic_tax: {
            disabled_reason: null,
            enabled: params.automatic_tax.enabled,
            liability: params.automatic_tax.enabled ? { type: 'self' } : null,
          },
        } as object)
      : {}),
  }
}

/** Item changes of a request, with prices made of `price_data`. */
export function itemChanges(world: World, items: Values<typeof changedItem>[], now: Item[]): ItemChange[] {
  return items.map((item, position) => {
    const price = priceIdOf(world, item, `items[${position}]`)
    const before = now.find(({ id }) => id === item.id)
    return {
      ...(item.id === undefined ? {} : { id: item.id }),
      ...(price === undefined ? {} : { price }),
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      ...(item.deleted === undefined ? {} : { deleted: item.deleted }),
      ...(item.metadata === undefined
        ? {}
        : { metadata: mergeMetadata(before?.metadata ?? {}, item.metadata) }),
    }
  })
}

function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findSubscription(world, ids.id ?? '')
  if (ended(before)) {
    const others = Object.keys(params).filter(
      (name) => name !== 'metadata' && name !== 'cancellation_details',
    )
    if (others.length)
      throw invalid('A canceled subscription can only update its cancellation_details and metadata.', {
        param: others[0] ?? 'id',
      })
    const changes = {
      metadata: mergeMetadata(before.metadata, params.metadata),
      cancellation_details: { ...before.cancellation_details, ...params.cancellation_details },
    }
    return present(
      world,
      change(world, before, changes as Partial<Subscription>, 'customer.subscription.updated'),
    )
  }
  if (before.status === 'paused' && params.items)
    throw notImplemented('changing the items of a paused subscription', 'items')
  const given: Update = {
    fields: fieldsOf(world, before, params),
    items: itemChanges(world, params.items ?? [], itemsOf(world, before.id)),
    proration: params.proration_behavior ?? 'create_prorations',
    ...(params.proration_date === undefined ? {} : { prorationDate: params.proration_date }),
    ...(params.billing_cycle_anchor?.type === 'now' ? { anchorNow: true } : {}),
    ...(params.trial_end === undefined ? {} : { trialEnd: params.trial_end }),
    behavior: params.payment_behavior ?? 'allow_incomplete',
    ...(params.off_session ? { offSession: true } : {}),
  }
  return present(world, updateSubscription(world, before, given))
}

const cancelling = { cancellation_details: cancellation, invoice_now: boolean, prorate: boolean }

function cancel({ world, params, ids }: Call<Values<typeof cancelling>>): object {
  const subscription = findSubscription(world, ids.id ?? '')
  if (ended(subscription)) throw missing('subscription', subscription.id)
  if (params.prorate && subscription.status !== 'trialing') {
    for (const item of itemsOf(world, subscription.id))
      creditUnused(world, { subscription, at: world.clock.now() }, item)
  }
  if (params.invoice_now) throw notImplemented('invoice_now at cancellation', 'invoice_now')
  const details = { ...params.cancellation_details, reason: 'cancellation_requested' }
  return present(world, cancelSubscription(world, { ...subscription, cancel_at_period_end: false }, details))
}

/** The invoice that a cancellation now with proration would leave, for previews. */
export function cancellationDraft(world: World, subscription: Subscription, at: number): Invoice {
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

function startListening(world: World): void {
  const of = (invoice: Invoice) =>
    world.store.get<Subscription>('subscription', invoice.parent?.subscription_details.subscription ?? '')
  listen<Invoice>(world, 'invoice.paid', (invoice) => {
    const subscription = of(invoice)
    if (subscription && !ended(subscription)) invoicePaid(world, subscription, invoice)
  })
  listen<Invoice>(world, 'invoice.payment_failed', (invoice) => {
    const subscription = of(invoice)
    if (subscription?.latest_invoice !== invoice.id || subscription.status !== 'active') return
    change(world, subscription, { status: 'past_due' }, 'customer.subscription.updated')
  })
  listen<Invoice>(world, 'invoice.given_up', (invoice) => {
    const subscription = of(invoice)
    if (!subscription || ended(subscription)) return
    if (afterLastRetry === 'cancel') cancelSubscription(world, subscription, { reason: 'payment_failed' })
    else change(world, subscription, { status: afterLastRetry }, 'customer.subscription.updated')
  })
  listen<{ id: string }>(world, 'customer.deleting', ({ id }) => {
    for (const subscription of world.store.by<Subscription>('subscription', 'customer', id)) {
      if (!ended(subscription)) cancelSubscription(world, subscription, { reason: 'cancellation_requested' })
    }
  })
}

export const subscriptions: Resource = {
  object: 'subscription',
  view: viewSubscription,
  links: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    default_source: 'card',
    latest_invoice: 'invoice',
    pending_setup_intent: 'setup_intent',
    schedule: 'subscription_schedule',
    test_clock: 'test_clock',
    application: 'application',
    on_behalf_of: 'account',
  },
  start(world) {
    world.store.index<Subscription>('subscription', 'customer', ({ customer }) => customer)
    world.store.index<Item>('subscription_item', 'subscription', ({ subscription }) => subscription)
    startTurning(world)
    startListening(world)
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
        collection_method: oneOf('charge_automatically', 'send_invoice'),
        ...notYetAll(
          'automatic_tax',
          'current_period_end',
          'current_period_start',
          'customer_account',
          'plan',
          'test_clock',
        ),
      },
      (call) => {
        const { customer, price, status, collection_method: method } = call.params
        const { world } = call
        const from =
          customer === undefined
            ? [...world.store.all<Subscription>('subscription')]
            : world.store.by<Subscription>('subscription', 'customer', customer)
        const holds = (subscription: Subscription) =>
          price === undefined || itemsOf(world, subscription.id).some((item) => item.price === price)
        return page(
          call,
          from.filter(
            (subscription) =>
              fitsStatus(subscription.status, status) && holds(subscription) && method !== 'send_invoice',
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
  ],
}

export { checkPrices }

import { findCustomer } from '../balance.ts'
import { discountsParam } from '../discounts/redeem.ts'
import { invalid, notImplemented } from '../errors.ts'
import {
  boolean,
  clearable,
  either,
  integer,
  list,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../params.ts'
import { scheduleDetails } from '../schedules/parameters.ts'
import { previewSchedule } from '../schedules/preview.ts'
import { createSubscription } from '../subscriptions/create.ts'
import { changedItem, itemChanges, prorationBehavior } from '../subscriptions/parameters.ts'
import { discountsOf } from '../subscriptions/requests.ts'
import { cancellationDraft } from '../subscriptions/routes.ts'
import { ended, findSubscription, itemsOf, type Subscription } from '../subscriptions/subscription.ts'
import { previewRenewal, shownPreview } from '../subscriptions/turn.ts'
import { prepareUpdate, type Update } from '../subscriptions/update.ts'
import { type Call, operation, type Resource, type World } from '../world.ts'
import { findInvoice, type Invoice } from './invoice.ts'
import { priceItem, pricingParams } from './item-pricing.ts'
import { createItem } from './items.ts'

const details = object({
  items: list(object(changedItem)),
  proration_behavior: prorationBehavior,
  proration_date: integer,
  billing_cycle_anchor: object({
    type: required(oneOf('now', 'unchanged', 'timestamp')),
    timestamp: integer,
  }),
  trial_end: either(oneOf('now'), integer),
  cancel_at_period_end: boolean,
  cancel_at: clearable(integer),
  cancel_now: boolean,
  ...notYetAll(
    'billing_mode',
    'billing_schedules',
    'default_tax_rates',
    'metadata',
    'pause',
    'resume_at',
    'start_date',
  ),
})
const previewing = {
  customer: text,
  subscription: text,
  subscription_details: details,
  preview_mode: oneOf('next', 'recurring'),
  invoice_items: list(object({ ...pricingParams, currency: text, ...notYetAll('invoiceitem', 'price') })),
  automatic_tax: object({ enabled: required(boolean) }),
  currency: text,
  discounts: discountsParam,
  ...notYetAll('customer_account', 'customer_details', 'issuer', 'on_behalf_of'),
  schedule: text,
  schedule_details: scheduleDetails,
}
type Given = Values<typeof previewing>

/** The update that the details ask for. */
function updateOf(world: World, subscription: Subscription, given: Given): Update {
  const asked = given.subscription_details ?? {}
  if (asked.billing_cycle_anchor?.type === 'timestamp')
    throw notImplemented('a timestamp anchor in previews', 'subscription_details[billing_cycle_anchor]')
  return {
    fields: {
      ...(asked.cancel_at_period_end === undefined
        ? {}
        : { cancel_at_period_end: asked.cancel_at_period_end }),
      ...(asked.cancel_at === undefined ? {} : { cancel_at: asked.cancel_at }),
    },
    items: itemChanges(world, asked.items ?? [], itemsOf(world, subscription.id)),
    proration: asked.proration_behavior ?? 'create_prorations',
    ...(asked.proration_date === undefined ? {} : { prorationDate: asked.proration_date }),
    ...(asked.billing_cycle_anchor?.type === 'now' ? { anchorNow: true } : {}),
    ...(asked.trial_end === undefined ? {} : { trialEnd: asked.trial_end }),
  }
}

function addItems(world: World, customer: string, currency: string, given: Given): void {
  given.invoice_items?.forEach(({ currency: own, ...item }, position) => {
    const priced = priceItem(world, item, { currency: own ?? currency, param: `invoice_items[${position}]` })
    createItem(world, { ...priced, customer })
  })
}

function ofExisting(world: World, found: Subscription, given: Given): object {
  const discounts = given.discounts ? discountsOf(world, found, given.discounts) : found.discounts
  const subscription = world.store.put<Subscription>('subscription', { ...found, discounts })
  if (ended(subscription)) {
    throw invalid('No upcoming invoices for customer: the subscription is canceled.', {
      param: 'subscription',
      code: 'invoice_upcoming_none',
    })
  }
  addItems(world, subscription.customer, subscription.currency, given)
  const at = given.subscription_details?.proration_date ?? world.clock.now()
  if (given.subscription_details?.cancel_now)
    return shownPreview(world, cancellationDraft(world, subscription, at))
  const changes = given.subscription_details
  if (!changes || Object.keys(changes).length === 0) {
    if (subscription.cancel_at_period_end) {
      throw invalid('No upcoming invoices for customer: the subscription ends with its period.', {
        param: 'subscription',
        code: 'invoice_upcoming_none',
      })
    }
    return previewRenewal(world, subscription)
  }
  const { subscription: after, draft } = prepareUpdate(
    world,
    subscription,
    updateOf(world, subscription, given),
  )
  return draft ? shownPreview(world, draft) : previewRenewal(world, after)
}

/** The first invoice of a subscription that does not exist yet. */
function ofNew(world: World, customer: string, given: Given): object {
  const asked = given.subscription_details
  if (!asked?.items?.length) {
    throw invalid(
      'No upcoming invoices for customer: name a subscription, or items in subscription_details.',
      { param: 'customer', code: 'invoice_upcoming_none' },
    )
  }
  const items = itemChanges(world, asked.items, []).map(({ price = '', quantity = 1 }) => ({
    price,
    quantity,
  }))
  const trialEnd = typeof asked.trial_end === 'number' ? asked.trial_end : null
  const made = createSubscription(world, {
    customer,
    items,
    trialEnd,
    behavior: 'default_incomplete',
    discounts: given.discounts ?? [],
  })
  const invoice = findInvoice(world, made.latest_invoice ?? '')
  const draft: Invoice = { ...invoice, amount_paid: 0, attempted: false, number: null, status: 'draft' }
  return shownPreview(world, {
    ...draft,
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  })
}

function preview({ world, params }: Call<Given>): object {
  if (params.preview_mode === 'recurring') throw notImplemented('preview_mode=recurring', 'preview_mode')
  return world.store.dryRun(() => {
    if (params.schedule !== undefined || params.schedule_details) return previewSchedule(world, params)
    if (params.subscription !== undefined)
      return ofExisting(world, findSubscription(world, params.subscription, 'subscription'), params)
    if (params.customer === undefined)
      throw invalid('You must pass customer or subscription.', {
        param: 'customer',
        code: 'parameter_missing',
      })
    const customer = findCustomer(world, params.customer, 'customer')
    const live = world.store
      .by<Subscription>('subscription', 'customer', customer.id)
      .find((one) => !ended(one))
    return params.subscription_details || !live
      ? ofNew(world, customer.id, params)
      : ofExisting(world, live, params)
  })
}

/** Previews have no object of their own; only their route. */
export const previews: Resource = {
  object: 'invoice_preview',
  operations: [operation('POST /v1/invoices/create_preview', previewing, preview)],
}

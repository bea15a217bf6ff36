import { findCustomer } from '../balance.ts'
import { removeDiscounts } from '../discounts/discount.ts'
import { type Asked, redeem } from '../discounts/redeem.ts'
import { invalid, missing, notImplemented } from '../errors.ts'
import { change } from '../events.ts'
import { lineAmount } from '../money.ts'
import { mergeMetadata, type Values } from '../params.ts'
import { type Call, present, type World } from '../world.ts'
import { cancelSubscription } from './cancel.ts'
import { createSubscription } from './create.ts'
import {
  type cancelling,
  checkMethod,
  type creation,
  itemChanges,
  priceIdOf,
  type updating,
} from './parameters.ts'
import { creditUnused } from './prorations.ts'
import { ended, findSubscription, itemsOf, priceOf, type Subscription } from './subscription.ts'
import { type Update, updateSubscription } from './update.ts'

export function create({ world, params }: Call<Values<typeof creation>>): object {
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
    discounts: params.discounts ?? [],
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

/** The discounts that an update asks for: new ones, those it keeps by name, and an end to the others. */
export function discountsOf(world: World, now: Subscription, asked: Asked[]): string[] {
  const subtotal = itemsOf(world, now.id).reduce(
    (sum, item) => sum + lineAmount(priceOf(world, item).unit_amount_decimal, item.quantity),
    0,
  )
  const { customer, currency, discounts: kept } = now
  const ids = redeem(world, asked, { customer, currency, subtotal, subscription: now.id, kept })
  removeDiscounts(
    world,
    now,
    kept.filter((id) => !ids.includes(id)),
  )
  // An invoice that the update makes at once has them already.
  world.store.put('subscription', { ...now, discounts: ids })
  return ids
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
    ...(params.discounts ? { discounts: discountsOf(world, now, params.discounts) } : {}),
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

export function update({ world, params, ids }: Call<Values<typeof updating>>): object {
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

export function cancel({ world, params, ids }: Call<Values<typeof cancelling>>): object {
  const subscription = findSubscription(world, ids.id ?? '')
  if (ended(subscription)) throw missing('subscription', subscription.id)
  if (params.prorate && subscription.status !== 'trialing') {
    for (const item of itemsOf(world, subscription.id))
      creditUnused(world, { subscription, at: world.clock.now() }, item)
  }
  if (params.invoice_now) throw notImplemented('invoice_now at cancellation', 'invoice_now')
  const details = { ...params.cancellation_details, reason: 'cancellation_requested' }
  // Being cancelled now takes back what was planned for later.
  const unplanned = { ...subscription, cancel_at: null, cancel_at_period_end: false }
  return present(world, cancelSubscription(world, unplanned, details))
}

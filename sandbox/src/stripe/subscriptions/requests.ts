import { invalid, missing, notImplemented } from '../api/errors.ts'
import { mergeMetadata, type Values } from '../api/params.ts'
import { findPrice } from '../catalog/prices.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { findCustomer } from '../customers/balance.ts'
import { removeDiscounts } from '../discounts/discount.ts'
import { type Asked, redeem } from '../discounts/redeem.ts'
import { change } from '../events/events.ts'
import { billUsage } from '../meters/usage-lines.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { type Call, present, type World } from '../world.ts'
import { cancelSubscription, dropProrations } from './cancel.ts'
import { createSubscription } from './create.ts'
import { checkFeedbackOption, fieldsFrom } from './fields.ts'
import {
  askedQuantity,
  type cancelling,
  type creation,
  itemChanges,
  priceIdOf,
  type updating,
} from './parameters.ts'
import { checkPauseCollection, planCollection } from './pause-collection.ts'
import { billLast, planPendingItems } from './pending-items.ts'
import { updateWhenPaid } from './pending-update.ts'
import { creditUnused } from './prorations.ts'
import { ended, findSubscription, itemAmount, itemsOf, priceOf, type Subscription } from './subscription.ts'
import { type Update, updateSubscription } from './update.ts'

type Creating = Values<typeof creation>
type Updating = Values<typeof updating>

function newItems(world: World, items: NonNullable<Creating['items']>) {
  return items.map((item, position) => {
    const param = `items[${position}]`
    const price = priceIdOf(world, item, param)
    if (price === undefined)
      throw invalid(`Missing required param: ${param}[price].`, {
        param: `${param}[price]`,
        code: 'parameter_missing',
      })
    return {
      price,
      quantity: askedQuantity(world, { price, quantity: item.quantity }, param) ?? 1,
      metadata: mergeMetadata({}, item.metadata),
      discounts: item.discounts ?? [],
      taxRates: checkTaxRates(world, item.tax_rates ?? null, `${param}[tax_rates]`),
    }
  })
}

/** The trial's length that the prices themselves suggest, which counts only on demand. */
function daysOfPrices(world: World, prices: string[]): number {
  const days = prices.map((price, position) => {
    const { recurring } = findPrice(world, price, `items[${position}][price]`)
    return recurring?.trial_period_days ?? 0
  })
  return Math.max(0, ...days)
}

function trialEndOf(
  world: World,
  params: Creating | Updating,
  prices: string[],
  days = 0,
): number | 'now' | undefined {
  const { trial_end: end, trial_from_plan: fromPlan } = params
  if (end !== undefined && (days > 0 || fromPlan)) {
    const other = fromPlan ? 'trial_from_plan' : 'trial_period_days'
    throw invalid(`You may only specify one of these parameters: trial_end, ${other}.`, {
      param: 'trial_end',
    })
  }
  const length = days || (fromPlan ? daysOfPrices(world, prices) : 0)
  return length > 0 ? world.clock.now() + length * 86_400 : end
}

function checkOneEnd(params: Creating | Updating): void {
  if (params.cancel_at_period_end === undefined || params.cancel_at === undefined) return
  throw invalid('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', {
    param: 'cancel_at',
  })
}

export function create({ world, params }: Call<Creating>): object {
  const customer = findCustomer(world, params.customer, 'customer')
  const fields = fieldsFrom(world, params, { customer: customer.id })
  if (!params.items?.length)
    throw invalid('Missing required param: items.', { param: 'items', code: 'parameter_missing' })
  checkOneEnd(params)
  if (params.billing_mode?.flexible?.proration_discounts === 'itemized')
    throw notImplemented('itemized proration discounts', 'billing_mode[flexible][proration_discounts]')
  const items = newItems(world, params.items)
  const prices = items.map(({ price }) => price)
  const trialEnd = trialEndOf(world, params, prices, params.trial_period_days)
  const config = params.billing_cycle_anchor_config
  const made = createSubscription(world, {
    customer: customer.id,
    ...(params.currency === undefined ? {} : { currency: checkCurrency(params.currency) }),
    items,
    metadata: mergeMetadata({}, params.metadata),
    discounts: params.discounts ?? [],
    trialEnd: typeof trialEnd === 'number' ? trialEnd : null,
    ...(params.billing_cycle_anchor === undefined ? {} : { anchor: params.billing_cycle_anchor }),
    ...(config ? { anchorConfig: { hour: null, minute: null, month: null, second: null, ...config } } : {}),
    ...(params.backdate_start_date === undefined ? {} : { backdate: params.backdate_start_date }),
    prorates: params.proration_behavior !== 'none',
    additions: params.add_invoice_items ?? [],
    mode: params.billing_mode?.type ?? 'flexible',
    behavior: params.payment_behavior ?? 'allow_incomplete',
    cancelAtPeriodEnd: params.cancel_at_period_end ?? false,
    cancelAt: params.cancel_at ?? null,
    offSession: params.off_session ?? false,
    fields,
  })
  return present(world, made)
}

/** The discounts that an update asks for: new ones, those it keeps by name, and an end to the others. */
export function discountsOf(world: World, now: Subscription, asked: Asked[]): string[] {
  const subtotal = itemsOf(world, now.id).reduce(
    (sum, item) => sum + itemAmount(priceOf(world, item), item.quantity, now.currency),
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

const noDetails = { comment: null, feedback: null, feedback_option: null, reason: null }

function checkManaged(now: Subscription, params: Updating): void {
  if (now.schedule === null) return
  if (params.cancel_at_period_end === undefined && params.cancel_at === undefined) return
  throw invalid(
    `The subscription is managed by the subscription schedule \`${now.schedule}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
  )
}

/** When the subscription ends, as an update asks: the instant itself follows from its items once they stand. */
function endOf(world: World, now: Subscription, params: Updating): Partial<Subscription> {
  checkOneEnd(params)
  checkManaged(now, params)
  checkFeedbackOption(world, params.cancellation_details?.feedback_option)
  const { cancel_at_period_end: ending, cancel_at: at, cancellation_details: details } = params
  const cancels = ending === true || (at !== undefined && at !== null)
  const stays = ending === false || at === null
  const before = stays ? noDetails : now.cancellation_details
  const base = cancels ? { ...before, reason: 'cancellation_requested' } : before
  return {
    ...(cancels ? { cancel_at_period_end: ending === true, canceled_at: world.clock.now() } : {}),
    ...(stays ? { cancel_at_period_end: false, cancel_at: null, canceled_at: null } : {}),
    cancellation_details: { ...base, ...details } as Subscription['cancellation_details'],
  }
}

const awaitable = new Set([
  'add_invoice_items',
  'billing_cycle_anchor',
  'cancel_at_period_end',
  'items',
  'metadata',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'trial_end',
  'trial_from_plan',
])
const awaitableOfItem = new Set(['deleted', 'id', 'plan', 'price', 'price_data', 'quantity'])

/** Refuses what an update that waits for its payment cannot hold. */
function checkAwaitable(params: Updating): void {
  if (params.discounts)
    throw notImplemented('discounts with payment_behavior=pending_if_incomplete', 'discounts')
  const ofItems = (params.items ?? []).flatMap((item, position) =>
    Object.keys(item)
      .filter((name) => !awaitableOfItem.has(name))
      .map((name) => `items[${position}][${name}]`),
  )
  const other = [...Object.keys(params).filter((name) => !awaitable.has(name)), ...ofItems][0]
  if (other === undefined) return
  if (other.endsWith('[discounts]'))
    throw notImplemented(`${other} with payment_behavior=pending_if_incomplete`, other)
  throw invalid(
    `You passed \`${other}\`, which cannot be updated when \`payment_behavior\` is set to \`pending_if_incomplete\`.`,
    { param: other },
  )
}

/** A subscription that has ended keeps everything but its metadata and the reasons why. */
function updateEnded(world: World, before: Subscription, params: Updating): Subscription {
  const [other] = Object.keys(params).filter((name) => name !== 'metadata' && name !== 'cancellation_details')
  if (other !== undefined)
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.', {
      param: other,
    })
  checkFeedbackOption(world, params.cancellation_details?.feedback_option)
  const changes = {
    metadata: mergeMetadata(before.metadata, params.metadata),
    cancellation_details: { ...before.cancellation_details, ...params.cancellation_details },
  }
  return change(world, before, changes as Partial<Subscription>, 'customer.subscription.updated')
}

/** Everything that an update asks for, but how its payment goes. */
function updateOf(world: World, before: Subscription, params: Updating): Omit<Update, 'behavior'> {
  const paused = params.pause_collection
  const items = itemChanges(world, params.items ?? [], itemsOf(world, before.id))
  const trialEnd = trialEndOf(
    world,
    params,
    items.flatMap(({ price }) => price ?? []),
  )
  return {
    fields: {
      ...fieldsFrom(world, params, { customer: before.customer, before }),
      ...endOf(world, before, params),
      ...(paused === undefined ? {} : { pause_collection: checkPauseCollection(world, paused) }),
      ...(params.discounts ? { discounts: discountsOf(world, before, params.discounts) } : {}),
    },
    items,
    proration: params.proration_behavior ?? 'create_prorations',
    ...(params.add_invoice_items ? { additions: params.add_invoice_items } : {}),
    ...(params.cancel_at == null ? {} : { cancelAt: params.cancel_at }),
    ...(params.proration_date === undefined ? {} : { prorationDate: params.proration_date }),
    ...(params.billing_cycle_anchor?.type === 'now' ? { anchorNow: true } : {}),
    ...(trialEnd === undefined ? {} : { trialEnd }),
    ...(params.off_session ? { offSession: true } : {}),
  }
}

export function update({ world, params, ids }: Call<Updating>): object {
  const before = findSubscription(world, ids.id ?? '')
  if (ended(before)) return present(world, updateEnded(world, before, params))
  const { payment_behavior: behavior = 'allow_incomplete' } = params
  if (behavior === 'pending_if_incomplete') {
    checkAwaitable(params)
    const metadata = params.metadata ? { metadata: params.metadata } : {}
    return present(world, updateWhenPaid(world, before, { ...updateOf(world, before, params), ...metadata }))
  }
  const update = updateOf(world, before, params)
  const fields = { ...update.fields, metadata: mergeMetadata(before.metadata, params.metadata) }
  const after = updateSubscription(world, before, { ...update, fields, behavior })
  if (params.pause_collection !== undefined) planCollection(world, after)
  if (params.pending_invoice_item_interval === undefined) return present(world, after)
  return present(world, planPendingItems(world, after))
}

export function cancel({ world, params, ids }: Call<Values<typeof cancelling>>): object {
  const subscription = findSubscription(world, ids.id ?? '')
  if (ended(subscription)) throw missing('subscription', subscription.id)
  checkFeedbackOption(world, params.cancellation_details?.feedback_option)
  if (params.prorate && subscription.status !== 'trialing') {
    for (const item of itemsOf(world, subscription.id))
      creditUnused(world, { subscription, at: world.clock.now() }, item)
  }
  if (!params.invoice_now && !params.prorate) dropProrations(world, subscription)
  const details = { ...params.cancellation_details, reason: 'cancellation_requested' }
  if (params.invoice_now) billUsage(world, subscription, itemsOf(world, subscription.id))
  // Being cancelled now takes back what was planned for later.
  const unplanned = { ...subscription, cancel_at: null, cancel_at_period_end: false }
  const canceled = cancelSubscription(world, unplanned, details)
  return present(world, params.invoice_now ? billLast(world, canceled) : canceled)
}

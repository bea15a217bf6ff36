import { invalid } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { isMetered } from '../catalog/prices.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { itemChanges } from '../subscriptions/parameters.ts'
import { pause } from '../subscriptions/pause.ts'
import { discountsOf } from '../subscriptions/requests.ts'
import { resume } from '../subscriptions/resume.ts'
import { cancellationDraft } from '../subscriptions/routes.ts'
import {
  ended,
  findSubscription,
  itemsOf,
  nextTurn,
  priceOf,
  type Subscription,
} from '../subscriptions/subscription.ts'
import { previewRenewal, shownPreview } from '../subscriptions/turn.ts'
import { prepareUpdate, type Update } from '../subscriptions/update.ts'
import type { World } from '../world.ts'
import { automaticTax } from './blank.ts'
import { findInvoice, type Invoice } from './invoice.ts'
import { pendingItems } from './items.ts'
import { dropPending, supposeItems } from './preview-items.ts'
import type { Details, Previewing } from './preview-parameters.ts'

/** The refusal of a preview for which there is nothing to bill. */
export const none = (why: string, param = 'subscription') =>
  invalid(`No upcoming invoices for customer: ${why}.`, { param, code: 'invoice_upcoming_none' })

/** An invoice that was made and finalised to be previewed, as it was before that. */
export const asDraft = (invoice: Invoice): Invoice => ({
  ...invoice,
  amount_paid: 0,
  attempt_count: 0,
  attempted: false,
  number: null,
  status: 'draft',
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
})

/** The invoice that something has just made for a subscription; refused where it made none. */
function madeFor(world: World, before: Subscription): object {
  const { latest_invoice: id } = findSubscription(world, before.id)
  if (id === null || id === before.latest_invoice) throw none('this bills nothing')
  return shownPreview(world, asDraft(findInvoice(world, id)))
}

/** The update that the details ask for. */
function updateOf(world: World, subscription: Subscription, asked: Details): Update {
  if (asked.billing_cycle_anchor?.type === 'timestamp') {
    throw invalid('The billing_cycle_anchor of an existing subscription can only be now or unchanged.', {
      param: 'subscription_details[billing_cycle_anchor][type]',
    })
  }
  const { cancel_at: at, cancel_at_period_end: ending } = asked
  return {
    fields: {
      ...(ending === undefined ? {} : { cancel_at_period_end: ending }),
      ...(ending === false || at === null ? { cancel_at: null, cancel_at_period_end: false } : {}),
    },
    items: itemChanges(world, asked.items ?? [], itemsOf(world, subscription.id)),
    proration: asked.proration_behavior ?? 'create_prorations',
    ...(at == null ? {} : { cancelAt: at }),
    ...(asked.proration_date === undefined ? {} : { prorationDate: asked.proration_date }),
    ...(asked.billing_cycle_anchor?.type === 'now' ? { anchorNow: true } : {}),
    ...(asked.trial_end === undefined ? {} : { trialEnd: asked.trial_end }),
  }
}

/** Fields that a subscription is supposed to have, old or new. */
export function supposed(world: World, given: Previewing, rates: string[] = []): Partial<Subscription> {
  const { default_tax_rates: asked } = given.subscription_details ?? {}
  const param = 'subscription_details[default_tax_rates]'
  const tax = given.automatic_tax && automaticTax(given.automatic_tax.enabled)
  return {
    ...(asked ? { default_tax_rates: checkTaxRates(world, asked, param, rates) } : {}),
    ...(tax
      ? {
          automatic_tax: {
            disabled_reason: tax.disabled_reason,
            enabled: tax.enabled,
            liability: tax.liability,
          },
        }
      : {}),
  }
}

/** Pausing and resuming bill by themselves; what they make is what is shown. */
function ofPause(world: World, subscription: Subscription, asked: Details): object | null {
  const call = { world, ids: { id: subscription.id }, path: '' }
  if (asked.resume_at !== undefined) {
    const anchor = asked.billing_cycle_anchor?.type
    resume({
      ...call,
      params: {
        ...(anchor === 'now' || anchor === 'unchanged' ? { billing_cycle_anchor: { type: anchor } } : {}),
        ...(asked.proration_behavior === undefined ? {} : { proration_behavior: asked.proration_behavior }),
        ...(asked.proration_date === undefined ? {} : { proration_date: asked.proration_date }),
      },
    })
    return madeFor(world, subscription)
  }
  if (!asked.pause || Object.keys(asked.pause).length === 0) return null
  pause({ ...call, params: asked.pause })
  return madeFor(world, subscription)
}

/** The next invoice of a subscription, as it is or as the details would change it. */
export function ofExisting(world: World, found: Subscription, given: Previewing): object {
  if (ended(found)) throw none('the subscription is canceled')
  if (given.currency !== undefined && checkCurrency(given.currency) !== found.currency)
    throw invalid(`The subscription is billed in ${found.currency}.`, { param: 'currency' })
  const asked = given.subscription_details ?? {}
  if (asked.billing_mode || asked.start_date !== undefined) {
    const name = asked.billing_mode ? 'billing_mode' : 'start_date'
    throw invalid(`${name} can only be previewed for a new subscription.`, {
      param: `subscription_details[${name}]`,
    })
  }
  const discounts = given.discounts ? discountsOf(world, found, given.discounts) : found.discounts
  const subscription = world.store.put<Subscription>('subscription', {
    ...findSubscription(world, found.id),
    ...supposed(world, given, found.default_tax_rates),
    discounts,
    metadata: mergeMetadata(found.metadata, asked.metadata),
  })
  const { id, customer, currency } = subscription
  const recurring = given.preview_mode === 'recurring'
  if (recurring) dropPending(world, customer, currency)
  else supposeItems(world, { customer, currency }, given.invoice_items ?? [])
  if (asked.cancel_now)
    return shownPreview(
      world,
      cancellationDraft(world, subscription, asked.proration_date ?? world.clock.now()),
    )
  const paused = ofPause(world, subscription, asked)
  if (paused) return paused
  if (subscription.status === 'paused') throw none('the subscription is paused')
  const update = updateOf(world, subscription, asked)
  const proration = recurring ? 'none' : update.proration
  const { subscription: after, draft } = prepareUpdate(world, subscription, { ...update, proration })
  if (draft && !recurring) return shownPreview(world, draft)
  const ends = after.cancel_at !== null && after.cancel_at <= nextTurn(itemsOf(world, id)).end
  const used = itemsOf(world, id).some((item) => isMetered(priceOf(world, item)))
  if (ends && !used && pendingItems(world, customer, currency, id).length === 0)
    throw none('the subscription ends with its period')
  return previewRenewal(world, after)
}

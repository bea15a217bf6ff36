import { missing, notImplemented } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { createSubscription, type NewSubscription } from '../subscriptions/create.ts'
import { itemChanges } from '../subscriptions/parameters.ts'
import { previewRenewal, shownPreview } from '../subscriptions/turn.ts'
import type { World } from '../world.ts'
import { findInvoice } from './invoice.ts'
import { asDraft, supposed } from './preview-existing.ts'
import { dropPending, supposeItems } from './preview-items.ts'
import type { Previewing } from './preview-parameters.ts'

/** The first invoice of a subscription that does not exist yet, or with `recurring` the one of a whole period after it. */
export function ofNew(world: World, customer: string, given: Previewing): object {
  const asked = given.subscription_details ?? {}
  const recurring = given.preview_mode === 'recurring'
  const now = world.clock.now()
  const items = itemChanges(world, asked.items ?? [], []).map(
    ({ id: _, deleted: __, price = '', quantity = 1, ...rest }) => ({ price, quantity, ...rest }),
  )
  const { start_date: begins, billing_cycle_anchor: anchor, trial_end: trial } = asked
  if (begins !== undefined && begins > now)
    throw notImplemented('a subscription that starts later', 'subscription_details[start_date]')
  if (asked.cancel_now || asked.pause || asked.resume_at) throw missing('subscription', '', 'subscription')
  const about = { customer, ...(given.currency ? { currency: checkCurrency(given.currency) } : {}) }
  const wanted: NewSubscription = {
    ...about,
    items,
    metadata: mergeMetadata({}, asked.metadata),
    discounts: given.discounts ?? [],
    trialEnd: typeof trial === 'number' && !recurring ? trial : null,
    ...(anchor?.timestamp === undefined ? {} : { anchor: anchor.timestamp }),
    ...(begins === undefined || begins === now ? {} : { backdate: begins }),
    prorates: asked.proration_behavior !== 'none',
    ...(asked.billing_mode ? { mode: asked.billing_mode.type } : {}),
    behavior: 'default_incomplete',
    cancelAtPeriodEnd: asked.cancel_at_period_end ?? false,
    cancelAt: asked.cancel_at ?? null,
    fields: supposed(world, given),
  }
  if (!recurring) {
    // The subscription's first invoice sweeps them up.
    const currency = checkCurrency(given.currency ?? findCustomer(world, customer).currency ?? 'usd')
    supposeItems(world, { customer, currency }, given.invoice_items ?? [])
  }
  const made = createSubscription(world, wanted)
  if (recurring) dropPending(world, customer, made.currency)
  if (recurring || made.latest_invoice === null) return previewRenewal(world, made)
  return shownPreview(world, asDraft(findInvoice(world, made.latest_invoice)))
}

import { mergeMetadata } from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import type { InvoiceItem } from '../invoices/items.ts'
import { type Line, linesOf } from '../invoices/lines.ts'
import type { World } from '../world.ts'
import { dropPlanned, lapse } from './planned.ts'
import { findSubscription, type Item, itemsOf, nextTurn, type Subscription } from './subscription.ts'
import { displaces, prepareUpdate, settleDraft, type Update, updateSubscription } from './update.ts'

/** An update that takes effect when its invoice is paid. `metadata` is merged then. */
export type Awaited = Omit<Update, 'behavior'> & { metadata?: Record<string, string> }

type Outcome = {
  draft: Invoice
  lines: Line[]
  invoiceItems: InvoiceItem[]
  items: Item[]
  changes: Partial<Subscription>
}

const longest = 23 * 3600

/** What differs in `after`, apart from what belongs to the waiting itself. */
function changesOf(before: Subscription, after: Subscription): Partial<Subscription> {
  const kept = ['latest_invoice', 'hidden', 'metadata', 'discounts']
  return Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) =>
        !kept.includes(name) && JSON.stringify(before[name as keyof Subscription]) !== JSON.stringify(value),
    ),
  )
}

/** What the update would do, taken back again; undefined where it needs no payment. */
function tryOut(world: World, before: Subscription, update: Update): Outcome | undefined {
  return world.store.dryRun(() => {
    const { subscription, draft } = prepareUpdate(world, before, update)
    if (!draft) return undefined
    return {
      draft,
      lines: linesOf(world, draft.id),
      invoiceItems: world.store.by<InvoiceItem>('invoiceitem', 'invoice', draft.id),
      items: itemsOf(world, before.id),
      changes: changesOf(before, subscription),
    }
  })
}

function putInvoice(world: World, { draft, lines, invoiceItems }: Outcome): void {
  for (const item of invoiceItems) {
    const isNew = world.store.get('invoiceitem', item.id) === undefined
    world.store.put('invoiceitem', item)
    if (isNew) emit(world, 'invoiceitem.created', item)
  }
  for (const line of lines) world.store.put('line_item', line)
  world.store.put('invoice', draft)
}

/** The period's or the trial's end where one of them comes first, at most 23 hours from now. */
const lapsesAt = (world: World, subscription: Subscription): number =>
  Math.min(
    nextTurn(itemsOf(world, subscription.id)).end,
    (subscription.status === 'trialing' ? subscription.trial_end : null) ?? Infinity,
    world.clock.now() + longest,
  )

/**
 * Changes a subscription once the invoice of the change is paid (docs.stripe.com/billing/subscriptions/pending-updates):
 * at once where the payment succeeds; otherwise the change is kept as its `pending_update` until it is paid or lapses.
 */
export function updateWhenPaid(world: World, given: Subscription, awaited: Awaited): Subscription {
  const { metadata, ...update } = awaited
  const before = displaces(given, update) ? dropPlanned(world, given) : given
  const outcome = tryOut(world, before, update)
  if (!outcome) {
    const fields = { ...update.fields, metadata: mergeMetadata(before.metadata, metadata) }
    return updateSubscription(world, before, { ...update, fields })
  }
  putInvoice(world, outcome)
  const { draft, items, changes } = outcome
  const latest = { latest_invoice: draft.id }
  const planned = {
    kind: 'update' as const,
    invoice: draft.id,
    changes: { ...changes, ...latest },
    items,
    metadata: metadata ?? {},
  }
  const waiting = { ...before.hidden, planned }
  world.store.put<Subscription>('subscription', { ...before, hidden: waiting })
  const { status } = settleDraft(world, draft, { ...update, behavior: 'allow_incomplete' })
  const now = findSubscription(world, before.id)
  if (status === 'paid') return now
  const expires = lapsesAt(world, now)
  world.clock.schedule({ id: lapse(now.id), at: expires, what: 'subscription.lapse', object: now.id })
  const pending = {
    billing_cycle_anchor: changes.billing_cycle_anchor ?? null,
    cancel_at_period_end: update.fields.cancel_at_period_end ?? null,
    discount: null,
    discounts: null,
    expires_at: expires,
    metadata: metadata ?? null,
    trial_end: changes.trial_end ?? null,
    trial_from_plan: null,
  }
  return change(world, now, { ...latest, pending_update: pending }, 'customer.subscription.updated')
}

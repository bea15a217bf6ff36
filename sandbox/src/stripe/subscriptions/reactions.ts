import { change } from '../events/events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { findIntent } from '../payments/payment-intents.ts'
import { listen, type World } from '../world.ts'
import { cancelSubscription } from './cancel.ts'
import { invoicePaid } from './create.ts'
import { applyPlanned, dropPlanned } from './planned.ts'
import { ended, type Planned, type Subscription } from './subscription.ts'

/** The change that waits for an invoice, if there is one. */
const plannedOn = ({ hidden: { planned } }: Subscription, invoice: Invoice): Planned | null =>
  planned?.invoice === invoice.id ? planned : null

/** The card that has paid becomes the subscription's own, where it was asked to be kept. */
function keepMethod(world: World, subscription: Subscription, invoice: Invoice): Subscription {
  const keeps = subscription.payment_settings.save_default_payment_method === 'on_subscription'
  if (!keeps || invoice.hidden.intent === null) return subscription
  const { payment_method: method } = findIntent(world, invoice.hidden.intent)
  if (method === null) return subscription
  return change(world, subscription, { default_payment_method: method }, 'customer.subscription.updated')
}

export function startListening(world: World): void {
  const of = (invoice: Invoice) =>
    world.store.get<Subscription>('subscription', invoice.parent?.subscription_details.subscription ?? '')
  listen<Invoice>(world, 'invoice.paid', (invoice) => {
    const subscription = of(invoice)
    if (!subscription || ended(subscription)) return
    const planned = plannedOn(subscription, invoice)
    const current = planned ? applyPlanned(world, subscription, planned) : subscription
    invoicePaid(world, keepMethod(world, current, invoice), invoice)
  })
  listen<Invoice>(world, 'invoice.marked_uncollectible', (invoice) => {
    const subscription = of(invoice)
    const planned = subscription && plannedOn(subscription, invoice)
    if (subscription && planned && planned.kind !== 'update') applyPlanned(world, subscription, planned)
  })
  listen<Invoice>(world, 'invoice.voided', (invoice) => {
    const subscription = of(invoice)
    if (subscription && plannedOn(subscription, invoice)) dropPlanned(world, subscription)
  })
  listen<Invoice>(world, 'invoice.payment_failed', (invoice) => {
    const subscription = of(invoice)
    if (!subscription) return
    const planned = plannedOn(subscription, invoice)
    if (planned?.kind === 'resume on attempt') {
      const changes = { ...planned.changes, status: 'past_due' as const }
      applyPlanned(world, subscription, { ...planned, changes })
    }
    if (planned || subscription.latest_invoice !== invoice.id || subscription.status !== 'active') return
    change(world, subscription, { status: 'past_due' }, 'customer.subscription.updated')
  })
  listen<Invoice>(world, 'invoice.past_due', (invoice) => {
    const subscription = of(invoice)
    if (subscription?.latest_invoice !== invoice.id || subscription.status !== 'active') return
    change(world, subscription, { status: 'past_due' }, 'customer.subscription.updated')
  })
  listen<Invoice>(world, 'invoice.given_up', (invoice) => {
    const subscription = of(invoice)
    if (!subscription || ended(subscription) || plannedOn(subscription, invoice)) return
    const { after_last_retry: becomes } = world.settings()
    if (becomes === 'cancel') cancelSubscription(world, subscription, { reason: 'payment_failed' })
    // A paused one stays so: its periods stand still, and only being resumed makes it run again.
    else if (subscription.status !== 'paused')
      change(world, subscription, { status: becomes }, 'customer.subscription.updated')
  })
  listen<{ id: string }>(world, 'customer.deleting', ({ id }) => {
    for (const subscription of world.store.by<Subscription>('subscription', 'customer', id)) {
      if (!ended(subscription)) cancelSubscription(world, subscription, { reason: 'cancellation_requested' })
    }
  })
}

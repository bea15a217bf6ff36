import { change } from '../events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { listen, type World } from '../world.ts'
import { cancelSubscription } from './cancel.ts'
import { invoicePaid } from './create.ts'
import { ended, type Subscription } from './subscription.ts'

export function startListening(world: World): void {
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
    const { after_last_retry: becomes } = world.settings()
    if (becomes === 'cancel') cancelSubscription(world, subscription, { reason: 'payment_failed' })
    else change(world, subscription, { status: becomes }, 'customer.subscription.updated')
  })
  listen<{ id: string }>(world, 'customer.deleting', ({ id }) => {
    for (const subscription of world.store.by<Subscription>('subscription', 'customer', id)) {
      if (!ended(subscription)) cancelSubscription(world, subscription, { reason: 'cancellation_requested' })
    }
  })
}

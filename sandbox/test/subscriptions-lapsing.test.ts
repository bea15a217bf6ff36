import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monthlyPrice, type Started, start, typesDuring } from './start.ts'
import { amounts, decliningCard, latestOf, subscribe, written } from './subscribed.ts'

let world: Started
let small: Stripe.Price
let large: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-04-16T00:00:00Z' })
  small = await monthlyPrice(world.stripe, 4000, 'Secretary')
  large = await monthlyPrice(world.stripe, 28_000, 'Manager')
})
afterAll(() => world.close())

const upgrade = (item: { id: string }) => ({
  items: [{ id: item.id, price: large.id }],
  proration_behavior: 'always_invoice' as const,
})

/** A subscription whose next charge is declined. */
async function declining() {
  const made = await subscribe(world, small)
  await world.control(`customers/${made.customer.id}/card`, { card: decliningCard })
  return made
}

const priceOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.price.id

describe('when a pending update lapses', () => {
  test('after 23 hours its invoice is voided and everything is as before', async () => {
    const { stripe, advance } = world
    const { subscription, item } = await declining()
    const waiting = await stripe.subscriptions.update(subscription.id, {
      ...upgrade(item),
      payment_behavior: 'pending_if_incomplete',
    })
    const invoice = await latestOf(stripe, waiting.id)
    expect(Number(waiting.pending_update?.expires_at) - invoice.created).toBe(23 * 3600)
    const types = await typesDuring(world, () => advance({ seconds: 23 * 3600 + 1 }))
    const after = await stripe.subscriptions.retrieve(waiting.id)
    expect([after.status, priceOf(after), after.pending_update]).toEqual(['active', small.id, null])
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('void')
    expect(types).toContain('customer.subscription.pending_update_expired')
    expect(types).not.toContain('customer.subscription.pending_update_applied')
  })

  test('the end of the period comes first where it is nearer', async () => {
    const { stripe, advance } = world
    const { subscription, item } = await subscribe(world, small)
    await world.control(`customers/${String(subscription.customer)}/card`, { card: decliningCard })
    const end = item.current_period_end
    await advance({ to: `${written(end - 3600)}Z` })
    const waiting = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 200 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    })
    expect(written(waiting.pending_update?.expires_at)).toBe(written(end))
    await advance({ to: `${written(end)}Z` })
    const after = await stripe.subscriptions.retrieve(subscription.id)
    expect([after.pending_update, after.items.data[0]?.quantity]).toEqual([null, 1])
    const renewal = await latestOf(stripe, subscription.id)
    expect([renewal.billing_reason, amounts(renewal)]).toEqual(['subscription_cycle', [4000]])
  })

  test.each<[string, (id: string, item: string, invoice: string) => Promise<unknown>]>([
    [
      'another change of the items',
      (id, item) => world.stripe.subscriptions.update(id, { items: [{ id: item, quantity: 2 }] }),
    ],
    ['voiding its invoice', (_, __, invoice) => world.stripe.invoices.voidInvoice(invoice)],
    [
      'a contrary word about its end',
      (id) => world.stripe.subscriptions.update(id, { cancel_at_period_end: false }),
    ],
    ['cancelling', (id) => world.stripe.subscriptions.cancel(id)],
  ])('%s ends it', async (_, act) => {
    const { stripe } = world
    const { subscription, item } = await declining()
    const waiting = await stripe.subscriptions.update(subscription.id, {
      ...upgrade(item),
      cancel_at_period_end: true,
      payment_behavior: 'pending_if_incomplete',
    })
    const invoice = await latestOf(stripe, waiting.id)
    await act(subscription.id, item.id, invoice.id)
    const after = await stripe.subscriptions.retrieve(subscription.id)
    expect([after.pending_update, priceOf(after)]).toEqual([null, small.id])
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('void')
  })
})

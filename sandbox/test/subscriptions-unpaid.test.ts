import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, type Started, start } from './start.ts'
import { day, decliningCard, latestOf, subscribe } from './subscribed.ts'

let world: Started
let price: Stripe.Price
beforeEach(async () => {
  // April has thirty days: half of the period is fifteen.
  world = await start({ now: '2026-04-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
})
afterEach(() => world.close())

const statusOf = async (id: string) => (await world.stripe.subscriptions.retrieve(id)).status

test('cancelling stops the collection of open invoices', async () => {
  const { stripe, control, advance } = world
  const { subscription, customer } = await subscribe(world, price)
  await control(`customers/${customer.id}/card`, { card: decliningCard })
  await advance({ days: 31 })
  const open = await latestOf(stripe, subscription.id)
  expect([open.status, open.next_payment_attempt !== null]).toEqual(['open', true])
  await stripe.subscriptions.cancel(subscription.id)
  const after = await stripe.invoices.retrieve(open.id)
  expect([after.status, after.auto_advance, after.next_payment_attempt]).toEqual(['open', false, null])
})

describe('a renewal that cannot be paid', () => {
  async function failing() {
    const made = await subscribe(world, price)
    await world.control(`customers/${made.customer.id}/card`, { card: decliningCard })
    await world.advance({ to: '2026-05-02T00:00:00Z' })
    return made
  }

  test('makes the subscription past_due', async () => {
    const { subscription } = await failing()
    expect(await statusOf(subscription.id)).toBe('past_due')
  })

  test('a small later invoice that is paid makes a past_due subscription look healthy', async () => {
    const { stripe, control } = world
    const { subscription, item, customer } = await failing()
    const unpaid = await latestOf(stripe, subscription.id)
    await control(`customers/${customer.id}/card`, { card: '4242424242424242' })
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 2 }],
      proration_behavior: 'always_invoice',
    })
    expect([await statusOf(subscription.id), (await stripe.invoices.retrieve(unpaid.id)).status]).toEqual([
      'active',
      'open',
    ])
  })

  test('leaves a subscription paused that was paused while its retries ran', async () => {
    const { stripe, control, advance } = world
    await control('settings', { after_last_retry: 'past_due', pausable: 'active_or_past_due' }, 'PUT')
    const { subscription } = await failing()
    await stripe.subscriptions.pause(subscription.id)
    await advance({ days: 40 })
    expect(await statusOf(subscription.id)).toBe('paused')
  })

  test.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ])('after the last retry, as the account chose %s', async (choice, status) => {
    await world.control('settings', { after_last_retry: choice }, 'PUT')
    const { subscription } = await failing()
    await world.advance({ days: 20 })
    expect(await statusOf(subscription.id)).toBe(status)
  })

  test('unpaid goes on making invoices, as drafts that nothing advances', async () => {
    const { stripe, control, advance } = world
    await control('settings', { after_last_retry: 'unpaid' }, 'PUT')
    const { subscription } = await failing()
    await advance({ to: '2026-06-03T00:00:00Z' })
    const draft = await latestOf(stripe, subscription.id)
    expect([draft.billing_reason, draft.status, draft.auto_advance, day(draft.created)]).toEqual([
      'subscription_cycle',
      'draft',
      false,
      '2026-06-01',
    ])
  })
})

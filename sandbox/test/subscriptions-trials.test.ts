import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'
import { amounts, day, latestOf, seconds, subscribe } from './subscribed.ts'

let world: Started
let price: Stripe.Price
beforeEach(async () => {
  // From the 16th to the 1st of May is half of April.
  world = await start({ now: '2026-04-16T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
})
afterEach(() => world.close())

const may = seconds('2026-05-01T00:00:00Z')
const lines = async (id: string) =>
  (await latestOf(world.stripe, id)).lines.data.map(({ amount, period }) => [
    amount,
    day(period.start),
    day(period.end),
  ])
const turns = ({ items }: Stripe.Subscription) => {
  const [item] = items.data
  return [day(item?.current_period_start), day(item?.current_period_end)]
}

describe('trials', () => {
  test('a trial begun on a running subscription gives the unused time back and anchors at its end', async () => {
    const { stripe, advance } = world
    const { subscription, customer } = await subscribe(world, price)
    await advance({ to: '2026-05-01T00:00:00Z' })
    const end = seconds('2026-05-11T00:00:00Z')
    const trial = await stripe.subscriptions.update(subscription.id, { trial_end: end })
    expect([trial.status, day(trial.trial_start), day(trial.billing_cycle_anchor), turns(trial)]).toEqual([
      'trialing',
      '2026-05-01',
      '2026-05-11',
      ['2026-05-01', '2026-05-11'],
    ])
    const { balance } = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer
    expect([amounts(await latestOf(stripe, trial.id)), balance]).toEqual([[-1500, 0], -1500])
    await advance({ to: '2026-05-11T00:00:00Z' })
    expect(await lines(trial.id)).toEqual([[3000, '2026-05-11', '2026-06-11']])
  })

  test('a trial can be moved', async () => {
    const { subscription } = await subscribe(world, price, { trial_period_days: 5 })
    const after = await world.stripe.subscriptions.update(subscription.id, { trial_end: may })
    expect([day(after.trial_end), turns(after), day(after.billing_cycle_anchor)]).toEqual([
      '2026-05-01',
      ['2026-04-16', '2026-05-01'],
      '2026-05-01',
    ])
  })

  test('a trial that leaves the anchor unchanged is followed by the part up to it', async () => {
    const { stripe, advance } = world
    const { subscription } = await subscribe(world, price)
    await advance({ to: '2026-05-01T00:00:00Z' })
    const trial = await stripe.subscriptions.update(subscription.id, {
      trial_end: seconds('2026-05-06T00:00:00Z'),
      trial_settings: { end_behavior: { billing_cycle_anchor: 'unchanged' } },
    })
    expect([
      day(trial.billing_cycle_anchor),
      trial.trial_settings?.end_behavior.billing_cycle_anchor,
    ]).toEqual(['2026-04-16', 'unchanged'])
    await advance({ to: '2026-05-06T00:00:00Z' })
    expect(await lines(trial.id)).toEqual([[1000, '2026-05-06', '2026-05-16']])
    await advance({ to: '2026-05-16T00:00:00Z' })
    expect(await lines(trial.id)).toEqual([[3000, '2026-05-16', '2026-06-16']])
  })

  test('a trial ended now with its anchor unchanged charges for the part up to it', async () => {
    const { stripe } = world
    const { subscription } = await subscribe(world, price, {
      billing_cycle_anchor: may,
      trial_end: seconds('2026-04-30T00:00:00Z'),
      trial_settings: { end_behavior: { billing_cycle_anchor: 'unchanged' } },
    })
    const after = await stripe.subscriptions.update(subscription.id, { trial_end: 'now' })
    expect([after.status, await lines(after.id)]).toEqual(['active', [[1500, '2026-04-16', '2026-05-01']]])
  })

  test('the days that prices suggest count on demand, and not beside an end', async () => {
    const { stripe } = world
    const trying = await stripe.prices.create({
      product: String(price.product),
      currency: 'usd',
      unit_amount: 3000,
      recurring: { interval: 'month', trial_period_days: 7 },
    })
    const plain = await subscribe(world, trying)
    expect(plain.subscription.status).toBe('active')
    const { subscription } = await subscribe(world, trying, { trial_from_plan: true })
    expect([subscription.status, day(subscription.trial_end)]).toEqual(['trialing', '2026-04-23'])
    const both = subscribe(world, trying, { trial_from_plan: true, trial_end: may })
    expect(await refusalOf(both)).toMatchObject({ status: 400, param: 'trial_end' })
  })

  test('ending a trial now says that it ends', async () => {
    const { subscription } = await subscribe(world, price, { trial_period_days: 20 })
    const types = await typesDuring(world, () =>
      world.stripe.subscriptions.update(subscription.id, { trial_end: 'now' }),
    )
    expect(types).toContain('customer.subscription.trial_will_end')
  })
})

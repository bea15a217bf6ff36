import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start } from './start.ts'
import { day, latestOf, seconds, subscribe, written } from './subscribed.ts'

let world: Started
let price: Stripe.Price
beforeEach(async () => {
  // From the 16th to the 1st of May is half of April.
  world = await start({ now: '2026-04-16T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
})
afterEach(() => world.close())

const may = seconds('2026-05-01T00:00:00Z')
const june = seconds('2026-06-01T00:00:00Z')
const lines = async (id: string) =>
  (await latestOf(world.stripe, id)).lines.data.map(({ amount, period }) => [
    amount,
    day(period.start),
    day(period.end),
  ])
const invoicesOf = async (subscription: string) =>
  (await world.stripe.invoices.list({ subscription })).data.length
const turns = ({ items }: Stripe.Subscription) => {
  const [item] = items.data
  return [day(item?.current_period_start), day(item?.current_period_end)]
}

describe('a subscription anchored to a date to come', () => {
  test('pays for the part of a period up to it, and whole periods from then on', async () => {
    const { subscription } = await subscribe(world, price, { billing_cycle_anchor: may })
    const first = await latestOf(world.stripe, subscription.id)
    const [line] = first.lines.data
    expect([subscription.status, turns(subscription), await lines(subscription.id)]).toEqual([
      'active',
      ['2026-04-16', '2026-05-01'],
      [[1500, '2026-04-16', '2026-05-01']],
    ])
    expect([line?.description, line?.parent?.subscription_item_details?.proration]).toEqual([
      'Time on Basic from 16 Apr 2026 until 01 May 2026',
      true,
    ])
    await world.advance({ to: '2026-05-01T00:00:00Z' })
    expect(await lines(subscription.id)).toEqual([[3000, '2026-05-01', '2026-06-01']])
  })

  test('without proration is free up to it, with no invoice at all', async () => {
    const { subscription } = await subscribe(world, price, {
      billing_cycle_anchor: may,
      proration_behavior: 'none',
    })
    expect([subscription.status, subscription.latest_invoice, turns(subscription)]).toEqual([
      'active',
      null,
      ['2026-04-16', '2026-05-01'],
    ])
    await world.advance({ to: '2026-05-01T00:00:00Z' })
    expect(await lines(subscription.id)).toEqual([[3000, '2026-05-01', '2026-06-01']])
  })

  test('after a trial pays for the part between the trial and the anchor', async () => {
    const { subscription } = await subscribe(world, price, {
      billing_cycle_anchor: may,
      trial_end: seconds('2026-04-22T00:00:00Z'),
    })
    expect([subscription.status, day(subscription.billing_cycle_anchor), turns(subscription)]).toEqual([
      'trialing',
      '2026-05-01',
      ['2026-04-16', '2026-04-22'],
    ])
    await world.advance({ to: '2026-04-22T00:00:00Z' })
    expect(await lines(subscription.id)).toEqual([[900, '2026-04-22', '2026-05-01']])
    await world.advance({ to: '2026-05-01T00:00:00Z' })
    expect(await lines(subscription.id)).toEqual([[3000, '2026-05-01', '2026-06-01']])
  })

  test('after a trial and without proration has no invoice for that part', async () => {
    const { subscription } = await subscribe(world, price, {
      billing_cycle_anchor: may,
      proration_behavior: 'none',
      trial_end: seconds('2026-04-22T00:00:00Z'),
    })
    await world.advance({ to: '2026-04-23T00:00:00Z' })
    const after = await world.stripe.subscriptions.retrieve(subscription.id)
    expect([after.status, turns(after), await invoicesOf(after.id)]).toEqual([
      'active',
      ['2026-04-22', '2026-05-01'],
      1,
    ])
    await world.advance({ to: '2026-05-01T00:00:00Z' })
    expect(await lines(subscription.id)).toEqual([[3000, '2026-05-01', '2026-06-01']])
  })

  test.each<[string, Partial<Stripe.SubscriptionCreateParams>]>([
    ['later than one interval away', { billing_cycle_anchor: june }],
    ['in the past', { billing_cycle_anchor: seconds('2026-04-15T00:00:00Z') }],
    ['before the end of the trial', { billing_cycle_anchor: may, trial_end: june }],
  ])('may not be %s', async (_, given) => {
    expect(await refusalOf(subscribe(world, price, given))).toMatchObject({
      status: 400,
      param: 'billing_cycle_anchor',
    })
  })
})

test('an anchor by the day of the month takes the time of day from now, and short months their last day', async () => {
  const { subscription } = await subscribe(world, price, {
    billing_cycle_anchor_config: { day_of_month: 31 },
  })
  expect([written(subscription.billing_cycle_anchor), subscription.billing_cycle_anchor_config]).toEqual([
    '2026-04-30T00:00:00',
    { day_of_month: 31, hour: null, minute: null, month: null, second: null },
  ])
  const found: unknown[] = []
  for (const to of ['2026-04-30', '2026-05-31', '2026-06-30']) {
    await world.advance({ to: `${to}T00:00:00Z` })
    found.push(turns(await world.stripe.subscriptions.retrieve(subscription.id)))
  }
  expect(found).toEqual([
    ['2026-04-30', '2026-05-31'],
    ['2026-05-31', '2026-06-30'],
    ['2026-06-30', '2026-07-31'],
  ])
  const both = subscribe(world, price, {
    billing_cycle_anchor: may,
    billing_cycle_anchor_config: { day_of_month: 1 },
  })
  expect(await refusalOf(both)).toMatchObject({ status: 400, param: 'billing_cycle_anchor_config' })
})

describe('a backdated subscription', () => {
  test('has a line for every period that has passed, and one for the current', async () => {
    const { subscription } = await subscribe(world, price, {
      backdate_start_date: seconds('2026-03-01T00:00:00Z'),
      billing_cycle_anchor: may,
    })
    expect([day(subscription.start_date), turns(subscription), await lines(subscription.id)]).toEqual([
      '2026-03-01',
      ['2026-04-01', '2026-05-01'],
      [
        [3000, '2026-03-01', '2026-04-01'],
        [3000, '2026-04-01', '2026-05-01'],
      ],
    ])
  })

  test('pays a part for a first period that was no whole one', async () => {
    const { subscription } = await subscribe(world, price, {
      backdate_start_date: seconds('2026-03-16T12:00:00Z'),
      billing_cycle_anchor: may,
    })
    expect(await lines(subscription.id)).toEqual([
      [1500, '2026-03-16', '2026-04-01'],
      [3000, '2026-04-01', '2026-05-01'],
    ])
  })

  test('without proration only begins earlier', async () => {
    const { subscription } = await subscribe(world, price, {
      backdate_start_date: seconds('2026-03-01T00:00:00Z'),
      proration_behavior: 'none',
    })
    expect([day(subscription.start_date), await lines(subscription.id)]).toEqual([
      '2026-03-01',
      [[3000, '2026-04-16', '2026-05-16']],
    ])
  })

  test('cannot begin in the future', async () => {
    const refused = subscribe(world, price, { backdate_start_date: may })
    expect(await refusalOf(refused)).toMatchObject({ status: 400, param: 'backdate_start_date' })
  })
})

describe('the anchor of a running subscription', () => {
  test('set to now begins a whole period now and credits the rest of the old one', async () => {
    const { subscription } = await subscribe(world, price)
    await world.advance({ to: '2026-05-01T00:00:00Z' })
    const after = await world.stripe.subscriptions.update(subscription.id, {
      billing_cycle_anchor: { type: 'now' },
    })
    expect([day(after.billing_cycle_anchor), turns(after), await lines(after.id)]).toEqual([
      '2026-05-01',
      ['2026-05-01', '2026-06-01'],
      [
        [-1500, '2026-05-01', '2026-05-16'],
        [3000, '2026-05-01', '2026-06-01'],
      ],
    ])
  })

  test('unchanged stays', async () => {
    const { subscription } = await subscribe(world, price)
    const after = await world.stripe.subscriptions.update(subscription.id, {
      billing_cycle_anchor: { type: 'unchanged' },
    })
    expect([after.billing_cycle_anchor, await invoicesOf(after.id)]).toEqual([
      subscription.billing_cycle_anchor,
      1,
    ])
  })

  test('cannot be set before the end of a trial, which has an error code of its own', async () => {
    const { subscription } = await subscribe(world, price, { trial_period_days: 10 })
    const refused = world.stripe.subscriptions.update(subscription.id, {
      billing_cycle_anchor: { type: 'now' },
    })
    expect(await refusalOf(refused)).toMatchObject({
      status: 400,
      code: 'subscription_update_trial_after_billing_cycle_anchor',
    })
  })
})

test('month to year in flexible billing: the anchor stays and the year is prorated from it', async () => {
  const { stripe, advance } = world
  const yearly = await monthlyPrice(stripe, 36_500, 'Basic', 'year')
  const { subscription, item } = await subscribe(world, price)
  await advance({ to: '2026-05-01T00:00:00Z' })
  const after = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: yearly.id }],
    proration_behavior: 'always_invoice',
  })
  const invoice = await latestOf(stripe, after.id)
  expect([after.billing_cycle_anchor, turns(after), invoice.billing_reason, await lines(after.id)]).toEqual([
    subscription.billing_cycle_anchor,
    ['2026-04-16', '2027-04-16'],
    'subscription_update',
    [
      [-1500, '2026-05-01', '2026-05-16'],
      [35_000, '2026-05-01', '2027-04-16'],
    ],
  ])
  expect([invoice.period_start, day(invoice.period_end)]).toEqual([
    subscription.billing_cycle_anchor,
    '2026-05-01',
  ])
})

test('month to year in classic billing: the year begins now and is charged whole', async () => {
  const { stripe, advance } = world
  const yearly = await monthlyPrice(stripe, 36_500, 'Basic', 'year')
  const { subscription, item } = await subscribe(world, price, { billing_mode: { type: 'classic' } })
  expect(subscription.billing_mode).toMatchObject({ flexible: null, type: 'classic' })
  await advance({ to: '2026-05-01T00:00:00Z' })
  const after = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: yearly.id }],
  })
  expect([day(after.billing_cycle_anchor), await lines(after.id)]).toEqual([
    '2026-05-01',
    [
      [-1500, '2026-05-01', '2026-05-16'],
      [36_500, '2026-05-01', '2027-05-01'],
    ],
  ])
})

import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start } from './start.ts'
import { day, subscribe } from './subscribed.ts'

let world: Started
let price: Stripe.Price
beforeEach(async () => {
  world = await start({ now: '2026-04-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 3000)
})
afterEach(() => world.close())

describe('refusals', () => {
  test('no payment method: 400 resource_missing', async () => {
    const { stripe } = world
    const customer = await stripe.customers.create({})
    const refused = stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    await expect(refused).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      message: expect.stringContaining('has no attached payment source or default payment method'),
    })
    expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([])
  })

  test('unknown price: 400 resource_missing about items[0][price]', async () => {
    const refused = subscribe(world, price, { items: [{ price: 'invalid' }] })
    await expect(refused).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'items[0][price]',
      message: "No such price: 'invalid'",
    })
  })

  test('unknown payment method on attach: 404 resource_missing', async () => {
    const { stripe } = world
    const customer = await stripe.customers.create({})
    const refused = stripe.paymentMethods.attach('pm_unknown', { customer: customer.id })
    expect(await refusalOf(refused)).toMatchObject({ status: 404, code: 'resource_missing' })
  })

  test('more than twenty items', async () => {
    const items = Array.from({ length: 21 }, () => ({ price: price.id }))
    expect(await refusalOf(subscribe(world, price, { items }))).toMatchObject({ status: 400, param: 'items' })
  })

  test('items of different intervals need flexible billing', async () => {
    const { stripe } = world
    const yearly = await monthlyPrice(stripe, 100, 'Year', 'year')
    const items = [{ price: price.id }, { price: yearly.id }]
    const mixed = await subscribe(world, price, { items })
    expect(mixed.subscription.items.data.map((item) => day(item.current_period_end))).toEqual([
      '2026-05-01',
      '2027-04-01',
    ])
    const classic = { billing_mode: { type: 'classic' as const } }
    expect(await refusalOf(subscribe(world, price, { items, ...classic }))).toMatchObject({ status: 400 })
    const { subscription } = await subscribe(world, price, classic)
    const added = () => stripe.subscriptionItems.create({ subscription: subscription.id, price: yearly.id })
    expect(await refusalOf(added())).toMatchObject({ status: 400 })
    await stripe.subscriptions.migrate(subscription.id, { billing_mode: { type: 'flexible' } })
    expect((await added()).price.id).toBe(yearly.id)
    const again = stripe.subscriptions.migrate(subscription.id, { billing_mode: { type: 'flexible' } })
    expect(await refusalOf(again)).toMatchObject({ status: 400 })
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from '../start.ts'
import { invoicesOf, linesOf, until, written } from './timeline.ts'

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterAll(() => world.close())

/** The last day of a month is billed there, and in longer ones the 31st again: a leap year's February included. */
const turns = [
  '2027-12-31',
  '2028-01-31',
  '2028-02-29',
  '2028-03-31',
  '2028-04-30',
  '2028-05-31',
  '2028-06-30',
  '2028-07-31',
  '2028-08-31',
  '2028-09-30',
  '2028-10-31',
  '2028-11-30',
  '2028-12-31',
  '2029-01-31',
  '2029-02-28',
]

test('a subscription of the 31st is billed on the last day of each month for fourteen months', async () => {
  const { stripe } = world
  await until(world, '2027-12-31T10:00:00Z')
  const price = await monthlyPrice(stripe, 3100)
  const customer = await customerWithCard(stripe)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })

  for (const [position, turn] of turns.entries()) {
    const before = turns[position - 1]
    if (!before) continue
    expect(await until(world, `${turn}T10:00:30Z`), turn).toEqual([
      'invoice.upcoming',
      'subscription.updated',
      'invoice.created',
    ])
    const subscription = await stripe.subscriptions.retrieve(id)
    const [item] = subscription.items.data
    expect(written(item?.current_period_start)).toMatch(`${turn} 10:00`)
    expect(written(subscription.billing_cycle_anchor)).toMatch('2027-12-31 10:00')

    expect(await until(world, `${turn}T11:01:00Z`)).toEqual(['invoice.finalized', 'invoice.paid'])
    const [invoice] = (await stripe.invoices.list({ subscription: id, limit: 1 })).data
    const next = turns[position + 1] ?? '2029-03-31'
    expect(invoice && linesOf(invoice)).toEqual([[3100, turn, next, false]])
    expect(
      [written(invoice?.period_start), written(invoice?.period_end)].map((at) => at?.slice(0, 10)),
    ).toEqual([before, turn])
  }
  const paid = await invoicesOf(stripe, id)
  expect(paid).toHaveLength(15)
  expect(paid.every(([, status, due, amount]) => status === 'paid' && due === 3100 && amount === 3100)).toBe(
    true,
  )
})

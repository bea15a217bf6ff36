import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../src/lib/db.ts'
import { subscribe, useAsInTheExample } from '../story.ts'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ now: '2026-01-20T09:00:00Z' })
})
afterAll(() => world.close())

test('a renewal that is final before we hear of it gets an invoice beside it with what was used, once', async () => {
  const account = await subscribe(world, { externalId: 'clara' })
  await useAsInTheExample(world, account)
  await world.control('POST', '/deliveries/hold')
  await world.advance({ months: 1 })
  // Stripe waits 72 hours for its webhooks and then finalises all the same.
  await world.advance({ days: 4 })
  expect(await paymentsOf(account)).toEqual([['subscription_create', 'paid', 4000]])

  await world.control('POST', '/deliveries/release', { order: 'reverse', duplicates: 1 })
  await world.settle()
  await world.advance({ days: 1 })
  const billed = [
    ['manual', 'paid', 580],
    ['subscription_create', 'paid', 4000],
    ['subscription_cycle', 'paid', 4000],
  ]
  expect((await paymentsOf(account)).sort()).toEqual(billed)
  const seals = await world.database.db.system((tx) => tx.rows(sql`select distinct status from seals`))
  expect(seals).toEqual([{ status: 'finalised' }])

  await world.advance({ days: 1 })
  expect((await paymentsOf(account)).sort()).toEqual(billed)
})

async function paymentsOf(account: string): Promise<[reason: string, status: string, amountCents: number][]> {
  const { body } = await world.call('GET', '/api/billing/payments', { account })
  const payments: { reason: string; status: string; amountCents: number }[] = body.data
  return payments.map(({ reason, status, amountCents }) => [reason, status, amountCents])
}

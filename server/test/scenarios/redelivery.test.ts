import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpDatabase } from '../dump.ts'
import { subscribe, useAsInTheExample } from '../story.ts'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ now: '2026-01-20T09:00:00Z' })
})
afterAll(() => world.close())

test('every webhook of the story again, twice, in reverse, and as if it were new: nothing changes', async () => {
  const account = await subscribe(world, { externalId: 'clara' })
  await useAsInTheExample(world, account)
  await world.advance({ months: 1 })
  await world.advance({ days: 1 })
  const before = await everything()
  expect(before.database.payments).toHaveLength(2)

  const deliveries = (await world.control('GET', '/deliveries')).body.deliveries as {
    id: string
    provider: string
  }[]
  const ours = deliveries.filter((each) => each.provider === 'stripe')
  expect(ours.length).toBeGreaterThan(20)
  for (let round = 0; round < 2; round++) {
    for (const { id } of ours.toReversed()) {
      expect(await world.control('POST', `/deliveries/${id}/replay`)).toMatchObject({ status: 200 })
    }
  }
  await world.settle()
  expect(await everything()).toEqual(before)

  // Deliveries that the inbox knows are answered at once; handled again in reverse, they must change as little.
  const events = (await world.call('GET', '/api/admin/webhooks?limit=100', { as: world.adminKey })).body.data
  for (const { id } of events) {
    await world.call('POST', `/api/admin/webhooks/${id}/replay`, { as: world.adminKey })
    await world.settle()
  }
  expect(await everything()).toEqual(before)
})

/** The database, and every side effect that left the building. */
async function everything() {
  const { inbox = [], ...database } = await dumpDatabase(world.database.superuserUrl)
  const outbox = (await world.control('GET', '/outbox')).body
  const { secretKey } = world.sandbox.stripe
  const { hostname, port } = new URL(world.sandbox.url)
  const stripe = new Stripe(secretKey, { host: hostname, port: Number(port), protocol: 'http' })
  const invoices = (await stripe.invoices.list({ limit: 100 })).data
  const numbers = await world.call('GET', '/api/phone/numbers', { account: 'ext:clara' })
  return {
    database,
    // When an event was handled last is the inbox's own diary.
    inbox: inbox.map((row) => ({ ...JSON.parse(row), handled_at: null })),
    outbox,
    invoices: invoices.map(({ id, status, total, lines }) => ({
      id,
      status,
      total,
      lines: lines.data.length,
    })),
    numbers: numbers.body,
  }
}

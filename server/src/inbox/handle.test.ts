import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../../test/database.ts'
import { testDatabase } from '../../test/database.ts'
import type { FailedPayment } from '../domain/invoices/record-failure.ts'
import { NotKnownYet } from '../errors.ts'
import { sql } from '../lib/db.ts'
import { createLog } from '../lib/log.ts'
import type { HandleInbox } from './handle.ts'
import { handleInbox } from './handle.ts'
import { receiveStripeEvent } from './receive.ts'
import { replayEvent } from './replay.ts'
import { hasWorkNow, listEvents } from './store.ts'

let database: TestDatabase
let counter = 0

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

async function receive(type: string, object: Record<string, unknown>): Promise<string> {
  counter += 1
  const id = `evt_${counter}`
  const createdAt = new Date('2026-01-20T09:00:00Z')
  const body = JSON.stringify({ id, type, data: { object } })
  await receiveStripeEvent(database, { event: { id, type, createdAt, object }, body })
  return id
}

function inbox(synced: (id: string) => Promise<string>) {
  const failures: FailedPayment[] = []
  const deps: HandleInbox = {
    db: database.db,
    log: createLog('silent'),
    sync: { checkout: synced, subscription: synced, invoice: synced, customer: synced },
    recordFailure: async (failed) => {
      failures.push(failed)
    },
  }
  const handle = (objectKey: string, isRetry = true) => handleInbox(deps, { objectKey, isRetry })
  return { handle, failures }
}

async function eventOf(externalId: string) {
  const events = await database.db.system((tx) =>
    listEvents(tx, { status: undefined, after: undefined, limit: 100 }),
  )
  return events.find((event) => event.externalId === externalId)
}

const jobsOf = (objectKey: string, isRetry: boolean) =>
  database.db.system((tx) =>
    tx.rows<{ in_seconds: number }>(sql`
      select extract(epoch from run_at - now())::float as in_seconds from graphile_worker._private_jobs
      where payload ->> 'objectKey' = ${objectKey} and (payload ->> 'isRetry')::boolean = ${isRetry}`),
  )

describe('a webhook', () => {
  test('is remembered once and makes one job for its object, however often it comes', async () => {
    const event = {
      id: 'evt_twice',
      type: 'invoice.paid',
      createdAt: new Date('2026-01-20T09:00:00Z'),
      object: { id: 'in_twice', object: 'invoice' },
    }
    const first = await receiveStripeEvent(database, { event, body: '{}' })
    const second = await receiveStripeEvent(database, { event, body: '{}' })
    expect([first.isNew, second.isNew]).toEqual([true, false])
    expect(await jobsOf('invoice:in_twice', false)).toHaveLength(1)
  })

  test('of a kind that nobody acts on is kept and acknowledged', async () => {
    const id = await receive('customer.created', { id: 'cus_1' })
    expect(await eventOf(id)).toMatchObject({ status: 'ignored' })
    expect(await jobsOf(`none:${id}`, false)).toEqual([])
  })
})

describe('handling', () => {
  test('one fetch serves all events of an object', async () => {
    const ids = [
      await receive('customer.subscription.created', { id: 'sub_a' }),
      await receive('customer.subscription.updated', { id: 'sub_a' }),
    ]
    const asked: string[] = []
    const { handle } = inbox(async (id) => {
      asked.push(id)
      return 'acc_1'
    })
    await handle('subscription:sub_a')
    await handle('subscription:sub_a')
    expect(asked).toEqual(['sub_a'])
    for (const id of ids)
      expect(await eventOf(id)).toMatchObject({ status: 'handled', accountId: 'acc_1', lastError: null })
  })

  test('a failed payment is told from the event itself, before the fetch', async () => {
    await receive('invoice.payment_failed', {
      id: 'in_f',
      object: 'invoice',
      customer: 'cus_9',
      attempt_count: 2,
      amount_due: 4000,
      currency: 'usd',
    })
    const { handle, failures } = inbox(async () => 'acc_1')
    await handle('invoice:in_f')
    expect(failures).toEqual([
      {
        stripeInvoiceId: 'in_f',
        stripeCustomerId: 'cus_9',
        attempt: 2,
        amountCents: 4000n,
        currency: 'usd',
        at: new Date('2026-01-20T09:00:00Z'),
      },
    ])
  })

  test('what is not known yet waits, is tried again later, and lets others pass', async () => {
    const waiting = await receive('customer.subscription.created', { id: 'sub_w' })
    const other = await receive('customer.subscription.created', { id: 'sub_o' })
    let isKnown = false
    const { handle } = inbox(async (id) => {
      if (id === 'sub_w' && !isKnown) throw new NotKnownYet('customer cus_w')
      return 'acc_1'
    })
    await handle('subscription:sub_w')
    await handle('subscription:sub_o')
    expect(await eventOf(waiting)).toMatchObject({
      status: 'waiting',
      attemptCount: 1,
      lastError: 'customer cus_w is not known here yet',
    })
    expect(await eventOf(other)).toMatchObject({ status: 'handled' })
    const [job] = await jobsOf('subscription:sub_w', true)
    expect(job?.in_seconds).toBeGreaterThan(0)
    isKnown = true
    await handle('subscription:sub_w')
    expect(await eventOf(waiting)).toMatchObject({ status: 'handled' })
  })

  test('many events of one object that fails count as one try, and have one retry', async () => {
    const ids = [
      await receive('customer.subscription.created', { id: 'sub_m' }),
      await receive('customer.subscription.updated', { id: 'sub_m' }),
    ]
    expect(await jobsOf('subscription:sub_m', false)).toHaveLength(2)
    const { handle } = inbox(async () => {
      throw new Error('no answer')
    })
    await handle('subscription:sub_m', false)
    await handle('subscription:sub_m', false)
    for (const id of ids) expect(await eventOf(id)).toMatchObject({ attemptCount: 1 })
    expect(await jobsOf('subscription:sub_m', true)).toHaveLength(1)
  })

  test('what goes on failing waits longer each time, is dead at last, and can be replayed', async () => {
    const id = await receive('customer.subscription.created', { id: 'sub_d' })
    let isBroken = true
    const { handle } = inbox(async () => {
      if (isBroken) throw new Error('no answer')
      return 'acc_1'
    })
    const pauses: number[] = []
    for (let attempt = 1; attempt < 15; attempt++) {
      await handle('subscription:sub_d')
      expect(await eventOf(id)).toMatchObject({
        status: 'received',
        attemptCount: attempt,
        lastError: 'no answer',
      })
      pauses.push((await jobsOf('subscription:sub_d', true))[0]?.in_seconds ?? 0)
    }
    expect(pauses[13]).toBeGreaterThan((pauses[3] ?? 0) * 50)
    await handle('subscription:sub_d')
    const dead = await eventOf(id)
    expect(dead).toMatchObject({ status: 'dead', attemptCount: 15 })
    await handle('subscription:sub_d')
    expect(await eventOf(id)).toMatchObject({ status: 'dead' })

    isBroken = false
    await replayEvent(database, String(dead?.inboxId))
    expect(await eventOf(id)).toMatchObject({ status: 'received', attemptCount: 0 })
    await handle('subscription:sub_d')
    expect(await eventOf(id)).toMatchObject({ status: 'handled' })
  })

  test('an event that nobody acts on stays so when it is replayed, and one that is not there is refused', async () => {
    const id = await receive('customer.created', { id: 'cus_2' })
    await replayEvent(database, String((await eventOf(id))?.inboxId))
    expect(await eventOf(id)).toMatchObject({ status: 'ignored' })
    expect(await jobsOf(`none:${id}`, false)).toEqual([])
    await expect(replayEvent(database, '999999')).rejects.toMatchObject({ code: 'webhook_not_found' })
    await expect(replayEvent(database, 'one')).rejects.toMatchObject({ code: 'webhook_not_found' })
  })
})

test('there is work as long as an event is fresh, and none for one that waits for long', async () => {
  await database.db.system((tx) => tx.run(sql`delete from graphile_worker._private_jobs`))
  await database.db.system((tx) => tx.run(sql`update inbox set status = 'handled' where status <> 'dead'`))
  expect(await database.db.system(hasWorkNow)).toBe(false)
  const id = await receive('customer.subscription.created', { id: 'sub_x' })
  expect(await database.db.system(hasWorkNow)).toBe(true)
  await database.db.system((tx) => tx.run(sql`delete from graphile_worker._private_jobs`))
  expect(await database.db.system(hasWorkNow)).toBe(true)
  await database.db.system((tx) => tx.run(sql`update inbox set attempt_count = 4 where external_id = ${id}`))
  expect(await database.db.system(hasWorkNow)).toBe(false)
})

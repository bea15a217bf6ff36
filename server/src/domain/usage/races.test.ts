import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld } from '../../../test/usage-world.ts'
import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import { planOf } from '../catalog/catalog.ts'
import { confirmPeriod } from './confirm-period.ts'
import { consume } from './consume.ts'
import { freezePeriod } from './freeze-period.ts'

let world: UsageWorld
let account: string

beforeAll(async () => {
  world = await usageWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  account = await world.newAccount()
  await world.setNow('2025-02-20T00:00:00Z')
  await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
})

/** Starts `second` while `first` has done its work and not committed it, and commits once `second` waits for it. */
async function meanwhile<T>(first: (tx: Tx) => Promise<unknown>, second: () => Promise<T>): Promise<T> {
  const { outcome } = await world.db.tenant(account, async (tx) => {
    await first(tx)
    const waiting = second()
    waiting.catch(() => undefined)
    await untilSomebodyWaits()
    return { outcome: waiting }
  })
  return outcome
}

async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { waiting } = await world.db.system((tx) =>
      tx.one<{ waiting: boolean }>(sql`
        select exists (
          select from pg_stat_activity
          where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0) as waiting`),
    )
    if (waiting) return
    await setImmediate()
  }
}

const freezing = (tx: Tx) => {
  const endsAt = new Date('2025-02-15T00:00:00Z')
  return freezePeriod(
    { tx, catalogs: world.catalogs },
    { accountId: account, subscriptionId: 'sub_1', endsAt },
  )
}

describe('use that found its counter just before', () => {
  it('is late where the period was frozen meanwhile', async () => {
    const tracked = await meanwhile(freezing, () =>
      world.used(account, ['voice_minutes', 5, '2025-02-01T00:00:00Z']),
    )
    expect(tracked).toEqual({ accepted: 1, duplicates: 0, late: 1 })
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 0 })
    expect(await world.broken(account)).toEqual([])
  })

  it('counts into the period that it lies in where boundaries were moved meanwhile', async () => {
    const moving = (tx: Tx) => {
      const plan = planOf(world.catalog, 'ai_secretary')
      if (plan === undefined) throw new Error('the example has changed')
      const startsAt = new Date('2025-02-10T00:00:00Z')
      const times = { startsAt, endsAt: new Date('2025-03-10T00:00:00Z'), anchor: startsAt }
      const terms = { plan, catalogVersion: world.version, interval: 'month' as const, isRolling: true }
      const ids = { accountId: account, subscriptionId: 'sub_1' }
      return confirmPeriod({ tx, catalogs: world.catalogs }, { ...ids, ...times, ...terms })
    }
    await meanwhile(moving, () => world.used(account, ['voice_minutes', 5, '2025-02-12T00:00:00Z']))
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 0, '02-10': 5 })
    expect(await world.broken(account)).toEqual([])
  })

  it('is not granted where the period was frozen meanwhile', async () => {
    const event = { id: 'in-time', meter: 'voice_minutes', at: new Date('2025-02-01T00:00:00Z') }
    const consuming = meanwhile(freezing, () =>
      consume(world, { accountId: account, event, hasAccess: true }),
    )
    await expect(consuming).rejects.toMatchObject({
      code: 'bad_input',
      details: { details: [{ path: 'at' }] },
    })
    expect(await world.broken(account)).toEqual([])
  })
})

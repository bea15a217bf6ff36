import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld, withoutFreePlan } from '../../../test/usage-world.ts'

let world: UsageWorld

beforeAll(async () => {
  world = await usageWorld()
})
afterAll(() => world.close())

describe('periods', () => {
  it('roll on time, from the anchor, without any webhook', async () => {
    const account = await world.newAccount()
    await world.setNow('2025-05-20T00:00:00Z')
    await world.confirm(account, { from: '2025-01-31', to: '2025-02-28' })
    await world.used(account, ['voice_minutes', 7, '2025-02-27T23:59:59Z'])
    await world.used(account, ['voice_minutes', 5, '2025-03-30T23:59:59Z'])
    await world.used(account, ['voice_minutes', 3, '2025-03-31T00:00:00Z'])
    expect(await world.periods(account)).toEqual([
      '01-31 to 02-28 ai_secretary confirmed',
      '02-28 to 03-31 ai_secretary provisional',
      '03-31 to 04-30 ai_secretary provisional',
    ])
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-31': 7, '02-28': 5, '03-31': 3 })
  })

  it('are confirmed, and moved with their events where Stripe says otherwise', async () => {
    const account = await world.newAccount()
    await world.setNow('2025-03-20T00:00:00Z')
    await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
    await world.used(account, ['voice_minutes', 1, '2025-02-14T12:00:00Z'])
    await world.used(account, ['voice_minutes', 2, '2025-02-15T12:00:00Z'])
    await world.used(account, ['voice_minutes', 4, '2025-03-14T12:00:00Z'])
    await world.confirm(account, { from: '2025-02-14T06:00:00Z', to: '2025-03-14T06:00:00Z' })
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 0, '02-14': 3, '03-14': 4 })
    expect(await world.periods(account)).toEqual([
      '01-15 to 02-14 06:00 ai_secretary confirmed',
      '02-14 06:00 to 03-14 06:00 ai_secretary confirmed',
      '03-14 06:00 to 04-14 06:00 ai_secretary provisional',
    ])
    expect(await world.broken(account)).toEqual([])
  })

  it('of the free plan are cut where a subscription begins, and take over where it ended', async () => {
    await world.setNow('2025-01-01T00:00:00Z')
    const account = await world.newAccount()
    await world.setNow('2025-03-20T00:00:00Z')
    await world.used(account, ['email_count', 1, '2025-01-05T00:00:00Z'])
    await world.used(account, ['email_count', 2, '2025-01-12T00:00:00Z'])
    await world.confirm(account, { from: '2025-01-10', to: '2025-02-10' })
    expect(await world.counted(account, 'email_count')).toEqual({ '01-01': 1, '01-10': 2 })
    await world.used(account, ['email_count', 4, '2025-02-12T00:00:00Z'])
    await world.end(account, '2025-02-10T00:00:00Z')
    await world.end(account, '2025-02-10T00:00:00Z')
    expect((await world.periods(account)).slice(1)).toEqual([
      '01-10 to 02-10 ai_secretary confirmed',
      '02-10 to 03-10 ai_buddy provisional',
    ])
    await world.used(account, ['email_count', 8, '2025-03-12T00:00:00Z'])
    expect(await world.counted(account, 'email_count')).toEqual({
      '01-01': 1,
      '01-10': 2,
      '02-10': 4,
      '03-10': 8,
    })
    expect(await world.broken(account)).toEqual([])
  })

  it('take in what was used before their webhook came, and let go of it where they end early', async () => {
    const paid = await usageWorld(withoutFreePlan(assistant))
    try {
      const account = await paid.newAccount()
      await paid.setNow('2025-03-20T00:00:00Z')
      await paid.used(account, ['voice_minutes', 3, '2025-01-20T00:00:00Z'])
      await paid.used(account, ['voice_minutes', 5, '2025-02-05T00:00:00Z'])
      expect(await paid.counted(account, 'voice_minutes')).toEqual({})
      await paid.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
      expect(await paid.counted(account, 'voice_minutes')).toEqual({ '01-15': 8 })
      await paid.end(account, '2025-02-01T00:00:00Z')
      expect(await paid.counted(account, 'voice_minutes')).toEqual({ '01-15': 3 })
      expect(await paid.broken(account)).toEqual([])
    } finally {
      await paid.close()
    }
  })

  it('give a new plan’s limits at once', async () => {
    const account = await world.newAccount()
    await world.setNow('2025-02-01T00:00:00Z')
    const times = { from: '2025-01-15', to: '2025-02-15' }
    await world.confirm(account, times)
    await world.used(account, ['voice_minutes', 120, '2025-01-20T00:00:00Z'])
    await world.confirm(account, { ...times, plan: 'ai_project_manager' })
    expect(await world.periods(account)).toEqual(['01-15 to 02-15 ai_project_manager confirmed'])
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 120 })
  })

  it('are never changed once frozen; what comes for them later is late', async () => {
    const account = await world.newAccount()
    await world.setNow('2025-02-20T00:00:00Z')
    await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
    await world.used(account, ['voice_minutes', 10, '2025-02-01T00:00:00Z'])
    await world.freeze(account, '2025-02-15T00:00:00Z')
    await world.freeze(account, '2025-02-15T00:00:00Z')
    expect(await world.used(account, ['voice_minutes', 5, '2025-02-02T00:00:00Z'])).toEqual({
      accepted: 1,
      duplicates: 0,
      late: 1,
    })
    await world.confirm(account, { from: '2025-01-15', to: '2025-02-10', plan: 'ai_project_manager' })
    await world.end(account, '2025-02-01T00:00:00Z')
    expect(await world.periods(account)).toEqual(['01-15 to 02-15 ai_secretary frozen'])
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 10 })
    expect(await world.broken(account)).toEqual([])
  })

  it('agree with their events after any sequence of confirming, ending, freezing and tracking', async () => {
    await world.setNow('2024-12-20T00:00:00Z')
    const hour = fc.integer({ min: 0, max: 20 * 24 })
    const at = (hours: number) => new Date(Date.UTC(2025, 0, 1) + hours * 6 * 3_600_000)
    const meter = fc.constantFrom('voice_minutes', 'email_count')
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          does: fc.constant('track' as const),
          hour,
          meter,
          quantity: fc.integer({ min: 1, max: 50 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          does: fc.constant('confirm' as const),
          hour,
          length: fc.integer({ min: 1, max: 124 }),
          isRolling: fc.boolean(),
          plan: fc.constantFrom('ai_secretary', 'ai_project_manager'),
        }),
      },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('end' as const), hour }) },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('freeze' as const), which: fc.nat(5) }) },
    )
    const accounts: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        await world.setNow('2024-12-20T00:00:00Z')
        const account = await world.newAccount()
        accounts.push(account)
        await world.setNow('2025-06-01T00:00:00Z')
        let latest = 0
        for (const each of steps) {
          if (each.does === 'track') await world.used(account, [each.meter, each.quantity, at(each.hour)])
          // Stripe's periods only go forward.
          if (each.does === 'confirm') {
            latest = Math.max(latest, each.hour)
            await world.confirm(account, { ...each, from: at(latest), to: at(latest + each.length) })
          }
          if (each.does === 'end') await world.end(account, at(each.hour))
          if (each.does === 'freeze') {
            const words = (await world.periods(account))[each.which]
            const end = words && /to (\d\d-\d\d)( \d\d:\d\d)?/.exec(words)
            if (end) await world.freeze(account, `2025-${end[1]}T${(end[2] ?? '00:00').trim()}:00Z`)
          }
          expect(await world.broken(account)).toEqual([])
        }
      }),
      { numRuns: 40 },
    )
    expect(accounts.length).toBeGreaterThanOrEqual(40)
  })

  it('agree with their events while many track and boundaries move at the same time', async () => {
    const account = await world.newAccount()
    await world.setNow('2025-04-01T00:00:00Z')
    await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
    const days = Array.from({ length: 120 }, (_, index) => new Date(Date.UTC(2025, 0, 15 + (index % 70))))
    const moves = ['02-15', '02-10', '02-18', '02-12', '02-20'].map(
      (date) => () => world.confirm(account, { from: `2025-${date}`, to: `2025-03-${date.slice(3)}` }),
    )
    const tracked = await Promise.all([
      ...days.map((at) => world.used(account, ['voice_minutes', 1, at])),
      ...moves.map((move) => move()),
      world.freeze(account, '2025-02-15T00:00:00Z'),
    ])
    expect(tracked.filter((each) => each !== undefined)).toHaveLength(120)
    expect(await world.broken(account)).toEqual([])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld, withoutFreePlan } from '../../../test/usage-world.ts'
import type { CheckUsage } from './check.ts'
import { check } from './check.ts'

let world: UsageWorld
let account: string

beforeAll(async () => {
  world = await usageWorld()
  account = await world.newAccount()
  await world.setNow('2025-02-01T00:00:00Z')
  await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
  await world.used(account, ['voice_minutes', 80, '2025-01-20T00:00:00Z'])
})
afterAll(() => world.close())

type Question = { meter: string; quantity?: number } | { feature: string }
const ask = (question: Question, { of = account, hasAccess = true } = {}) =>
  world.db.tenant(of, (tx) =>
    check({ tx, catalogs: world.catalogs }, { accountId: of, hasAccess, ...question } as CheckUsage),
  )

describe('check', () => {
  it('answers in figures and writes nothing', async () => {
    const before = [await world.periods(account), await world.counted(account, 'voice_minutes')]
    expect(await ask({ meter: 'voice_minutes', quantity: 50 })).toEqual({
      allowed: true,
      meter: 'voice_minutes',
      limit: 100,
      used: 80,
      reserved: 0,
      remaining: 20,
      percent: 80,
      threshold: 80,
      resetsAt: '2025-02-15T00:00:00.000Z',
    })
    expect([await world.periods(account), await world.counted(account, 'voice_minutes')]).toEqual(before)
  })

  it('sees the next period before anything opened it, from zero', async () => {
    await world.setNow('2025-02-16T00:00:00Z')
    expect(await ask({ meter: 'voice_minutes' })).toMatchObject({
      used: 0,
      limit: 100,
      resetsAt: '2025-03-15T00:00:00.000Z',
    })
    expect(await world.periods(account)).toHaveLength(1)
    await world.setNow('2025-02-01T00:00:00Z')
  })

  it('says why not, and what would lift it', async () => {
    expect(await ask({ meter: 'voice_minutes' }, { hasAccess: false })).toMatchObject({
      allowed: false,
      reason: 'no_access',
      used: 80,
    })
    const free = await world.newAccount()
    const answer = await ask({ meter: 'voice_minutes' }, { of: free })
    const upgrade = { plan: 'ai_secretary', name: 'AI Secretary', included: 100 }
    expect(answer).toMatchObject({
      allowed: false,
      reason: 'limit_reached',
      limit: 0,
      percent: 100,
      threshold: 100,
      upgrade,
    })
  })

  it('takes no plan at all for no access, not for no limit', async () => {
    const paid = await usageWorld(withoutFreePlan(assistant))
    try {
      const nobody = await paid.newAccount()
      const answer = await paid.db.tenant(nobody, (tx) =>
        check({ tx, catalogs: paid.catalogs }, { accountId: nobody, hasAccess: true, meter: 'email_count' }),
      )
      expect(answer).toMatchObject({
        allowed: false,
        reason: 'no_access',
        limit: 0,
        remaining: 0,
        resetsAt: null,
      })
    } finally {
      await paid.close()
    }
  })

  it('answers whether a plan has a feature', async () => {
    const upgrade = { plan: 'ai_project_manager', name: 'AI Project Manager' }
    expect(await ask({ feature: 'teams' })).toMatchObject({ allowed: false, reason: 'not_in_plan', upgrade })
    const manager = await world.newAccount()
    await world.confirm(manager, { from: '2025-01-15', to: '2025-02-15', plan: 'ai_project_manager' })
    expect(await ask({ feature: 'teams' }, { of: manager })).toMatchObject({ allowed: true, meter: null })
    expect(await ask({ feature: 'teams' }, { of: manager, hasAccess: false })).toMatchObject({
      allowed: false,
      reason: 'no_access',
    })
  })

  it('names what there is where it is asked for what there is not', async () => {
    const meters = expect.stringContaining('voice_minutes')
    await expect(ask({ meter: 'fortunes' })).rejects.toMatchObject({
      code: 'unknown_meter',
      details: { meters },
    })
    await expect(ask({ feature: 'toString' })).rejects.toMatchObject({
      code: 'unknown_feature',
      details: { features: expect.stringContaining('buzz') },
    })
    await expect(ask({ meter: 'voice_minutes', quantity: -1 })).rejects.toMatchObject({ code: 'bad_input' })
  })
})

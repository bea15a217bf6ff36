import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld } from '../../../test/usage-world.ts'
import type { CatalogInput } from '../catalog/catalog.ts'
import { consume } from './consume.ts'
import type { UsageInput } from './event.ts'
import { track } from './track.ts'

const blocking: CatalogInput = {
  ...assistant,
  plans: assistant.plans.map((plan) => {
    const included = { ai_secretary: 50, ai_project_manager: 200 }[plan.slug]
    if (included === undefined) return plan
    return { ...plan, limits: { ...plan.limits, voice_minutes: { included, atLimit: 'block' as const } } }
  }),
}

let world: UsageWorld
let account: string

beforeAll(async () => {
  world = await usageWorld(blocking)
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.setNow('2025-01-01T00:00:00Z')
  account = await world.newAccount()
  await world.setNow('2025-02-01T00:00:00Z')
  await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
})

const take = (id: string, rest: Partial<UsageInput> = {}, hasAccess = true) =>
  consume(world, { accountId: account, event: { id, meter: 'voice_minutes', ...rest }, hasAccess })

describe('consume', () => {
  it('never exceeds a limit that blocks, with 200 callers at once', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => take(`caller-${n}`)))
    expect(answers.filter((each) => each.allowed && each.recorded)).toHaveLength(50)
    expect(answers.filter((each) => each.reason === 'limit_reached' && !each.recorded)).toHaveLength(150)
    expect(new Set(answers.filter((each) => each.allowed).map((each) => each.used)).size).toBe(50)
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 50 })
    expect(await world.broken(account)).toEqual([])
  })

  it('does so too where the period has still to be opened', async () => {
    await world.setNow('2025-02-20T00:00:00Z')
    const answers = await Promise.all(Array.from({ length: 80 }, (_, n) => take(`new-${n}`, { quantity: 7 })))
    expect(answers.filter((each) => each.allowed)).toHaveLength(7)
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 0, '02-15': 49 })
    expect((await world.periods(account)).length).toBe(2)
  })

  it('answers in figures, and a refusal names the upgrade', async () => {
    expect(await take('most', { quantity: 45 })).toEqual({
      allowed: true,
      recorded: true,
      meter: 'voice_minutes',
      limit: 50,
      used: 45,
      reserved: 0,
      remaining: 5,
      percent: 90,
      threshold: 90,
      resetsAt: '2025-02-15T00:00:00.000Z',
    })
    expect(await take('more', { quantity: 6 })).toMatchObject({
      allowed: false,
      recorded: false,
      used: 45,
      remaining: 5,
      reason: 'limit_reached',
      upgrade: { plan: 'ai_project_manager', name: 'AI Project Manager', included: 200 },
    })
    expect(await take('rest', { quantity: 5 })).toMatchObject({
      allowed: true,
      remaining: 0,
      percent: 100,
      threshold: 100,
    })
  })

  it('gives the first answer again after a grant, also to many at once', async () => {
    const first = await take('same', { quantity: 40 })
    await take('other', { quantity: 10 })
    expect(await take('same', { quantity: 40 })).toEqual(first)
    expect(await take('same', { quantity: 40 }, false)).toEqual(first)
    const many = await Promise.all(Array.from({ length: 20 }, () => take('same', { quantity: 40 })))
    expect(many).toEqual(Array(20).fill(first))
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 50 })
  })

  it('forgets a refusal, so that the same id succeeds after an upgrade', async () => {
    expect(await take('later', { quantity: 60 })).toMatchObject({ allowed: false })
    await world.confirm(account, { from: '2025-01-15', to: '2025-02-15', plan: 'ai_project_manager' })
    expect(await take('later', { quantity: 60 })).toMatchObject({
      allowed: true,
      recorded: true,
      limit: 200,
      used: 60,
    })
    expect(await world.broken(account)).toEqual([])
  })

  it('always records where the plan bills or allows what is over', async () => {
    expect(await take('sms', { meter: 'sms_messages', quantity: 120 })).toMatchObject({
      allowed: true,
      recorded: true,
      limit: 100,
      remaining: 0,
      percent: 120,
      threshold: 100,
    })
    const unlimited = {
      allowed: true,
      recorded: true,
      limit: null,
      remaining: null,
      percent: 0,
      threshold: null,
    }
    expect(await take('mail', { meter: 'email_count', quantity: 1e9 })).toMatchObject(unlimited)
  })

  it('records nothing without access', async () => {
    expect(await take('no', {}, false)).toMatchObject({
      allowed: false,
      recorded: false,
      reason: 'no_access',
      limit: 50,
    })
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 0 })
    expect(await take('no')).toMatchObject({ allowed: true, recorded: true })
  })

  it('lets whoever tracked the same id before go on, and counts it once', async () => {
    await world.used(account, ['voice_minutes', 1, '2025-01-20T00:00:00Z'])
    await track(world, {
      accountId: account,
      events: [{ id: 'tracked', meter: 'voice_minutes', quantity: 49 }],
    })
    expect(await take('tracked', { quantity: 49 })).toMatchObject({ allowed: true, recorded: true, used: 50 })
  })

  it('grants nothing to an account without a period, and nothing on a limit of 0', async () => {
    account = await world.newAccount()
    expect(await take('free')).toMatchObject({
      allowed: false,
      reason: 'limit_reached',
      limit: 0,
      percent: 100,
    })
    const past = { at: new Date('2024-06-01T00:00:00Z') }
    expect(await take('before', past)).toMatchObject({
      allowed: false,
      reason: 'no_access',
      limit: 0,
      remaining: 0,
    })
  })

  it('refuses a time whose period is closed', async () => {
    await world.setNow('2025-02-20T00:00:00Z')
    await world.freeze(account, '2025-02-15T00:00:00Z')
    const at = new Date('2025-02-01T00:00:00Z')
    await expect(take('late', { at })).rejects.toMatchObject({
      code: 'bad_input',
      details: { details: [{ path: 'at' }] },
    })
    expect(await take('late')).toMatchObject({ allowed: true, recorded: true })
  })
})

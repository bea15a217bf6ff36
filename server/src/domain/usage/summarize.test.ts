import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld, withoutFreePlan } from '../../../test/usage-world.ts'
import { standingAt } from './standing.ts'
import { summarize } from './summarize.ts'

let world: UsageWorld

beforeAll(async () => {
  world = await usageWorld()
})
afterAll(() => world.close())

const summary = async (
  accountId: string,
  { numbersHeld = 0, currency = 'usd', at = '2025-02-01', of = world } = {},
) => {
  const { db, catalogs, catalog } = of
  const standing = await db.tenant(accountId, (tx) =>
    standingAt({ tx, catalogs }, { accountId, at: new Date(at) }),
  )
  return summarize(standing, { catalog, currency, numbersHeld })
}

const secretary = async (voice: number | string, sms: number | string) => {
  const account = await world.newAccount()
  await world.setNow('2025-02-01T00:00:00Z')
  await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
  await world.used(account, ['voice_minutes', voice, '2025-01-20T00:00:00Z'])
  await world.used(account, ['sms_messages', sms, '2025-01-20T00:00:00Z'])
  await world.used(account, ['email_count', 45, '2025-01-20T00:00:00Z'])
  return account
}

describe('the summary of a period', () => {
  it('of 150 minutes, 120 messages and 45 mails on AI Secretary', async () => {
    expect(await summary(await secretary(150, 120), { numbersHeld: 1 })).toEqual({
      period: { start: '2025-01-15T00:00:00.000Z', end: '2025-02-15T00:00:00.000Z' },
      usage: { voice_minutes: 150, sms_messages: 120, email_count: 45 },
      limits: { voice_minutes: 100, sms_messages: 100 },
      overages: { voice_minutes: 50, sms_messages: 20 },
      costs: { voice_overage: '0.65', sms_overage: '0.15', phone_number: '5.00', total_overage: '5.80' },
    })
  })

  it('rounds each line once and sums what was rounded', async () => {
    // 0.5 units at 1.3 and 0.6 at 0.75 are 0.65 and 0.45 cents: 1 and 0 as lines, 1 in all.
    const { costs } = await summary(await secretary('100.5', '100.6'))
    expect(costs).toEqual({
      voice_overage: '0.01',
      sms_overage: '0.00',
      phone_number: '0.00',
      total_overage: '0.01',
    })
    // 0.65 cents twice: 0.01 each and 0.02 together, although 1.3 cents would round to 0.01.
    const twice = await summary(await secretary('100.5', '100.866666666667'))
    expect(twice.costs).toMatchObject({ voice_overage: '0.01', sms_overage: '0.01', total_overage: '0.02' })
  })

  it('has no decimals in a currency without them', async () => {
    const { costs } = await summary(await secretary(150, 100), { currency: 'jpy', numbersHeld: 2 })
    expect(costs).toEqual({
      voice_overage: '65',
      sms_overage: '0',
      phone_number: '1000',
      total_overage: '1065',
    })
  })

  it('of the free plan names no cost but the total', async () => {
    const account = await world.newAccount()
    expect(await summary(account, { at: '2025-02-02' })).toMatchObject({
      usage: { voice_minutes: 0, sms_messages: 0, email_count: 0 },
      limits: { voice_minutes: 0, sms_messages: 0 },
      overages: { voice_minutes: 0, sms_messages: 0 },
      costs: { total_overage: '0.00' },
    })
  })

  it('of an account without a plan has no period', async () => {
    const paid = await usageWorld(withoutFreePlan(assistant))
    try {
      expect(await summary(await paid.newAccount(), { of: paid })).toEqual({
        period: null,
        usage: { voice_minutes: 0, sms_messages: 0, email_count: 0 },
        limits: {},
        overages: {},
        costs: { total_overage: '0.00' },
      })
    } finally {
      await paid.close()
    }
  })
})

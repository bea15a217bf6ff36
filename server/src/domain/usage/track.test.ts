import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld, withoutFreePlan } from '../../../test/usage-world.ts'
import { sql } from '../../lib/db.ts'
import type { UsageInput } from './event.ts'
import { track } from './track.ts'

let world: UsageWorld
let account: string

beforeAll(async () => {
  const storage = { storage_gb: { name: 'Storage', unit: 'gigabyte', kind: 'gauge' as const } }
  const plans = assistant.plans.map((plan) => ({
    ...plan,
    limits: { ...plan.limits, storage_gb: { included: 10 } },
  }))
  world = await usageWorld(
    withoutFreePlan({ ...assistant, meters: { ...assistant.meters, ...storage }, plans }),
  )
  account = await world.newAccount()
  await world.setNow('2025-02-01T00:00:00Z')
  await world.confirm(account, { from: '2025-01-15', to: '2025-02-15' })
})
afterAll(() => world.close())

const minutes = (id: string, rest: Partial<UsageInput> = {}): UsageInput => ({
  id,
  meter: 'voice_minutes',
  ...rest,
})
const send = (events: UsageInput[], to = account) => track(world, { accountId: to, events })
const used = async (meter = 'voice_minutes') => (await world.counted(account, meter))['01-15']
const eventRows = async () =>
  world.db.tenant(
    account,
    async (tx) => (await tx.one<{ n: number }>(sql`select count(*)::int as n from usage_events`)).n,
  )

describe('track', () => {
  it('counts once per id: sent again, twice in one batch, or by many at once', async () => {
    const before = (await used()) as number
    expect(await send([minutes('once', { quantity: 2 })])).toEqual({ accepted: 1, duplicates: 0, late: 0 })
    expect(await send([minutes('once', { quantity: 9, meter: 'sms_messages' })])).toEqual({
      accepted: 0,
      duplicates: 1,
      late: 0,
    })
    const batch = [minutes('twice', { quantity: 3 }), minutes('twice', { quantity: 5 }), minutes('once')]
    expect(await send(batch)).toEqual({ accepted: 1, duplicates: 2, late: 0 })
    const many = await Promise.all(
      Array.from({ length: 30 }, () => send([minutes('many-a'), minutes('many-b')])),
    )
    expect(many.reduce((sum, each) => sum + each.accepted, 0)).toBe(2)
    expect(await used()).toBe(before + 7)
    expect(await used('sms_messages')).toBe(0)
  })

  it('loses nothing where many batches cross', async () => {
    const before = [(await used()) as number, (await used('sms_messages')) as number]
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => {
        const both = [
          minutes(`cross-${n}`),
          minutes(`cross-sms-${n}`, { meter: 'sms_messages', quantity: 2 }),
        ]
        return send(n % 2 === 0 ? both : both.reverse())
      }),
    )
    expect([await used(), await used('sms_messages')]).toEqual([
      (before[0] as number) + 40,
      (before[1] as number) + 80,
    ])
  })

  it('adds decimals exactly and keeps what belongs to them', async () => {
    const before = (await used('email_count')) as number
    const events = Array.from({ length: 10 }, (_, n) =>
      minutes(`tenth-${n}`, { meter: 'email_count', quantity: 0.1 }),
    )
    await send(events)
    expect(await used('email_count')).toBe(before + 1)
    const whole = {
      entityType: 'call',
      entityId: 'call-1',
      userId: 'ada',
      costCents: '12.5',
      metadata: { reason: 'hung up' },
    }
    await send([
      minutes('whole', { ...whole, at: new Date('2025-01-20T08:00:00Z'), quantity: '0.000000000001' }),
    ])
    const row = await world.db.tenant(account, (tx) =>
      tx.one(sql`
        select quantity, at, user_id, entity_type, entity_id, cost_cents, metadata from usage_events
        where event_id = 'whole'`),
    )
    expect(row).toEqual({
      quantity: '0.000000000001',
      at: new Date('2025-01-20T08:00:00Z'),
      user_id: 'ada',
      entity_type: 'call',
      entity_id: 'call-1',
      cost_cents: '12.5',
      metadata: { reason: 'hung up' },
    })
  })

  it('keeps use outside of every period unbilled', async () => {
    const other = await world.newAccount()
    expect(await send([minutes('nobody')], other)).toEqual({ accepted: 1, duplicates: 0, late: 0 })
    expect(await world.periods(other)).toEqual([])
    expect(await send([minutes('nobody')], other)).toEqual({ accepted: 0, duplicates: 1, late: 0 })
  })

  it('counts a meter that is younger than the plan’s catalog', async () => {
    const faxes = { fax_pages: { name: 'Fax pages', unit: 'page' } }
    const plans = assistant.plans.map((plan) => ({
      ...plan,
      limits: { ...plan.limits, fax_pages: { included: 1 } },
    }))
    await world.putOnSale(withoutFreePlan({ ...assistant, meters: { ...assistant.meters, ...faxes }, plans }))
    await send([minutes('fax', { meter: 'fax_pages', quantity: 4 })])
    expect(await used('fax_pages')).toBe(4)
    // Gone from the catalog on sale, but still what this account subscribed to.
    await expect(send([minutes('level', { meter: 'storage_gb' })])).rejects.toMatchObject({
      code: 'bad_input',
    })
  })

  it.each([
    ['an unknown meter', { meter: 'fortunes' }, 'unknown_meter', { meter: 'fortunes' }],
    ['a name that every object has', { meter: 'constructor' }, 'unknown_meter', { meter: 'constructor' }],
    ['a quantity of nothing', { quantity: 0 }, 'bad_input', { details: [{ path: 'events.1.quantity' }] }],
    ['a negative quantity', { quantity: -1 }, 'bad_input', { details: [{ path: 'events.1.quantity' }] }],
    ['a huge quantity', { quantity: 1e12 + 1 }, 'bad_input', { details: [{ path: 'events.1.quantity' }] }],
    [
      'a quantity that is none',
      { quantity: 'many' },
      'bad_input',
      { details: [{ path: 'events.1.quantity' }] },
    ],
    ['no number', { quantity: Number.NaN }, 'bad_input', { details: [{ path: 'events.1.quantity' }] }],
    [
      'thirteen decimals',
      { quantity: '0.0000000000001' },
      'bad_input',
      { details: [{ path: 'events.1.quantity' }] },
    ],
    ['a negative cost', { costCents: -1 }, 'bad_input', { details: [{ path: 'events.1.costCents' }] }],
    ['an empty id', { id: '' }, 'bad_input', { details: [{ path: 'events.1.id' }] }],
    ['a gauge', { meter: 'storage_gb' }, 'bad_input', { details: [{ path: 'events.1.meter' }] }],
    [
      'a future time',
      { at: new Date('2025-02-01T00:06:00Z') },
      'bad_input',
      { details: [{ path: 'events.1.at' }] },
    ],
    ['no time', { at: new Date('soon') }, 'bad_input', { details: [{ path: 'events.1.at' }] }],
  ] as const)('refuses %s before anything is written', async (_, wrong, code, details) => {
    await world.setNow('2025-02-01T00:00:00Z')
    const before = await eventRows()
    const events = [minutes('fine'), minutes('wrong', wrong)]
    await expect(send(events)).rejects.toMatchObject({ code, details })
    expect(await eventRows()).toBe(before)
  })

  it('takes a time a little ahead, and a batch of 1 to 1,000', async () => {
    await world.setNow('2025-02-01T00:00:00Z')
    await send([minutes('ahead', { at: new Date('2025-02-01T00:04:30Z') })])
    const batch = Array.from({ length: 1000 }, (_, n) => minutes(`batch-${n}`, { meter: 'email_count' }))
    expect(await send(batch)).toEqual({ accepted: 1000, duplicates: 0, late: 0 })
    await expect(send([...batch, minutes('one-too-many')])).rejects.toMatchObject({ code: 'bad_input' })
    await expect(send([])).rejects.toMatchObject({ code: 'bad_input' })
    expect(await world.broken(account)).toEqual([])
  })

  it('takes an event that its key has forgotten for what it is', async () => {
    const at = new Date('2025-01-21T00:00:00Z')
    await send([minutes('old', { at })])
    const before = await used()
    await world.db.tenant(account, (tx) => tx.run(sql`delete from usage_keys where event_id = 'old'`))
    expect(await send([minutes('old', { at })])).toEqual({ accepted: 0, duplicates: 1, late: 0 })
    expect(await used()).toBe(before)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { activeSubscription, saveSubscription } from '../../../test/subscriber.ts'
import type { UsageWorld } from '../../../test/usage-world.ts'
import { usageWorld } from '../../../test/usage-world.ts'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import { sql } from '../../lib/db.ts'
import { priceOf } from '../../lib/money.ts'
import type { RemoteInvoice } from '../../providers/stripe/port.ts'
import { freezePeriod } from '../usage/freeze-period.ts'
import { finaliseSeals } from './finalise.ts'
import type { SealRenewal } from './seal-renewal.ts'
import { sealRenewal } from './seal-renewal.ts'

let world: UsageWorld
let account: string
let invoice: string
let counter = 0

const ENDS_AT = new Date('2025-02-15T00:00:00Z')

beforeAll(async () => {
  world = await usageWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  counter += 1
  invoice = `in_${counter}`
  account = await world.newAccount()
  await world.setNow('2025-02-15T00:45:00Z')
  await world.confirm(account, { from: '2025-01-15', to: ENDS_AT })
  await world.confirm(account, { from: ENDS_AT, to: '2025-03-15', anchor: '2025-01-15' })
  await subscribe()
})

async function subscribe(): Promise<void> {
  const began = new Date('2025-01-15')
  const found = activeSubscription(account, began, {
    subscriptionId: 'sub_1',
    stripeSubscriptionId: `sub_${invoice}`,
    plan: 'ai_secretary',
    catalogVersion: world.version,
    periodStart: ENDS_AT,
    periodEnd: new Date('2025-03-15'),
  })
  await saveSubscription(world.db, found)
}

/** Keeps one invoice as Stripe would: a key answers again what it answered first, a finalised invoice takes no lines. */
function stripe(rest: Partial<RemoteInvoice> = {}) {
  const nothing = {
    number: null,
    dueAt: null,
    paidAt: null,
    finalizesAt: null,
    paymentIntentId: null,
    hostedUrl: null,
    pdfUrl: null,
  }
  const draft: RemoteInvoice = {
    ...{
      id: invoice,
      customerId: 'cus_1',
      subscriptionId: `sub_${invoice}`,
      reason: 'subscription_cycle',
      status: 'draft',
    },
    ...{ totalCents: 4000n, amountDueCents: 4000n, amountPaidCents: 0n, currency: 'usd', attemptCount: 0 },
    ...{
      periodStart: new Date('2025-01-15'),
      periodEnd: ENDS_AT,
      createdAt: ENDS_AT,
      ...nothing,
      lines: [],
      raw: {},
    },
    ...rest,
  }
  const answered = new Map<string, { body: string; answer: RemoteInvoice | ProviderRefused }>()
  const failures: ('before' | 'after' | 'refused')[] = []
  let calls = 0
  const perform = (
    lines: Parameters<SealRenewal['stripe']['addInvoiceLines']>[0]['lines'],
  ): RemoteInvoice | ProviderRefused => {
    if (failures[0] === 'refused') {
      failures.shift()
      return new ProviderRefused('Stripe', {
        code: 'resource_missing',
        message: 'no such product',
        status: 400,
      })
    }
    if (draft.status !== 'draft')
      return new ProviderRefused('Stripe', { code: 'invoice_not_editable', message: 'finalised' })
    for (const { unitAmountDecimal, description, metadata, quantity } of lines) {
      const amountCents = priceOf(quantity, unitAmountDecimal)
      const id = `il_${draft.lines.length}`
      draft.lines.push({
        id,
        description,
        quantity: Number(quantity),
        unitAmountCents: unitAmountDecimal,
        amountCents,
        metadata,
      })
    }
    return structuredClone(draft)
  }
  const ports: SealRenewal['stripe'] = {
    fetchInvoice: async () => structuredClone(draft),
    addInvoiceLines: async ({ lines, idempotencyKey }) => {
      calls += 1
      const lost = failures[0] === 'before' || failures[0] === 'after' ? failures.shift() : undefined
      if (lost === 'before') throw new ProviderUnavailable('Stripe', new Error('connection reset'))
      const body = JSON.stringify(lines)
      const first = answered.get(idempotencyKey) ?? { body, answer: perform(lines) }
      answered.set(idempotencyKey, first)
      if (first.body !== body)
        throw new ProviderRefused('Stripe', { code: 'idempotency_error', message: 'other parameters' })
      if (lost === 'after') throw new ProviderUnavailable('Stripe', new Error('connection reset'))
      if (first.answer instanceof ProviderRefused) throw first.answer
      return first.answer
    },
    ensureInvoiceBeside: () => Promise.reject(new Error('the draft takes it all')),
    finalizeInvoice: () => Promise.reject(new Error('the draft finalises by itself')),
  }
  return { ports, draft, failures, keys: answered, calls: () => calls }
}

const seal = (remote: ReturnType<typeof stripe>, numbersHeld = 1) => {
  const { db, catalogs } = world
  const deps = { db, catalogs, stripe: remote.ports, freezePeriod, countNumbersHeld: async () => numbersHeld }
  return sealRenewal(deps, { accountId: account, stripeInvoiceId: invoice })
}
const use = (meter: string, quantity: number) =>
  world.used(account, [meter, quantity, '2025-02-01T00:00:00Z'])
const useAsInTheExample = async () => {
  await use('voice_minutes', 150)
  await use('sms_messages', 120)
  await use('email_count', 45)
}
const lines = (remote: ReturnType<typeof stripe>) =>
  remote.draft.lines.map((line) => [line.description, line.amountCents])
const seals = () =>
  world.db.tenant(account, async (tx) => {
    const rows = await tx.rows<{ words: string }>(sql`
      select meter || ' ' || recorded || ' ' || billed || ' ' || amount_cents || ' ' || status as words
      from seals order by meter`)
    return rows.map((row) => row.words)
  })
const factsSaid = () =>
  world.db.system(async (tx) => {
    const { said } = await tx.one<{ said: number }>(sql`
      select count(*)::int as said from graphile_worker.jobs where key = ${`overage.sealed:${account}:${invoice}`}`)
    return said
  })
/** As a worker that has handled them leaves it. */
const forgetFacts = () =>
  world.db.system((tx) =>
    tx.run(sql`delete from graphile_worker._private_jobs where key like 'overage.sealed:%'`),
  )

const THREE_LINES = [
  ['1 phone number (at $5.00 each)', 500n],
  ['20 SMS over the 100 included (at $0.0075 each)', 15n],
  ['50 voice minutes over the 100 included (at $0.013 each)', 65n],
]

describe('sealing a renewal’s draft', () => {
  it('puts what the period owes on it in one call, once, and closes the period', async () => {
    await useAsInTheExample()
    await world.used(account, ['voice_minutes', 7, '2025-02-15T00:10:00Z'])
    const remote = stripe()
    await seal(remote)
    expect(await factsSaid()).toBe(1)
    await forgetFacts()
    await seal(remote)
    expect(await factsSaid()).toBe(0)
    expect(lines(remote)).toEqual(THREE_LINES)
    expect(remote.calls()).toBe(1)
    expect(await seals()).toEqual([
      'email_count 45 0 0 attached',
      'phone_number 1 1 500 attached',
      'sms_messages 120 20 15 attached',
      'voice_minutes 150 50 65 attached',
    ])
    expect(await world.counted(account, 'voice_minutes')).toEqual({ '01-15': 150, '02-15': 7 })
    expect(await world.used(account, ['voice_minutes', 1, '2025-02-01T00:00:00Z'])).toMatchObject({ late: 1 })
  })

  it('ends the same when it dies after Stripe did the work, or before', async () => {
    await useAsInTheExample()
    const remote = stripe()
    remote.failures.push('before', 'after')
    await expect(seal(remote)).rejects.toThrow(ProviderUnavailable)
    await expect(seal(remote)).rejects.toThrow(ProviderUnavailable)
    expect(await factsSaid()).toBe(0)
    // A day later the key is forgotten; the invoice's own lines still tell.
    remote.keys.clear()
    await seal(remote)
    expect(lines(remote)).toEqual(THREE_LINES)
    expect(remote.calls()).toBe(2)
    expect((await seals()).every((each) => each.endsWith('attached'))).toBe(true)
    expect(await factsSaid()).toBe(1)
  })

  it('ends the same when many run at once', async () => {
    await useAsInTheExample()
    const remote = stripe()
    await Promise.all(Array.from({ length: 8 }, () => seal(remote)))
    expect(lines(remote)).toEqual(THREE_LINES)
    expect(remote.keys.size).toBe(1)
  })

  it('asks under a new key after a definite refusal', async () => {
    await useAsInTheExample()
    const remote = stripe()
    remote.failures.push('refused')
    await expect(seal(remote)).rejects.toThrow(ProviderRefused)
    await seal(remote)
    expect(lines(remote)).toEqual(THREE_LINES)
    expect([...remote.keys.keys()]).toEqual([`seal:${invoice}:0`, `seal:${invoice}:1`])
  })

  it('does not ask where there is nothing to bill, and says that it is done', async () => {
    await use('voice_minutes', 100)
    const remote = stripe()
    await seal(remote, 0)
    expect(remote.calls()).toBe(0)
    expect(await seals()).toContain('voice_minutes 100 0 0 attached')
    expect(await factsSaid()).toBe(1)
  })

  it('closes a period in which nothing happened and that no webhook named', async () => {
    const remote = stripe({ periodEnd: new Date('2025-04-15T00:00:00Z') })
    await world.setNow('2025-04-15T00:45:00Z')
    await seal(remote, 2)
    expect(lines(remote)).toEqual([['2 phone numbers (at $5.00 each)', 1000n]])
    expect((await world.periods(account)).at(-1)).toBe('03-15 to 04-15 ai_secretary frozen')
  })

  it('touches no other invoice: one of another reason, or a second one for the same period', async () => {
    await useAsInTheExample()
    const proration = stripe({ reason: 'subscription_update' })
    await seal(proration)
    expect(await seals()).toEqual([])
    await seal(stripe())
    const { db, catalogs } = world
    const second = stripe({ id: 'in_second' })
    const deps = { db, catalogs, stripe: second.ports, freezePeriod, countNumbersHeld: async () => 1 }
    await sealRenewal(deps, { accountId: account, stripeInvoiceId: 'in_second' })
    expect([proration.calls(), second.calls()]).toEqual([0, 0])
  })

  it('waits for a subscription and a period that are not here yet', async () => {
    await expect(seal(stripe({ subscriptionId: 'sub_unknown' }))).rejects.toThrow(/not known here yet/)
    await expect(seal(stripe({ periodEnd: new Date('2025-02-14T00:00:00Z') }))).rejects.toThrow(
      /not known here yet/,
    )
    expect(await seals()).toEqual([])
  })

  it('is final with its invoice', async () => {
    await useAsInTheExample()
    const remote = stripe()
    await seal(remote)
    await finaliseSeals({ db: world.db }, { accountId: account, stripeInvoiceId: invoice })
    await finaliseSeals({ db: world.db }, { accountId: account, stripeInvoiceId: invoice })
    expect((await seals()).every((each) => each.endsWith('finalised'))).toBe(true)
    await seal(remote)
    expect(remote.calls()).toBe(1)
    expect(await factsSaid()).toBe(1)
  })
})

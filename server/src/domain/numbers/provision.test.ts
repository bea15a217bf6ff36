import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { queuedJobs, takeJobs } from '../../../test/jobs.ts'
import { type NumbersWorld, openNumbersWorld } from '../../../test/numbers-world.ts'
import { saveSubscription, subscriber } from '../../../test/subscriber.ts'
import { businessNow } from '../../lib/clock.ts'
import { sql } from '../../lib/db.ts'
import { twilioClient } from '../../providers/twilio/client.ts'
import type { TwilioPort } from '../../providers/twilio/port.ts'
import { provision } from './provision.ts'
import { provisionIncluded } from './provision-included.ts'
import { nextOrderDueAt, numbersOf, ordersDue } from './reads.ts'
import { release } from './release.ts'
import { releaseAll } from './release-all.ts'

let world: NumbersWorld
beforeAll(async () => {
  world = await openNumbersWorld()
})
afterEach(() => world.faults.clear())
afterAll(() => world.close())

/** A subscriber to the assistant's plan whose number is ordered and not bought yet. */
async function ordered(numberPreference: { areaCode?: string; country?: string } = {}) {
  const { accountId, subscriptionId, subscription } = await subscriber(world.db, {
    plan: 'ai_secretary',
    numberPreference,
  })
  await provisionIncluded(world.deps, { accountId, subscriptionId })
  const [order] = await world.orders(accountId)
  const orderId = order?.order_id ?? ''
  const key = { accountId, orderId }
  return {
    ...key,
    subscriptionId,
    subscription,
    attempt: (twilio: Partial<TwilioPort> = {}) =>
      provision({ ...world.deps, twilio: { ...world.deps.twilio, ...twilio } }, key),
    order: async () => (await world.orders(accountId))[0],
    held: async () =>
      (await world.db.tenant(accountId, (tx) => numbersOf(tx, accountId))).map((each) => each.e164),
    bought: async () => (await world.ownedFor([orderId])).map((each) => each.phoneNumber),
    facts: async (name: string) =>
      (await queuedJobs(world.db, `${name}:${accountId}:`)).map((job) => job.payload.payload),
  }
}

const PURCHASE = { method: 'POST', path: '*/IncomingPhoneNumbers.json', times: 1 } as const

describe('a plan’s number', () => {
  test('is bought where the plan says, under the order’s name, with our addresses', async () => {
    const one = await ordered()
    const attempt = await one.attempt()
    const [number] = await world.ownedFor([one.orderId])
    expect(number?.phoneNumber).toMatch(/^\+1415\d{7}$/)
    expect(number).toMatchObject({
      friendlyName: `Tollgate ${one.orderId}`,
      voiceUrl: 'https://billing.example/api/webhooks/twilio/voice',
      smsUrl: 'https://billing.example/api/webhooks/twilio/message',
      statusCallback: 'https://billing.example/api/webhooks/twilio/status',
    })
    expect(attempt).toMatchObject({
      status: 'completed',
      number: { status: 'owned', e164: number?.phoneNumber, twilioSid: number?.sid, country: 'US' },
    })
    expect(await one.order()).toMatchObject({ status: 'completed', attempt_count: 1, due_in: null })
    const e164 = number?.phoneNumber
    expect(await one.facts('number.provisioned')).toMatchObject([
      { e164, orderId: one.orderId, isLate: false },
    ])
    expect(await one.facts('numbers.settled')).toEqual([
      { subscriptionId: one.subscriptionId, numbers: [e164] },
    ])
  })

  test('is where the subscriber wished', async () => {
    const one = await ordered({ areaCode: '212' })
    await one.attempt()
    expect((await one.held())[0]).toMatch(/^\+1212/)
  })

  test('is ordered and bought once, however often both are repeated', async () => {
    const one = await ordered()
    await one.attempt()
    await takeJobs(world.db, `number.provisioned:${one.accountId}`)
    await takeJobs(world.db, `numbers.settled:${one.accountId}`)
    await provisionIncluded(world.deps, one)
    await one.attempt()
    expect(await world.orders(one.accountId)).toHaveLength(1)
    expect(await one.bought()).toHaveLength(1)
    expect(await one.facts('number.provisioned')).toEqual([])
    expect(await one.facts('numbers.settled')).toEqual([])
  })

  test('is one number even where two runs of the order meet', async () => {
    const one = await ordered()
    await Promise.all([one.attempt(), one.attempt(), one.attempt()])
    expect(await one.bought()).toEqual(await one.held())
    expect(await one.held()).toHaveLength(1)
    expect(await one.facts('number.provisioned')).toHaveLength(1)
  })

  test('is a different one for each of many who come at once', async () => {
    const many = await Promise.all([1, 2, 3, 4, 5, 6].map(() => ordered()))
    await Promise.all(many.map((each) => each.attempt()))
    const held = (await Promise.all(many.map((each) => each.held()))).flat()
    expect(new Set(held).size).toBe(6)
    expect(
      (await world.ownedFor(many.map((each) => each.orderId))).map((each) => each.phoneNumber).sort(),
    ).toEqual(held.sort())
  })

  test('of a plan without numbers is settled at once', async () => {
    const { accountId, subscriptionId } = await subscriber(world.db, { plan: 'ai_buddy' })
    await provisionIncluded(world.deps, { accountId, subscriptionId })
    const [settled] = await queuedJobs(world.db, `numbers.settled:${accountId}`)
    expect(settled?.payload.payload).toEqual({ subscriptionId, numbers: [] })
    expect(await world.orders(accountId)).toEqual([])
  })
})

describe('when Twilio fails', () => {
  test('the order waits, says so once, and the number comes later and by itself', async () => {
    const one = await ordered()
    await world.faults.add({ effect: 'status', status: 500, times: 2 })
    expect(await one.attempt()).toMatchObject({ status: 'pending', outcome: { kind: 'not_asked' } })
    expect(await one.order()).toMatchObject({ status: 'pending', attempt_count: 1, due_in: 60 })
    expect((await one.order())?.last_error).toContain('Twilio is unavailable')
    expect(await one.facts('numbers.settled')).toEqual([{ subscriptionId: one.subscriptionId, numbers: [] }])
    // The queue would keep one of a kind by itself: only what comes after it was handled shows whether it is said again.
    await takeJobs(world.db, `numbers.settled:${one.accountId}`)
    await one.attempt()
    expect(await one.order()).toMatchObject({ status: 'pending', attempt_count: 2, due_in: 300 })
    expect(await one.attempt()).toMatchObject({ status: 'completed' })
    expect(await one.facts('numbers.settled')).toEqual([])
    expect(await one.facts('number.provisioned')).toMatchObject([{ isLate: true }])
  })

  test('an answer that was lost costs no second number', async () => {
    const one = await ordered()
    await world.faults.add({ ...PURCHASE, effect: 'answer-lost' })
    expect(await one.attempt()).toMatchObject({ status: 'completed' })
    expect(await one.bought()).toEqual(await one.held())
    expect(await one.bought()).toHaveLength(1)
  })

  test('a purchase of unknown end keeps its claim, and the next attempt buys that very number', async () => {
    const one = await ordered()
    await world.faults.add({ ...PURCHASE, effect: 'reset' })
    expect(await one.attempt()).toMatchObject({ status: 'pending', outcome: { kind: 'unknown' } })
    const [claim] = await claims(one.accountId)
    expect(claim).toMatchObject({ status: 'claimed' })
    // It takes no search to go on with what was begun.
    await world.faults.add({ path: '*/AvailablePhoneNumbers/*', effect: 'status', status: 500 })
    await one.attempt()
    expect(await one.held()).toEqual([claim?.e164])
    expect(await one.bought()).toEqual([claim?.e164])
  })

  test('a process that dies between purchase and saving leaves one number, which is found', async () => {
    const one = await ordered()
    const dies = async (input: Parameters<TwilioPort['buyNumber']>[0]) => {
      await world.deps.twilio.buyNumber(input)
      throw new Error('killed')
    }
    await expect(one.attempt({ buyNumber: dies })).rejects.toThrow('killed')
    expect(await one.held()).toEqual([])
    expect(await one.attempt()).toMatchObject({ status: 'completed' })
    expect(await one.bought()).toEqual(await one.held())
    expect(await one.bought()).toHaveLength(1)
  })

  test('a number that is sold to others first is let go for the next one', async () => {
    const one = await ordered()
    const { sid, authToken } = await world.sdk.api.v2010.accounts.create({ friendlyName: 'quicker' })
    const quicker = twilioClient({ accountSid: sid, authToken, apiBase: world.sandbox.url })
    let lost = ''
    const attempt = await one.attempt({
      searchNumbers: async (query) => {
        const found = await world.deps.twilio.searchNumbers(query)
        if (lost === '') {
          lost = found[0]?.e164 ?? ''
          await quicker.buyNumber({
            e164: lost,
            friendlyName: 'mine',
            voiceUrl: '',
            smsUrl: '',
            statusUrl: '',
          })
        }
        return found
      },
    })
    expect(attempt).toMatchObject({ status: 'completed' })
    expect(await one.held()).not.toContain(lost)
    expect(await claims(one.accountId)).toMatchObject([
      { e164: lost, status: 'released', owned_at: null },
      { status: 'owned' },
    ])
  })

  test('a number that somebody beside us on the same Twilio account bought stays theirs', async () => {
    const one = await ordered()
    await world.faults.add({ ...PURCHASE, effect: 'reset' })
    await one.attempt()
    const [claim] = await claims(one.accountId)
    const e164 = claim?.e164 ?? ''
    await world.sdk.incomingPhoneNumbers.create({ phoneNumber: e164, friendlyName: 'front desk' })
    expect(await one.attempt()).toMatchObject({ status: 'completed' })
    expect(await one.held()).not.toContain(e164)
    expect(await world.deps.twilio.findOwned(e164)).toMatchObject({ friendlyName: 'front desk' })
  })

  test('the order is due when it should be tried again, and not before', async () => {
    const one = await ordered()
    await world.faults.add({ effect: 'status', status: 500, times: 1 })
    await one.attempt()
    const seen = await world.db.system(async (tx) => {
      const now = await businessNow(tx)
      const isDueIn = async (seconds: number) =>
        (await ordersDue(tx, new Date(now.getTime() + seconds * 1000), 100)).some(
          (each) => each.orderId === one.orderId,
        )
      return { soon: await isDueIn(50), later: await isDueIn(61), next: await nextOrderDueAt(tx), now }
    })
    expect(seen).toMatchObject({ soon: false, later: true })
    expect(seen.next?.getTime()).toBeGreaterThan(seen.now.getTime())
  })
})

describe('when the subscription ends meanwhile', () => {
  const end = (subscription: Parameters<typeof saveSubscription>[1]) =>
    saveSubscription(world.db, { ...subscription, status: 'canceled', endedAt: subscription.periodEnd })

  test('nothing is bought any more', async () => {
    const one = await ordered()
    await end(one.subscription)
    expect(await one.attempt()).toMatchObject({ status: 'failed', outcome: { kind: 'ended' } })
    expect(await one.bought()).toEqual([])
  })

  test('a number that was being bought goes back', async () => {
    const one = await ordered()
    const buyNumber: TwilioPort['buyNumber'] = async (input) => {
      const bought = await world.deps.twilio.buyNumber(input)
      await end(one.subscription)
      await releaseAll(world.deps, one)
      return bought
    }
    expect(await one.attempt({ buyNumber })).toMatchObject({ status: 'failed', outcome: { kind: 'ended' } })
    expect(await one.bought()).toHaveLength(1)
    const [job] = await queuedJobs(world.db, `numbers.release:${(await claims(one.accountId))[0]?.number_id}`)
    await release(world.deps, job?.payload.payload as { accountId: string; numberId: string })
    expect(await one.bought()).toEqual([])
    expect(await claims(one.accountId)).toMatchObject([{ status: 'released', owned_at: null }])
    expect(await one.facts('number.released')).toEqual([])
  })
})

function claims(accountId: string) {
  return world.db.tenant(accountId, (tx) =>
    tx.rows<{ number_id: string; e164: string; status: string; owned_at: Date | null }>(sql`
      select number_id, e164, status, owned_at from numbers where account_id = ${accountId} order by claimed_at`),
  )
}

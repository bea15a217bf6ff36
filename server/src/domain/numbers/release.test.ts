import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { queuedJobs, takeJobs } from '../../../test/jobs.ts'
import { type NumbersWorld, openNumbersWorld } from '../../../test/numbers-world.ts'
import { subscriber } from '../../../test/subscriber.ts'
import { ProviderUnavailable } from '../../errors.ts'
import { sql } from '../../lib/db.ts'
import type { PhoneNumber } from './number.ts'
import { provision } from './provision.ts'
import { provisionIncluded } from './provision-included.ts'
import { provisionRequested } from './provision-requested.ts'
import { countHeld, hadNumbers, numberOf, numbersOf } from './reads.ts'
import { release } from './release.ts'
import { releaseAll } from './release-all.ts'
import { releaseRequested } from './release-requested.ts'

let world: NumbersWorld
beforeAll(async () => {
  world = await openNumbersWorld()
})
afterEach(() => world.faults.clear())
afterAll(() => world.close())

/** A subscriber with the plan's number, and what is known of it. */
async function withNumber() {
  const { accountId, subscriptionId } = await subscriber(world.db, { plan: 'ai_secretary' })
  await provisionIncluded(world.deps, { accountId, subscriptionId })
  for (const order of await world.orders(accountId))
    await provision(world.deps, { accountId, orderId: order.order_id })
  const [number] = await held(accountId)
  return { accountId, subscriptionId, number: number as PhoneNumber }
}

const held = (accountId: string) => world.db.tenant(accountId, (tx) => numbersOf(tx, accountId))
const stateOf = async ({ accountId, numberId }: PhoneNumber) =>
  (await world.db.tenant(accountId, (tx) => numberOf(tx, accountId, numberId)))?.status
const releasedFacts = ({ accountId, numberId }: PhoneNumber) =>
  queuedJobs(world.db, `number.released:${accountId}:${numberId}`)

test('the end of a subscription gives its numbers back, once', async () => {
  const { accountId, subscriptionId, number } = await withNumber()
  await releaseAll(world.deps, { accountId, subscriptionId })
  expect(await stateOf(number)).toBe('releasing')
  await release(world.deps, number)
  expect(await stateOf(number)).toBe('released')
  expect(await world.deps.twilio.findOwned(number.e164)).toBeUndefined()
  const facts = await releasedFacts(number)
  expect(facts[0]?.payload.payload).toEqual({ numberId: number.numberId, e164: number.e164 })

  await takeJobs(world.db, facts[0]?.key ?? 'none')
  await releaseAll(world.deps, { accountId, subscriptionId })
  await release(world.deps, number)
  expect(await stateOf(number)).toBe('released')
  expect(await releasedFacts(number)).toEqual([])
  expect(await world.db.tenant(accountId, (tx) => hadNumbers(tx, accountId, subscriptionId))).toBe(true)
})

test('a number that is gone at Twilio counts as given back', async () => {
  const { accountId, subscriptionId, number } = await withNumber()
  await world.deps.twilio.releaseNumber(number.twilioSid ?? '')
  await releaseAll(world.deps, { accountId, subscriptionId })
  await release(world.deps, number)
  expect(await stateOf(number)).toBe('released')
})

test('while Twilio fails the number stays on its way, and the queue is told', async () => {
  const { accountId, subscriptionId, number } = await withNumber()
  await releaseAll(world.deps, { accountId, subscriptionId })
  await world.faults.add({ method: 'DELETE', effect: 'status', status: 503, times: 1 })
  await expect(release(world.deps, number)).rejects.toBeInstanceOf(ProviderUnavailable)
  expect(await stateOf(number)).toBe('releasing')
  await release(world.deps, number)
  expect(await stateOf(number)).toBe('released')
})

test('the end of a subscription stops what is still to be bought', async () => {
  const { accountId, subscriptionId } = await subscriber(world.db, { plan: 'ai_secretary' })
  await provisionIncluded(world.deps, { accountId, subscriptionId })
  await releaseAll(world.deps, { accountId, subscriptionId })
  expect(await world.orders(accountId)).toMatchObject([{ status: 'failed', due_in: null }])
})

test('the end of one subscription leaves the numbers of another alone', async () => {
  const { accountId, number } = await withNumber()
  const other = await withNumber()
  await releaseAll(world.deps, { accountId, subscriptionId: other.subscriptionId })
  expect(await stateOf(number)).toBe('owned')
})

test('the only number is released without naming it', async () => {
  const { accountId, number } = await withNumber()
  expect(await releaseRequested(world.deps, { accountId })).toMatchObject({
    e164: number.e164,
    status: 'released',
  })
  expect(await world.deps.twilio.findOwned(number.e164)).toBeUndefined()
  await expect(releaseRequested(world.deps, { accountId })).rejects.toMatchObject({
    code: 'number_not_found',
  })
})

test('of several numbers one must be named', async () => {
  const { accountId, number } = await withNumber()
  const second = await provisionRequested(world.deps, { accountId })
  await expect(releaseRequested(world.deps, { accountId })).rejects.toMatchObject({ code: 'which_number' })
  await releaseRequested(world.deps, { accountId, numberId: second.numberId })
  expect((await held(accountId)).map((each) => each.e164)).toEqual([number.e164])
})

test('nobody releases somebody else’s number', async () => {
  const { number } = await withNumber()
  const other = await withNumber()
  const asked = releaseRequested(world.deps, { accountId: other.accountId, numberId: number.numberId })
  await expect(asked).rejects.toMatchObject({ code: 'number_not_found' })
  expect(await stateOf(number)).toBe('owned')
})

test('a release that Twilio does not answer goes on by itself', async () => {
  const { accountId, number } = await withNumber()
  await world.faults.add({ method: 'DELETE', effect: 'status', status: 503, times: 1 })
  expect(await releaseRequested(world.deps, { accountId })).toMatchObject({ status: 'releasing' })
  expect(await queuedJobs(world.db, `numbers.release:${number.numberId}`)).toHaveLength(1)
})

test('a number is charged for in every period in which it was held at any time', async () => {
  const { accountId, number } = await withNumber()
  await world.db.tenant(accountId, (tx) =>
    tx.run(sql`
      update numbers set owned_at = '2026-02-10', released_at = '2026-03-05', status = 'released'
      where number_id = ${number.numberId}`),
  )
  const heldIn = (from: string, to: string) =>
    world.db.tenant(accountId, (tx) =>
      countHeld(tx, accountId, { startsAt: new Date(from), endsAt: new Date(to) }),
    )
  expect(await heldIn('2026-01-10', '2026-02-10')).toBe(0)
  expect(await heldIn('2026-01-11', '2026-02-11')).toBe(1)
  expect(await heldIn('2026-02-20', '2026-02-21')).toBe(1)
  expect(await heldIn('2026-03-04', '2026-04-04')).toBe(1)
  expect(await heldIn('2026-03-05', '2026-04-05')).toBe(0)
})

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { queuedJobs } from '../../../test/jobs.ts'
import { type NumbersWorld, openNumbersWorld } from '../../../test/numbers-world.ts'
import { subscriber } from '../../../test/subscriber.ts'
import { ProviderUnavailable } from '../../errors.ts'
import { provisionRequested } from './provision-requested.ts'

let world: NumbersWorld
beforeAll(async () => {
  world = await openNumbersWorld()
})
afterEach(() => world.faults.clear())
afterAll(() => world.close())

const ask = (accountId: string, areaCode?: string) => provisionRequested(world.deps, { accountId, areaCode })

test('a subscriber gets a number in the area asked for, and is told by mail too', async () => {
  const { accountId } = await subscriber(world.db, { plan: 'ai_secretary' })
  const number = await ask(accountId, '212')
  expect(number).toMatchObject({ status: 'owned', capabilities: { voice: true, sms: true, mms: true } })
  expect(number.e164).toMatch(/^\+1212/)
  const [fact] = await queuedJobs(world.db, `number.provisioned:${accountId}`)
  expect(fact?.payload.payload).toMatchObject({ e164: number.e164, isLate: true })
  expect(await queuedJobs(world.db, `numbers.settled:${accountId}`)).toEqual([])
})

test('without an area the plan’s is meant', async () => {
  const { accountId } = await subscriber(world.db, { plan: 'ai_secretary' })
  expect((await ask(accountId)).e164).toMatch(/^\+1415/)
})

test.each([
  ['who never subscribed', {}, 'numbers_not_allowed'],
  ['whose plan has no numbers', { plan: 'ai_buddy' }, 'numbers_not_allowed'],
  ['whose subscription ended', { plan: 'ai_secretary', status: 'canceled' }, 'numbers_not_allowed'],
  [
    'whose first payment is not finished',
    { plan: 'ai_secretary', status: 'incomplete' },
    'numbers_not_allowed',
  ],
  ['who owes a payment', { plan: 'ai_secretary', status: 'past_due' }, 'payment_overdue'],
] as const)('an account %s gets none', async (_, given, code) => {
  const { accountId } = await subscriber(world.db, given)
  await expect(ask(accountId)).rejects.toMatchObject({ code, action: { text: expect.any(String) } })
  expect(await world.orders(accountId)).toEqual([])
})

test('where Twilio does not answer the search, nothing is under way and the next request is a new one', async () => {
  const { accountId } = await subscriber(world.db, { plan: 'ai_secretary' })
  await world.faults.add({ effect: 'status', status: 500, times: 1 })
  await expect(ask(accountId)).rejects.toBeInstanceOf(ProviderUnavailable)
  expect(await world.orders(accountId)).toMatchObject([{ status: 'failed' }])
  await ask(accountId)
  expect((await world.orders(accountId)).map((each) => each.status)).toEqual(['failed', 'completed'])
})

test('where the purchase is of unknown end, asking again follows it up and buys no second number', async () => {
  const { accountId } = await subscriber(world.db, { plan: 'ai_secretary' })
  await world.faults.add({ method: 'POST', path: '*/IncomingPhoneNumbers.json', effect: 'reset', times: 1 })
  await expect(ask(accountId)).rejects.toMatchObject({ code: 'number_on_its_way' })
  expect(await world.orders(accountId)).toMatchObject([{ status: 'pending', due_in: 60 }])
  const number = await ask(accountId, '212')
  expect(number.e164).toMatch(/^\+1415/)
  const orders = await world.orders(accountId)
  expect(orders).toMatchObject([{ status: 'completed' }])
  expect(await world.ownedFor(orders.map((each) => each.order_id))).toHaveLength(1)
})

test('where Twilio refuses to sell, that is said and the order is over', async () => {
  const { accountId } = await subscriber(world.db, { plan: 'ai_secretary' })
  await world.faults.add({
    method: 'POST',
    path: '*/IncomingPhoneNumbers.json',
    effect: 'status',
    status: 403,
    times: 1,
  })
  await expect(ask(accountId)).rejects.toMatchObject({ code: 'no_numbers_found' })
  expect(await world.orders(accountId)).toMatchObject([{ status: 'failed' }])
})

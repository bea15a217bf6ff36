import { afterAll, beforeAll, expect, test } from 'vitest'
import { type NumbersWorld, openNumbersWorld } from '../../../test/numbers-world.ts'
import { subscriber } from '../../../test/subscriber.ts'
import { ProviderRefused } from '../../errors.ts'
import type { NumberQuery } from '../../providers/twilio/port.ts'
import { searchNumbers } from './search.ts'

let world: NumbersWorld
let accountId: string
beforeAll(async () => {
  world = await openNumbersWorld()
  accountId = (await subscriber(world.db, { plan: 'ai_secretary' })).accountId
})
afterAll(() => world.close())

const search = (query: Partial<NumberQuery>, account = accountId) =>
  searchNumbers(world.deps, { accountId: account, country: 'US', type: 'local', limit: 2, ...query })

test('numbers come with what they can do and cost on the account’s plan', async () => {
  const { numbers, alternatives } = await search({ areaCode: '415' })
  expect(numbers).toHaveLength(2)
  expect(alternatives).toBeUndefined()
  expect(numbers[0]).toMatchObject({
    phoneNumber: expect.stringMatching(/^\+1415/),
    region: 'CA',
    country: 'US',
    type: 'local',
    capabilities: { voice: true, sms: true, mms: true },
    monthlyAmountCents: 500,
    currency: 'usd',
    requires: [],
  })
})

test('without a subscription no price is named', async () => {
  const other = await subscriber(world.db)
  const { numbers } = await search({}, other.accountId)
  expect(numbers[0]).toMatchObject({ monthlyAmountCents: null, currency: 'usd' })
})

test('where nothing fits, the nearest that is there is suggested', async () => {
  const { numbers, alternatives } = await search({ areaCode: '415', contains: '0000000' })
  expect(numbers).toEqual([])
  expect(alternatives?.map((each) => each.phoneNumber.slice(0, 5))).toEqual(['+1415', '+1415'])
})

test('where the whole area has none, numbers of the country are', async () => {
  const { numbers, alternatives } = await search({ areaCode: '999' })
  expect(numbers).toEqual([])
  expect(alternatives).toHaveLength(2)
})

test('a search that Twilio does not understand is bad input', async () => {
  await expect(search({ contains: '7' })).rejects.toMatchObject({ code: 'bad_input' })
})

test('a Twilio that lets nobody in is no fault of the search', async () => {
  await world.faults.add({ effect: 'status', status: 403, times: 1 })
  await expect(search({})).rejects.toBeInstanceOf(ProviderRefused)
})

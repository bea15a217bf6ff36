import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountSid, refusalOf, setStage } from '../../test/stage.ts'

let stage: Awaited<ReturnType<typeof setStage>>
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.close())

const us = () => stage.client().availablePhoneNumbers('US')

test('lists countries and fetches one, with the kinds that it has', async () => {
  const codes = (await stage.client().availablePhoneNumbers.list()).map(({ countryCode }) => countryCode)
  expect(codes).toEqual(expect.arrayContaining(['US', 'CA', 'GB', 'DE']))
  const country = await us().fetch()
  expect(country).toMatchObject({ country: 'United States', beta: false })
  expect(Object.keys(country.subresourceUris)).toEqual(['local', 'toll_free'])
})

test('finds numbers of an area code, each in one of its towns', async () => {
  const numbers = await us().local.list({ areaCode: 415, limit: 20 })
  expect(numbers).toHaveLength(20)
  for (const number of numbers) {
    expect(number.phoneNumber).toMatch(/^\+1415555\d{4}$/)
    expect(number.friendlyName).toBe(`(415) 555-${number.phoneNumber.slice(-4)}`)
    expect(['San Francisco', 'San Rafael']).toContain(number.locality)
    expect(number).toMatchObject({ region: 'CA', isoCountry: 'US', lata: '722', addressRequirements: 'none' })
    expect(number.capabilities).toMatchObject({ voice: true, sms: true, mms: true })
    expect(Math.abs(Number(number.latitude) - 37.87)).toBeLessThan(0.2)
  }
})

test('the same search gives the same numbers until one is bought; it comes back after its quarantine', async () => {
  const search = async () =>
    (await us().local.list({ areaCode: 510, limit: 5 })).map(({ phoneNumber }) => phoneNumber)
  const before = await search()
  expect(await search()).toEqual(before)
  const [phoneNumber = ''] = before
  const bought = await stage.client().incomingPhoneNumbers.create({ phoneNumber })
  expect(await search()).not.toContain(phoneNumber)
  await stage.client().incomingPhoneNumbers(bought.sid).remove()
  expect(await search()).not.toContain(phoneNumber)
  await stage.advance(59 * 86_400)
  expect(await search()).not.toContain(phoneNumber)
  await stage.advance(2 * 86_400)
  expect(await search()).toEqual(before)
})

test('searches by digits, letters, region, town, capability, and all of them together', async () => {
  const taxi = await us().local.list({ contains: 'TAXI', limit: 3 })
  expect(taxi.map(({ phoneNumber }) => phoneNumber.slice(-4))).toEqual(['8294', '8294', '8294'])
  const texas = await us().local.list({ inRegion: 'TX', limit: 30 })
  expect(new Set(texas.map(({ region }) => region))).toEqual(new Set(['TX']))
  expect(new Set(texas.map(({ locality }) => locality)).size).toBeGreaterThan(3)
  const berkeley = await us().local.list({ inLocality: 'berkeley', contains: '77', limit: 10 })
  expect(berkeley).toHaveLength(10)
  for (const { locality, phoneNumber } of berkeley) {
    expect(locality).toBe('Berkeley')
    expect(phoneNumber).toContain('77')
  }
  const fax = await us().local.list({ faxEnabled: true, limit: 10 })
  expect(fax.every(({ capabilities }) => capabilities.fax)).toBe(true)
  expect(await us().local.list({ areaCode: 415, inRegion: 'NY' })).toEqual([])
  expect(await us().local.list({ areaCode: 999 })).toEqual([])
  expect(await us().local.list({ voiceEnabled: false })).toEqual([])
  const canada = await stage
    .client()
    .availablePhoneNumbers('CA')
    .local.list({ inLocality: 'Montreal', limit: 2 })
  expect(canada.map(({ locality }) => locality)).toEqual(['Montréal', 'Montréal'])
})

test('toll-free numbers have no place; mobile ones exist where a country has them', async () => {
  const [free] = await us().tollFree.list({ limit: 1 })
  expect(free).toMatchObject({ locality: null, region: null, postalCode: null })
  expect(free?.phoneNumber).toMatch(/^\+18(33|44|55|77|88)555/)
  const [mobile] = await stage.client().availablePhoneNumbers('GB').mobile.list({ limit: 1 })
  expect(mobile?.phoneNumber).toMatch(/^\+447700900/)
  expect(await refusalOf(us().mobile.list())).toMatchObject({ status: 404, code: 20404 })
  expect(await refusalOf(stage.client().availablePhoneNumbers('XX').local.list())).toMatchObject({
    status: 404,
  })
})

test('gives 50 numbers unless asked otherwise, at most 1000', async () => {
  const path = `/2010-04-01/Accounts/${accountSid}/AvailablePhoneNumbers/US/Local.json`
  const count = async (query: string) => {
    const body = (await (await stage.ask(path + query)).json()) as { available_phone_numbers: unknown[] }
    return body.available_phone_numbers.length
  }
  expect(await count('')).toBe(50)
  expect(await count('?PageSize=1000')).toBe(1000)
  expect((await stage.ask(`${path}?PageSize=1001`)).status).toBe(400)
})

test.each([
  ['an area code outside North America', 'GB', { areaCode: 20 }, 20422],
  ['one character', 'US', { contains: '5' }, 20422],
  ['what the sandbox does not know', 'US', { nearNumber: '+14155550123' }, 20001],
])('refuses %s', async (_name, country, search, code) => {
  const refused = await refusalOf(stage.client().availablePhoneNumbers(country).local.list(search))
  expect(refused).toMatchObject({ status: 400, code })
  const [parameter = ''] = Object.keys(search)
  expect(refused.message.toLowerCase()).toContain(parameter.toLowerCase())
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, setStage } from '../../test/stage.ts'

let stage: Awaited<ReturnType<typeof setStage>>
beforeAll(async () => {
  stage = await setStage({ start: Date.UTC(2026, 0, 31, 12) / 1000 })
})
afterAll(() => stage.close())

const numbers = () => stage.client().incomingPhoneNumbers

test('buys by number with every setting kept, fetches and changes it', async () => {
  const bought = await numbers().create({
    phoneNumber: '+14155550100',
    friendlyName: 'order 17',
    voiceUrl: 'https://app.example/voice',
    voiceMethod: 'GET',
    voiceFallbackUrl: 'https://app.example/voice-else',
    smsUrl: 'https://app.example/sms',
    statusCallback: 'https://app.example/status?a=b',
    voiceCallerIdLookup: true,
  })
  expect(bought).toMatchObject({
    phoneNumber: '+14155550100',
    friendlyName: 'order 17',
    voiceUrl: 'https://app.example/voice',
    voiceMethod: 'GET',
    voiceFallbackUrl: 'https://app.example/voice-else',
    voiceFallbackMethod: 'POST',
    smsUrl: 'https://app.example/sms',
    smsMethod: 'POST',
    statusCallback: 'https://app.example/status?a=b',
    voiceCallerIdLookup: true,
    status: 'in-use',
    type: 'local',
    origin: 'twilio',
    addressRequirements: 'none',
    trunkSid: null,
  })
  expect(bought.sid).toMatch(/^PN[0-9a-f]{32}$/)
  expect(bought.dateCreated.toISOString()).toMatch(/^2026-01-31T12:0/)
  expect(await numbers()(bought.sid).fetch()).toMatchObject({ sid: bought.sid, friendlyName: 'order 17' })
  const changed = await numbers()(bought.sid).update({ friendlyName: 'front desk', smsUrl: '' })
  expect(changed).toMatchObject({
    friendlyName: 'front desk',
    smsUrl: '',
    voiceUrl: 'https://app.example/voice',
  })
  expect((await numbers()(bought.sid).fetch()).friendlyName).toBe('front desk')
})

test('bought again by its owner it is the same number, changed as asked', async () => {
  const first = await numbers().create({
    phoneNumber: '+14155550101',
    friendlyName: 'one',
    voiceUrl: 'https://a.example/',
  })
  const again = await numbers().create({ phoneNumber: '+14155550101', friendlyName: 'two' })
  expect(again).toMatchObject({ sid: first.sid, friendlyName: 'two', voiceUrl: 'https://a.example/' })
  expect(await numbers().list({ phoneNumber: '+14155550101' })).toHaveLength(1)
})

test('by area code each call buys another number', async () => {
  const one = await numbers().create({ areaCode: '212' })
  const two = await numbers().create({ areaCode: '212' })
  expect(one.phoneNumber).toMatch(/^\+1212/)
  expect(two.phoneNumber).toMatch(/^\+1212/)
  expect(two.phoneNumber).not.toBe(one.phoneNumber)
  expect(one.friendlyName).toMatch(/^\(212\) 555-\d{4}$/)
})

test.each([
  ['test number, taken', { phoneNumber: '+15005550000' }, 21422],
  ['test number, invalid', { phoneNumber: '+15005550001' }, 21421],
  ['a number that is not for sale', { phoneNumber: '+14155561234' }, 21422],
  ['no number at all', { phoneNumber: 'abc' }, 21421],
  ['test area code, empty', { areaCode: '533' }, 21452],
  ['area code without numbers', { areaCode: '999' }, 21452],
  ['area code that is none', { areaCode: '12' }, 21451],
  ['neither number nor area code', {}, 20422],
  ['both', { phoneNumber: '+14155550150', areaCode: '415' }, 20422],
  ['a name that is too long', { phoneNumber: '+14155550150', friendlyName: 'x'.repeat(65) }, 20002],
  [
    'a fallback without a first',
    { phoneNumber: '+14155550150', voiceFallbackUrl: 'https://a.example/' },
    21405,
  ],
  ['an address that is none', { phoneNumber: '+14155550150', smsUrl: 'nonsense' }, 21502],
  ['a bundle that is not there', { phoneNumber: '+14155550150', bundleSid: `BU${'0'.repeat(32)}` }, 20422],
  ['a webhook by GET', { phoneNumber: '+14155550150', smsMethod: 'GET' }, 20422],
  ['a country that wants documents', { phoneNumber: '+447700900123' }, 21649],
  ['a country that wants a local address', { phoneNumber: '+353209112345' }, 21615],
])('refuses to buy: %s', async (_name, request, code) => {
  expect(await refusalOf(numbers().create(request))).toMatchObject({ status: 400, code })
  expect(await numbers().list({ phoneNumber: '+14155550150' })).toEqual([])
})

test('the test inputs that succeed do so and leave nothing behind', async () => {
  expect((await numbers().create({ areaCode: '500' })).phoneNumber).toBe('+15005550006')
  const bought = await numbers().create({ phoneNumber: '+15005550006' })
  expect(bought.phoneNumber).toBe('+15005550006')
  expect(await refusalOf(numbers()(bought.sid).fetch())).toMatchObject({ status: 404 })
  expect(await numbers().list({ phoneNumber: '+15005550006' })).toEqual([])
})

test('is released once, and then by nobody found or bought', async () => {
  const { sid } = await numbers().create({ phoneNumber: '+14155550102' })
  expect(await numbers()(sid).remove()).toBe(true)
  expect(await refusalOf(numbers()(sid).remove())).toMatchObject({ status: 404, code: 20404 })
  expect(await refusalOf(numbers()(sid).fetch())).toMatchObject({ status: 404, code: 20404 })
  expect(await refusalOf(numbers().create({ phoneNumber: '+14155550102' }))).toMatchObject({ code: 21422 })
})

test('lists newest first, in pages, by exact name and by parts of numbers', async () => {
  const made = ['+12065550100', '+12065550101', '+12065550110', '+13035550100', '+13035550101']
  for (const [position, phoneNumber] of made.entries()) {
    await numbers().create({ phoneNumber, friendlyName: `list ${position % 2}` })
  }
  const seattle = await numbers().list({ phoneNumber: '1206555' })
  expect(seattle.map(({ phoneNumber }) => phoneNumber)).toEqual([
    '+12065550110',
    '+12065550101',
    '+12065550100',
  ])
  const wild = await numbers().list({ phoneNumber: '+1***5550101' })
  expect(wild.map(({ phoneNumber }) => phoneNumber)).toEqual(
    expect.arrayContaining(['+13035550101', '+12065550101']),
  )
  expect(wild.every(({ phoneNumber }) => phoneNumber.endsWith('5550101'))).toBe(true)
  expect(await numbers().list({ friendlyName: 'list 0' })).toHaveLength(3)
  expect(await numbers().list({ friendlyName: 'list' })).toEqual([])
  expect(await numbers().list({ origin: 'hosted' })).toEqual([])
  const all = await numbers().list()
  const paged = await numbers().list({ pageSize: 2 })
  expect(paged.map(({ sid }) => sid)).toEqual(all.map(({ sid }) => sid))
})

test('a page continues after the last item of the one before, though something was added meanwhile', async () => {
  const first = await numbers().page({ pageSize: 3 })
  await numbers().create({ areaCode: '305' })
  const second = await first.nextPage()
  const sids = [...first.instances, ...(second?.instances ?? [])].map(({ sid }) => sid)
  expect(sids).toHaveLength(6)
  expect(new Set(sids).size).toBe(6)
})

test('the subresources by kind take numbers of their kind only', async () => {
  const free = await numbers().tollFree.create({ phoneNumber: '+18445550100' })
  expect((await numbers()(free.sid).fetch()).type).toBe('toll-free')
  const refused = await refusalOf(numbers().local.create({ phoneNumber: '+18445550101' }))
  expect(refused).toMatchObject({ status: 400, code: 21458 })
  expect((await numbers().tollFree.list()).map(({ sid }) => sid)).toEqual([free.sid])
  expect((await numbers().local.list()).some(({ sid }) => sid === free.sid)).toBe(false)
})

import { startSandbox } from 'tollgate-sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sandboxFaults } from '../../../test/sandbox-faults.ts'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import { wallNow } from '../../lib/clock.ts'
import { twilioClient } from './client.ts'
import type { NumberQuery, TwilioPort } from './port.ts'

/** What any Twilio must do for us; run here against the sandbox through the official SDK. */
let sandbox: Awaited<ReturnType<typeof startSandbox>>
let twilio: TwilioPort
let faults: ReturnType<typeof sandboxFaults>

beforeAll(async () => {
  sandbox = await startSandbox({})
  twilio = twilioClient({ ...sandbox.twilio, apiBase: sandbox.url })
  faults = sandboxFaults(sandbox.url)
})
afterEach(() => faults.clear())
afterAll(() => sandbox.close())

const urls = {
  voiceUrl: 'https://host.example/voice',
  smsUrl: 'https://host.example/message',
  statusUrl: 'https://host.example/status',
}
const local: NumberQuery = { country: 'US', type: 'local', limit: 3 }
const buy = (e164: string, friendlyName: string) => twilio.buyNumber({ e164, friendlyName, ...urls })

describe('search', () => {
  test('finds numbers of an area with what they can do', async () => {
    const found = await twilio.searchNumbers({ ...local, areaCode: '415', capabilities: ['voice', 'sms'] })
    expect(found).toHaveLength(3)
    for (const number of found) {
      expect(number).toMatchObject({ country: 'US', type: 'local', region: 'CA', addressRequired: 'none' })
      expect(number.e164).toMatch(/^\+1415\d{7}$/)
      expect(number.capabilities).toEqual({ voice: true, sms: true, mms: true })
    }
  })

  test('finds numbers that contain given digits, and toll-free ones', async () => {
    const [vanity] = await twilio.searchNumbers({ ...local, contains: '777' })
    expect(vanity?.e164).toContain('777')
    const [free] = await twilio.searchNumbers({ ...local, type: 'toll-free' })
    expect(free).toMatchObject({ type: 'toll-free', country: 'US' })
  })

  test('finds nothing where a country has no such type', async () => {
    expect(await twilio.searchNumbers({ ...local, type: 'mobile' })).toEqual([])
  })

  test('a search that Twilio does not understand is refused', async () => {
    const refusal = await twilio.searchNumbers({ ...local, contains: '7' }).catch((error) => error)
    expect(refusal).toBeInstanceOf(ProviderRefused)
    expect(refusal).toMatchObject({ provider: 'Twilio', status: 400 })
  })
})

describe('a number of ours', () => {
  test('is bought exactly, found by its whole number only, and given back', async () => {
    const [wanted] = await twilio.searchNumbers({ ...local, areaCode: '415' })
    const e164 = wanted?.e164 ?? ''
    expect(await twilio.findOwned(e164)).toBeUndefined()
    const bought = await buy(e164, 'Tollgate ord_1')
    expect(bought).toMatchObject({
      e164,
      friendlyName: 'Tollgate ord_1',
      accountSid: sandbox.twilio.accountSid,
    })
    expect(await twilio.findOwned(e164)).toEqual(bought)
    expect(await twilio.findOwned(e164.slice(0, -1))).toBeUndefined()
    await twilio.releaseNumber(bought.sid)
    expect(await twilio.findOwned(e164)).toBeUndefined()
    // Given back twice is given back.
    await twilio.releaseNumber(bought.sid)
  })

  test('that Twilio cannot sell is refused with its code', async () => {
    const refusal = await buy('+15005550000', 'Tollgate ord_2').catch((error) => error)
    expect(refusal).toBeInstanceOf(ProviderRefused)
    expect(refusal).toMatchObject({ code: '21422', status: 400 })
  })

  test('whose purchase was done and never answered is of unknown end, and found by looking', async () => {
    const [wanted] = await twilio.searchNumbers({ ...local, areaCode: '415' })
    const e164 = wanted?.e164 ?? ''
    await faults.add({ method: 'POST', path: '*/IncomingPhoneNumbers.json', effect: 'answer-lost', times: 1 })
    expect(await buy(e164, 'Tollgate ord_3').catch((error) => error)).toBeInstanceOf(ProviderUnavailable)
    expect(await twilio.findOwned(e164)).toMatchObject({ e164, friendlyName: 'Tollgate ord_3' })
  })

  test('a failing server is unavailable, not a refusal', async () => {
    await faults.add({ effect: 'status', status: 500, times: 1 })
    expect(await twilio.findOwned('+14155550100').catch((error) => error)).toBeInstanceOf(ProviderUnavailable)
  })

  test('wrong credentials are refused', async () => {
    const stranger = twilioClient({ ...sandbox.twilio, authToken: 'f'.repeat(32), apiBase: sandbox.url })
    const refusal = await stranger.findOwned('+14155550100').catch((error) => error)
    expect(refusal).toBeInstanceOf(ProviderRefused)
    expect(refusal).toMatchObject({ code: '20003', status: 401 })
  })
})

describe('messages', () => {
  test('leave from a number of ours and are found by their recipient, newest first', async () => {
    const [wanted] = await twilio.searchNumbers({ ...local, areaCode: '415' })
    const from = (await buy(wanted?.e164 ?? '', 'Tollgate ord_4')).e164
    const to = '+12125550177'
    const sids = []
    for (const body of ['first', 'second']) {
      sids.unshift(
        (await twilio.sendMessage({ from, to, body, statusUrl: `${urls.statusUrl}?kind=test` })).sid,
      )
    }
    const found = await twilio.findMessages(to)
    expect(found.map(({ sid, body }) => ({ sid, body }))).toEqual([
      { sid: sids[0], body: 'second' },
      { sid: sids[1], body: 'first' },
    ])
    expect(Math.abs((found[0]?.createdAt.getTime() ?? 0) - wallNow().getTime())).toBeLessThan(60_000)
    expect(await twilio.findMessages('+12125550178')).toEqual([])
  })

  test('to nobody are refused', async () => {
    const [owned] = await twilio.searchNumbers({ ...local, areaCode: '415' })
    const { e164: from } = await buy(owned?.e164 ?? '', 'Tollgate ord_5')
    const message = { from, to: '+15005550001', body: 'hello', statusUrl: urls.statusUrl }
    expect(await twilio.sendMessage(message).catch((error) => error)).toMatchObject({ code: '21211' })
  })
})

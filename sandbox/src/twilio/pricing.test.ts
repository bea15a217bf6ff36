import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, setStage } from '../../test/stage.ts'

let stage: Awaited<ReturnType<typeof setStage>>
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.close())

test('numbers in the United States cost 1.15 and 2.15, as decimal text', async () => {
  const price = await stage.client().pricing.v1.phoneNumbers.countries('US').fetch()
  expect(price).toMatchObject({
    isoCountry: 'US',
    priceUnit: 'USD',
    phoneNumberPrices: [
      { numberType: 'local', basePrice: '1.15', currentPrice: '1.15' },
      { numberType: 'toll free', basePrice: '2.15', currentPrice: '2.15' },
    ],
  })
})

test('messages and calls have prices, in both versions', async () => {
  const { pricing } = stage.client()
  const sms = await pricing.v1.messaging.countries('US').fetch()
  expect(sms.outboundSmsPrices[0]).toMatchObject({
    prices: [{ number_type: 'local', current_price: '0.0083' }, {}, {}],
  })
  expect(sms.inboundSmsPrices).toHaveLength(2)
  const voice = await pricing.v1.voice.countries('US').fetch()
  expect(voice.inboundCallPrices).toMatchObject([{ currentPrice: '0.0085' }, { currentPrice: '0.0220' }])
  expect(voice.outboundPrefixPrices).toMatchObject([{ prefixes: ['1907'] }, { prefixes: ['1'] }])
  const second = await pricing.v2.voice.countries('GB').fetch()
  expect(second.outboundPrefixPrices).toMatchObject([{ originationPrefixes: ['ALL'] }, {}])
})

test('countries are listed in pages whose addresses are absolute', async () => {
  const all = await stage.client().pricing.v1.phoneNumbers.countries.list()
  const paged = await stage.client().pricing.v1.phoneNumbers.countries.list({ pageSize: 3 })
  expect(all.map(({ isoCountry }) => isoCountry)).toContain('US')
  expect(paged.map(({ isoCountry }) => isoCountry)).toEqual(all.map(({ isoCountry }) => isoCountry))
  const answer = await stage.ask('/v1/PhoneNumbers/Countries?PageSize=3', { host: 'pricing.twilio.com' })
  const { meta } = (await answer.json()) as { meta: { next_page_url: string; key: string } }
  expect(meta.key).toBe('countries')
  expect(meta.next_page_url).toMatch(/^https:\/\/pricing\.twilio\.com\/v1\/PhoneNumbers\/Countries\?/)
})

test('a country without prices is not found', async () => {
  expect(await refusalOf(stage.client().pricing.v1.phoneNumbers.countries('XX').fetch())).toMatchObject({
    status: 404,
    code: 20404,
  })
})

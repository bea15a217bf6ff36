import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, setStage, startListener } from '../../test/stage.ts'
import { readOverrides } from './overrides.ts'

let stage: Awaited<ReturnType<typeof setStage>>
let nextLine = 100
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.close())

const number = (settings: object) =>
  stage.client().incomingPhoneNumbers.create({ phoneNumber: `+14155550${nextLine++}`, ...settings })

/** How often a listener that answers so is told of one call. */
async function told(status: number, fragment: string): Promise<{ count: number; tokens: number }> {
  const listener = await startListener(status)
  const { phoneNumber } = await number({ statusCallback: `${listener.url}/status${fragment}` })
  await stage.control('/_sandbox/calls', { to: phoneNumber, durationSeconds: 1 })
  await stage.deliveries.settled()
  listener.close()
  const tokens = new Set(listener.heard.map(({ headers }) => headers['i-twilio-idempotency-token']))
  return { count: listener.heard.length, tokens: tokens.size }
}

test.each([
  [200, '#rc=5&rp=all', 1],
  [500, '', 1],
  [500, '#rc=3&rp=5xx', 4],
  [500, '#rc=3&rp=4xx', 1],
  [404, '#rc=2&rp=4xx,5xx', 3],
  [503, '#rc=1&rp=all', 2],
  [500, '#rc=0&rp=all', 1],
])(
  'a listener that answers %i, with %j, is told %i times, under one idempotency token',
  async (status, fragment, count) => {
    expect(await told(status, fragment)).toEqual({ count, tokens: 1 })
  },
)

test('without a connection there is one retry', async () => {
  const listener = await startListener()
  listener.close()
  const { phoneNumber } = await number({ statusCallback: `${listener.url}/nobody` })
  await stage.control('/_sandbox/calls', { to: phoneNumber, durationSeconds: 1 })
  await stage.deliveries.settled()
  const sent = [...stage.store.all<{ url: string; state: string }>('delivery')]
  expect(sent.filter(({ url }) => url.endsWith('/nobody')).map(({ state }) => state)).toEqual([
    'failed',
    'failed',
  ])
  expect([...stage.store.all('twilio.retry')]).toEqual([])
})

test('when a number’s SmsUrl fails its fallback is asked, once', async () => {
  const [first, fallback] = [await startListener(500), await startListener(500)]
  const smsUrl = `${first.url}/sms`
  const { phoneNumber } = await number({ smsUrl, smsFallbackUrl: `${fallback.url}/else` })
  await stage.control('/_sandbox/messages/inbound', { to: phoneNumber, body: 'Hello' })
  await stage.deliveries.settled()
  first.close()
  fallback.close()
  expect(first.heard).toHaveLength(1)
  expect(fallback.heard).toHaveLength(1)
  expect(fallback.heard[0]?.form).toMatchObject({ Body: 'Hello', ErrorCode: '11200', ErrorUrl: smsUrl })
})

test('overrides that the sandbox does not have are refused by name', async () => {
  const refused = await refusalOf(number({ statusCallback: 'https://a.example/#ct=100' }))
  expect(refused).toMatchObject({ status: 400, code: 20422 })
  expect(refused.message).toContain('override ct')
  for (const fragment of ['rc=6', 'rc=x', 'rp=never']) {
    expect(() => readOverrides(`https://a.example/#${fragment}`)).toThrow(fragment)
  }
})

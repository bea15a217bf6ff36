import twilio from 'twilio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountSid, authToken, setStage, startListener } from '../../test/stage.ts'

let stage: Awaited<ReturnType<typeof setStage>>
let listener: Awaited<ReturnType<typeof startListener>>
const to = '+14155550100'
beforeAll(async () => {
  stage = await setStage({ start: Date.UTC(2026, 1, 10, 12) / 1000 })
  listener = await startListener()
  await stage
    .client()
    .incomingPhoneNumbers.create({ phoneNumber: to, statusCallback: `${listener.url}/status?n=1` })
})
afterAll(async () => {
  listener.close()
  await stage.close()
})

async function call(body: object): Promise<string> {
  const answer = await stage.control('/_sandbox/calls', { to, ...body })
  expect(answer.status).toBe(200)
  await stage.deliveries.settled()
  return ((await answer.json()) as { sid: string }).sid
}

test('a call from outside is kept, told to the number’s status callback, and rated a little later', async () => {
  const sid = await call({ from: '+12125550123', durationSeconds: 80 })
  const [{ url, headers, form } = { url: '', headers: {} as Record<string, string>, form: {} }] =
    listener.heard.splice(0)
  expect(twilio.validateRequest(authToken, headers['x-twilio-signature'] ?? '', url, form)).toBe(true)
  expect(form).toMatchObject({
    CallSid: sid,
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallStatus: 'completed',
    Direction: 'inbound',
    From: '+12125550123',
    To: to,
    CallDuration: '80',
    Duration: '2',
    SequenceNumber: '0',
    CallbackSource: 'call-progress-events',
  })
  expect(form.Timestamp).toMatch(/^Tue, 10 Feb 2026 12:00:\d\d \+0000$/)
  const kept = await stage.client().calls(sid).fetch()
  expect(kept).toMatchObject({ status: 'completed', duration: '80', direction: 'inbound', price: null })
  expect(kept.endTime.getTime() - kept.startTime.getTime()).toBe(80_000)
  await stage.advance(60)
  expect((await stage.client().calls(sid).fetch()).price).toBe('-0.01700')
})

test.each(['busy', 'no-answer', 'failed', 'canceled'])(
  'a call that ends %s has no length and no price',
  async (status) => {
    const sid = await call({ status })
    expect(listener.heard.splice(0)[0]?.form).toMatchObject({
      CallStatus: status,
      CallDuration: '0',
      Duration: '0',
    })
    await stage.advance(60)
    expect(await stage.client().calls(sid).fetch()).toMatchObject({ status, duration: '', price: null })
  },
)

test('lists calls by number, state and start, in pages', async () => {
  await stage.advance(86_400)
  const late = await call({ from: '+13125550101', durationSeconds: 1 })
  const sids = async (filter: object) => (await stage.client().calls.list(filter)).map(({ sid }) => sid)
  const all = await sids({})
  expect(all[0]).toBe(late)
  expect(await sids({ pageSize: 2 })).toEqual(all)
  expect(await sids({ from: '+13125550101' })).toEqual([late])
  expect(await sids({ startTimeAfter: new Date(Date.UTC(2026, 1, 11)) })).toEqual([late])
  expect(await sids({ startTimeBefore: new Date(Date.UTC(2026, 1, 11)) })).toEqual(all.slice(1))
  expect(await sids({ status: 'busy' })).toHaveLength(1)
  expect(await sids({ parentCallSid: late })).toEqual([])
})

test.each([
  ['to a number that nobody owns', { to: '+14155550177', durationSeconds: 1 }, /owns/],
  ['without a length', { to }, /durationSeconds/],
  ['with a length that is none', { to, durationSeconds: -1 }, /durationSeconds/],
  ['busy and yet long', { to, durationSeconds: 5, status: 'busy' }, /busy/],
  ['in a state that does not end it', { to, durationSeconds: 5, status: 'ringing' }, /status/],
  ['with something else', { to, durationSeconds: 5, record: true }, /record/],
])('refuses a call from outside %s', async (_name, body, why) => {
  const answer = await stage.control('/_sandbox/calls', body)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toMatch(why)
})

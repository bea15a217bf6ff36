import twilio from 'twilio'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { accountSid, authToken, refusalOf, setStage, startListener } from '../../test/stage.ts'

let stage: Awaited<ReturnType<typeof setStage>>
let listener: Awaited<ReturnType<typeof startListener>>
beforeAll(async () => {
  stage = await setStage({ start: Date.UTC(2026, 1, 10, 12) / 1000 })
  await stage.client().incomingPhoneNumbers.create({ phoneNumber: '+14155550100' })
  await stage.client().incomingPhoneNumbers.create({ phoneNumber: '+468465004' + '11' })
})
afterAll(() => stage.close())
beforeEach(async () => {
  listener = await startListener()
})
afterEach(() => listener.close())

const messages = () => stage.client().messages
const message = { from: '+14155550100', to: '+12125550123', body: 'Your trial ends in three days.' }

test('is queued, sent and delivered on the clock, with a signed callback for each but the first', async () => {
  const statusCallback = `${listener.url}/status?kind=trial_ending`
  const created = await messages().create({ ...message, statusCallback })
  expect(created).toMatchObject({
    status: 'queued',
    direction: 'outbound-api',
    numSegments: '1',
    price: null,
  })
  expect(created.dateSent).toBeNull()
  await stage.advance(1)
  const sent = await messages()(created.sid).fetch()
  expect(sent.status).toBe('sent')
  expect(sent.dateSent).toBeInstanceOf(Date)
  await stage.advance(5)
  expect(await messages()(created.sid).fetch()).toMatchObject({ status: 'delivered', price: '-0.00830' })
  expect(listener.heard.map(({ form }) => form.MessageStatus)).toEqual(['sent', 'delivered'])
  for (const { url, headers, form } of listener.heard) {
    expect(url).toBe(statusCallback)
    expect(twilio.validateRequest(authToken, headers['x-twilio-signature'] ?? '', url, form)).toBe(true)
    expect(headers['user-agent']).toBe('TwilioProxy/1.1')
    expect(form).toMatchObject({
      MessageSid: created.sid,
      SmsSid: created.sid,
      AccountSid: accountSid,
      To: message.to,
    })
    expect(form.SmsStatus).toBe(form.MessageStatus)
  }
  const left = stage.emulator.messages().find(({ id }) => id === created.sid)
  expect(left).toMatchObject({ to: message.to, from: message.from, body: message.body, kind: 'trial_ending' })
  expect(left?.at).toMatch(/^2026-02-10T12:00/)
})

test('counts segments and charges by them', async () => {
  const { sid, numSegments } = await messages().create({ ...message, body: 'я'.repeat(71) })
  expect(numSegments).toBe('2')
  await stage.advance(5)
  expect((await messages()(sid).fetch()).price).toBe('-0.01660')
  expect(stage.emulator.messages().find(({ id }) => id === sid)?.kind).toBeNull()
})

test('an account without a number of its own sends from the test number, or by name outside North America', async () => {
  const account = await stage.client().api.v2010.accounts.create({ friendlyName: 'new' })
  const fresh = stage.client(account.sid, account.authToken).messages
  expect((await fresh.create({ ...message, from: '+15005550006' })).status).toBe('queued')
  expect((await fresh.create({ ...message, from: 'Tollgate', to: '+447700900123' })).from).toBe('Tollgate')
  expect(await refusalOf(fresh.create({ ...message, from: 'Tollgate' }))).toMatchObject({ code: 21612 })
  expect(await refusalOf(fresh.create(message))).toMatchObject({ code: 21606 })
})

test.each([
  ['from the invalid test number', { from: '+15005550001' }, 21212],
  ['from the test number that is nobody’s', { from: '+15005550007' }, 21606],
  ['from the test number with a full queue', { from: '+15005550008' }, 21611],
  ['from a number that is not ours', { from: '+14155550199' }, 21606],
  ['from a number that cannot send SMS', { from: '+46846500411' }, 21606],
  ['from nonsense', { from: '+++' }, 21212],
  ['to the invalid test number', { to: '+15005550001' }, 21211],
  ['to the test number that cannot be reached', { to: '+15005550002' }, 21612],
  ['to the test number in a region without permission', { to: '+15005550003' }, 21408],
  ['to the test number that unsubscribed', { to: '+15005550004' }, 21610],
  ['to the test number that is a landline', { to: '+15005550009' }, 21614],
  ['to nonsense', { to: '12' }, 21211],
  ['to itself', { to: '+14155550100' }, 21266],
  ['an empty body', { body: '' }, 21602],
  ['a body that is too long', { body: 'a'.repeat(1601) }, 21617],
  ['a callback that is no address', { statusCallback: 'nonsense' }, 21609],
  ['a messaging service, which the sandbox has not', { messagingServiceSid: `MG${'0'.repeat(32)}` }, 20001],
])('refuses %s', async (_name, change, code) => {
  const before = stage.emulator.messages().length
  const refused = await refusalOf(messages().create({ ...message, ...change }))
  expect(refused).toMatchObject({ status: 400, code })
  if (code === 20001) expect(refused.message).toContain('MessagingServiceSid')
  expect(stage.emulator.messages()).toHaveLength(before)
})

test('lists newest first, by sender, recipient and day', async () => {
  const to = '+13125550177'
  await messages().create({ ...message, to, body: 'one' })
  await stage.advance(86_400)
  await messages().create({ ...message, to, body: 'two' })
  await stage.advance(10)
  await messages().create({ ...message, to, body: 'not sent yet' })
  const bodies = async (filter: object) => (await messages().list({ to, ...filter })).map(({ body }) => body)
  const day = (date: number) => new Date(Date.UTC(2026, 1, date))
  expect(await bodies({})).toEqual(['not sent yet', 'two', 'one'])
  expect(await bodies({ pageSize: 1 })).toEqual(['not sent yet', 'two', 'one'])
  expect(await bodies({ dateSentAfter: day(11) })).toEqual(['two'])
  expect(await bodies({ dateSentBefore: day(11) })).toEqual(['one'])
  expect(await bodies({ from: '+15005550006' })).toEqual([])
  const path = `/2010-04-01/Accounts/${accountSid}/Messages.json?To=${encodeURIComponent(to)}`
  const ofDay = (await (await stage.ask(`${path}&DateSent=2026-02-10`)).json()) as {
    messages: { body: string }[]
  }
  expect(ofDay.messages.map(({ body }) => body)).toEqual(['one'])
  expect((await stage.ask(`${path}&DateSent=yesterday`)).status).toBe(400)
})

test('a message from outside is kept and told to the number’s SmsUrl, signed', async () => {
  const { sid } = await stage
    .client()
    .incomingPhoneNumbers.create({ phoneNumber: '+14155550100', smsUrl: `${listener.url}/sms` })
  const answer = await stage.control('/_sandbox/messages/inbound', {
    from: '+12125550123',
    to: '+14155550100',
    body: 'Hello, “you”',
  })
  expect(answer.status).toBe(200)
  const { sid: messageSid } = (await answer.json()) as { sid: string }
  await stage.deliveries.settled()
  expect(listener.heard).toHaveLength(1)
  const [{ url, headers, form } = { url: '', headers: {} as Record<string, string>, form: {} }] =
    listener.heard
  expect(twilio.validateRequest(authToken, headers['x-twilio-signature'] ?? '', url, form)).toBe(true)
  expect(form).toMatchObject({
    MessageSid: messageSid,
    Body: 'Hello, “you”',
    NumMedia: '0',
    SmsStatus: 'received',
  })
  expect(form).toMatchObject({ FromCity: 'NEW YORK', FromState: 'NY', ToState: 'CA', ToCountry: 'US' })
  const kept = await messages()(messageSid).fetch()
  expect(kept).toMatchObject({ direction: 'inbound', status: 'received', price: '-0.00830' })
  expect(stage.emulator.messages().some(({ id }) => id === messageSid)).toBe(false)
  await stage.client().incomingPhoneNumbers(sid).update({ smsUrl: '' })
})

test.each([
  ['to a number that nobody owns', { to: '+14155550177', body: 'a' }, /owns/],
  ['to a number that has no SMS', { to: '+46846500411', body: 'a' }, /cannot receive SMS/],
  ['without a text', { to: '+14155550100' }, /body/],
  ['with something else', { to: '+14155550100', body: 'a', media: 'x' }, /media/],
])('refuses a message from outside %s', async (_name, body, why) => {
  const answer = await stage.control('/_sandbox/messages/inbound', body)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toMatch(why)
})

test('who says STOP to a number gets nothing more from it until START, and still from others', async () => {
  const person = '+12125550190'
  const say = (body: string) =>
    stage.control('/_sandbox/messages/inbound', { from: person, to: '+14155550100', body })
  const send = (from: string) => messages().create({ from, to: person, body: 'Hello' })
  await say('please stop')
  expect((await send('+14155550100')).status).toBe('queued')
  await say(' stop ')
  expect(await refusalOf(send('+14155550100'))).toMatchObject({ status: 400, code: 21610 })
  expect((await send('+15005550006')).status).toBe('queued')
  await say('Start')
  expect((await send('+14155550100')).status).toBe('queued')
})

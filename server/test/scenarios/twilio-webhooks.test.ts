import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listEvents } from '../../src/inbox/store.ts'
import { subscribe } from '../story.ts'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

const CALL = 'CA00000000000000000000000000000001'
let world: World
let number: string

beforeAll(async () => {
  world = await startWorld()
  const account = await subscribe(world, { externalId: 'tara' })
  const { body } = await world.call('GET', '/api/phone/details', { account })
  number = body.phoneNumber
})
afterAll(() => world.close())

async function kept() {
  const options = { status: undefined, after: undefined, limit: 100 }
  const events = await world.database.db.system((tx) => listEvents(tx, options))
  return events.filter((event) => event.source === 'twilio')
}

/** As Twilio signs: the address, then each field's name and value in the order of the names. */
function signatureOf(url: string, form: Record<string, string>): string {
  const { authToken } = world.config.twilio as { authToken: string }
  const fields = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name]}`)
  return createHmac('sha1', authToken)
    .update(url + fields.join(''))
    .digest('base64')
}

async function deliver(path: string, form: Record<string, string>, signature?: string | null) {
  const url = `${world.url}/api/webhooks/twilio/${path}`
  const signed = signature === undefined ? signatureOf(url, form) : signature
  const answer = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    ...(signed === null ? {} : { headers: { 'x-twilio-signature': signed } }),
  })
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}

describe('what Twilio tells of a number that an account owns is kept', () => {
  test('the end of a call', async () => {
    const call = await world.control('POST', '/calls', { to: number, durationSeconds: 61 })
    expect(call).toMatchObject({ status: 200 })
    await world.settle()
    const { sid } = call.body
    expect(await kept()).toContainEqual(
      expect.objectContaining({
        externalId: `${sid}:completed`,
        type: 'call.completed',
        objectKey: `none:${sid}:completed`,
        status: 'ignored',
        body: expect.stringContaining(`CallSid=${sid}`),
      }),
    )
  })

  test('a message that came in', async () => {
    const message = await world.control('POST', '/messages/inbound', { to: number, body: 'Grüße & more' })
    expect(message).toMatchObject({ status: 200 })
    await world.settle()
    expect(await kept()).toContainEqual(
      expect.objectContaining({
        externalId: `${message.body.sid}:received`,
        type: 'message.received',
        status: 'ignored',
      }),
    )
  })
})

test('the caller hears that nobody can take the call, also when it is asked twice, and is kept once', async () => {
  const form = { CallSid: CALL, CallStatus: 'ringing', To: number }
  for (const _ of [1, 2]) {
    const { status, type, text } = await deliver('voice', form)
    expect({ status, type }).toEqual({ status: 200, type: 'text/xml; charset=utf-8' })
    expect(text).toMatch(/<Response><Say>[^<]+<\/Say><\/Response>$/)
  }
  expect((await kept()).filter((event) => event.externalId === `${CALL}:ringing`)).toHaveLength(1)
})

test('a message gets no reply, a status no body; the query is signed too', async () => {
  const message = { MessageSid: 'SM01', SmsStatus: 'received', Body: 'Hello' }
  expect(await deliver('message', message)).toMatchObject({
    status: 200,
    type: 'text/xml; charset=utf-8',
    text: expect.stringMatching(/<Response\/>$/),
  })
  const sent = { MessageSid: 'SM02', MessageStatus: 'delivered' }
  expect(await deliver('status?kind=welcome', sent)).toMatchObject({ status: 204, text: '' })
})

test.for(['voice', 'message', 'status'])(
  '%s: unsigned or wrongly signed is refused and not kept',
  async (path) => {
    const form = { CallSid: `${CALL}-${path}`, CallStatus: 'ringing' }
    const elsewhere = signatureOf(`https://elsewhere.example/api/webhooks/twilio/${path}`, form)
    for (const signature of [null, 'bm8=', elsewhere]) {
      const { status, text } = await deliver(path, form, signature)
      expect({ status, code: JSON.parse(text).code }).toEqual({ status: 400, code: 'bad_signature' })
    }
    expect((await kept()).filter((event) => event.externalId.startsWith(form.CallSid))).toEqual([])
  },
)

test('a signed form about neither a call nor a message is refused', async () => {
  expect(await deliver('status', { Hello: 'there' })).toMatchObject({ status: 400 })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountSid, authToken, refusalOf, setStage, startListener } from '../../test/stage.ts'
import { twilioHosts } from './main.ts'

let stage: Awaited<ReturnType<typeof setStage>>
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.close())

const accounts = () => stage.client().api.v2010.accounts
const subaccount = async () => {
  const account = await accounts().create({ friendlyName: 'clinic' })
  return { account, client: stage.client(account.sid, account.authToken) }
}

test('the main account is there, and has subaccounts with tokens of their own', async () => {
  expect(await accounts()(accountSid).fetch()).toMatchObject({
    status: 'active',
    authToken,
    ownerAccountSid: accountSid,
  })
  const { account, client } = await subaccount()
  expect(account).toMatchObject({ friendlyName: 'clinic', status: 'active', ownerAccountSid: accountSid })
  expect(account.authToken).not.toBe(authToken)
  expect((await client.api.v2010.accounts.list()).map(({ sid }) => sid)).toEqual([account.sid])
  expect((await accounts().list({ friendlyName: 'clinic' })).map(({ sid }) => sid)).toEqual([account.sid])
  expect(await refusalOf(client.api.v2010.accounts.create())).toMatchObject({ status: 403 })
})

test('a subaccount sees its own numbers; its parent can act for it, it not for its parent', async () => {
  const { account, client } = await subaccount()
  await client.incomingPhoneNumbers.create({ phoneNumber: '+16175550100' })
  await stage.client().incomingPhoneNumbers.create({ phoneNumber: '+16175550101' })
  expect(await refusalOf(client.incomingPhoneNumbers.create({ phoneNumber: '+16175550101' }))).toMatchObject({
    code: 21422,
  })
  const own = await client.incomingPhoneNumbers.list()
  expect(own.map(({ phoneNumber }) => phoneNumber)).toEqual(['+16175550100'])
  const byParent = await accounts()(account.sid).incomingPhoneNumbers.list()
  expect(byParent.map(({ sid }) => sid)).toEqual(own.map(({ sid }) => sid))
  expect(await refusalOf(client.api.v2010.accounts(accountSid).incomingPhoneNumbers.list())).toMatchObject({
    status: 404,
    code: 20404,
  })
  const moved = await accounts()(account.sid)
    .incomingPhoneNumbers(own[0]?.sid ?? '')
    .update({ accountSid })
  expect(moved.accountSid).toBe(accountSid)
  expect(await client.incomingPhoneNumbers.list()).toEqual([])
})

test('a webhook of a subaccount is signed with its own token', async () => {
  const { account, client } = await subaccount()
  const listener = await startListener()
  await client.incomingPhoneNumbers.create({
    phoneNumber: '+16175550110',
    statusCallback: `${listener.url}/`,
  })
  await stage.control('/_sandbox/calls', { to: '+16175550110', durationSeconds: 3 })
  await stage.deliveries.settled()
  listener.close()
  const [{ url, headers, form } = { url: '', headers: {} as Record<string, string>, form: {} }] =
    listener.heard
  const signature = headers['x-twilio-signature'] ?? ''
  expect(twilio.validateRequest(account.authToken, signature, url, form)).toBe(true)
  expect(twilio.validateRequest(authToken, signature, url, form)).toBe(false)
})

test('suspended: keeps its numbers, reads, buys and sends nothing, gets no calls; and is taken up again', async () => {
  const { account, client } = await subaccount()
  await client.incomingPhoneNumbers.create({ phoneNumber: '+16175550120' })
  await accounts()(account.sid).update({ status: 'suspended' })
  expect(await client.incomingPhoneNumbers.list()).toHaveLength(1)
  expect(await refusalOf(client.incomingPhoneNumbers.create({ phoneNumber: '+16175550121' }))).toMatchObject({
    status: 403,
    code: 20005,
  })
  expect(
    await refusalOf(client.messages.create({ from: '+16175550120', to: '+12125550123', body: 'a' })),
  ).toMatchObject({
    status: 403,
  })
  const call = await stage.control('/_sandbox/calls', { to: '+16175550120', durationSeconds: 3 })
  expect(await call.text()).toMatch(/suspended/)
  expect(await refusalOf(client.api.v2010.accounts(account.sid).update({ status: 'active' }))).toMatchObject({
    status: 403,
  })
  await accounts()(account.sid).update({ status: 'active' })
  expect((await client.incomingPhoneNumbers.create({ phoneNumber: '+16175550121' })).status).toBe('in-use')
})

test('closed: its numbers are gone, its token too, and it is never opened again', async () => {
  const { account, client } = await subaccount()
  await client.incomingPhoneNumbers.create({ phoneNumber: '+16175550130' })
  await accounts()(account.sid).update({ status: 'closed' })
  expect(await refusalOf(client.incomingPhoneNumbers.list())).toMatchObject({ status: 401, code: 20003 })
  expect(
    await refusalOf(stage.client().incomingPhoneNumbers.create({ phoneNumber: '+16175550130' })),
  ).toMatchObject({
    code: 21422,
  })
  expect(await refusalOf(accounts()(account.sid).update({ status: 'active' }))).toMatchObject({ code: 21479 })
  await stage.advance(61 * 86_400)
  const again = await stage.client().incomingPhoneNumbers.create({ phoneNumber: '+16175550130' })
  expect(again.accountSid).toBe(accountSid)
  expect((await accounts().list({ status: 'closed' })).map(({ sid }) => sid)).toEqual([account.sid])
  expect(await refusalOf(accounts()(accountSid).update({ status: 'closed' }))).toMatchObject({ status: 400 })
})

test.each([
  ['a wrong token', `${accountSid}:wrong`],
  ['a wrong account', `AC${'f'.repeat(32)}:${authToken}`],
  ['no password', accountSid],
])('%s is 401', async (_name, auth) => {
  const answer = await stage.ask(`/2010-04-01/Accounts/${accountSid}.json`, { auth })
  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({
    code: 20003,
    status: 401,
    more_info: 'https://www.twilio.com/docs/errors/20003',
  })
})

test.each([
  ['GET', 'api.twilio.com', `/2010-04-01/Accounts/${accountSid}/Conferences.json`, 404, 20404],
  ['GET', 'lookups.twilio.com', '/v2/PhoneNumbers/+14155550100', 404, 20404],
  ['GET', 'api.twilio.com', '/v1/PhoneNumbers/Countries', 404, 20404],
  ['DELETE', 'api.twilio.com', `/2010-04-01/Accounts/${accountSid}/Messages.json`, 405, 20004],
])('%s %s%s is %i and names the path', async (method, host, path, status, code) => {
  // Past any proxy that watches: these are mistakes on purpose.
  const answer = await stage.ask(path, { method, host, from: stage.url })
  expect(answer.status).toBe(status)
  const body = (await answer.json()) as { code: number; message: string }
  expect(body.code).toBe(code)
  expect(body.message).toContain(path)
})

test('a path part that is no text is not found rather than a failure', async () => {
  // Past any proxy that watches: it need not be able to read it.
  const answer = await stage.ask(`/2010-04-01/Accounts/${accountSid}/Messages/%E0%A4%A.json`, {
    from: stage.url,
  })
  expect(answer.status).toBe(404)
})

test('edge and region in the host make no difference', async () => {
  const path = `/2010-04-01/Accounts/${accountSid}.json`
  expect((await stage.ask(path, { host: 'api.dublin.ie1.twilio.com' })).status).toBe(200)
  expect(twilioHosts('pricing.twilio.com:443')).toBe(true)
  expect(twilioHosts('twilio.com.example')).toBe(false)
})

test('everything is there again after a restart, and what was due still happens', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-twilio-'))
  try {
    const before = await setStage({ dataDir })
    const account = await before.client().api.v2010.accounts.create({ friendlyName: 'kept' })
    const number = await before.client().incomingPhoneNumbers.create({ phoneNumber: '+16175550140' })
    const gone = await before.client().incomingPhoneNumbers.create({ phoneNumber: '+16175550141' })
    await before.client().incomingPhoneNumbers(gone.sid).remove()
    const message = await before
      .client()
      .messages.create({ from: '+16175550140', to: '+12125550123', body: 'a' })
    await before.close()
    const after = await setStage({ dataDir })
    expect(await after.client().incomingPhoneNumbers(number.sid).fetch()).toMatchObject({
      phoneNumber: '+16175550140',
    })
    expect(
      await refusalOf(after.client().incomingPhoneNumbers.create({ phoneNumber: '+16175550141' })),
    ).toMatchObject({
      code: 21422,
    })
    expect(await after.client(account.sid, account.authToken).messages.list()).toEqual([])
    await after.advance(5)
    expect((await after.client().messages(message.sid).fetch()).status).toBe('delivered')
    await after.close()
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})

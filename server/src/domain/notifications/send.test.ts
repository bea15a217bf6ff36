import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NumbersWorld, openNumbersWorld } from '../../../test/numbers-world.ts'
import { subscriber } from '../../../test/subscriber.ts'
import { ProviderUnavailable } from '../../errors.ts'
import { sql } from '../../lib/db.ts'
import { type EmailClient, emailClient } from '../../providers/email/client.ts'
import type { Email } from '../../providers/email/port.ts'
import { provisionRequested } from '../numbers/provision-requested.ts'
import { ATTEMPTS_MAX, type Channel } from './notification.ts'
import { notify } from './notify.ts'
import { listNotifications } from './reads.ts'
import { type SendDeps, send } from './send.ts'

type Outbox = {
  mails: { to: string; subject: string; kind: string }[]
  sms: { from: string; body: string; kind: string }[]
}

let world: NumbersWorld
let mailer: EmailClient
let deps: SendDeps
let phone = '+12125550100'
beforeAll(async () => {
  world = await openNumbersWorld()
  mailer = emailClient({ url: world.sandbox.smtpUrl, from: 'Example <billing@example.com>' })
  deps = { ...world.deps, sendEmail: mailer.sendEmail, smsFrom: null }
})
beforeEach(() => {
  phone = `+1212555${String(Number(phone.slice(-4)) + 1).padStart(4, '0')}`
})
afterEach(() => world.faults.clear())
afterAll(async () => {
  mailer.close()
  await world.close()
})

const outbox = async (to: string): Promise<Outbox> => {
  const answer = await fetch(`${world.sandbox.url}/_sandbox/outbox?to=${encodeURIComponent(to)}`)
  const { mails, sms } = (await answer.json()) as {
    mails: Outbox['mails'][number][]
    sms: (Outbox['sms'][number] & { to: string })[]
  }
  return { mails: mails.filter((each) => each.to === to), sms: sms.filter((each) => each.to === to) }
}

/** A failed payment's message on one channel, to somebody with (or without) a number of their own. */
async function message(channel: Channel, given: { phone?: string; hasNumber?: boolean } = {}) {
  const { accountId } = await subscriber(world.db, { plan: 'ai_secretary', phone: given.phone ?? phone })
  if (given.hasNumber ?? true) await provisionRequested(world.deps, { accountId })
  const email = `${accountId}@example.com`.toLowerCase()
  await world.db.system((tx) =>
    tx.run(sql`update accounts set email = ${email} where account_id = ${accountId}`),
  )
  const data = { stripeInvoiceId: `in_${accountId}`, attempt: 1, amountCents: '4580', currency: 'usd' }
  await notify(world.deps, { accountId, kind: 'payment_failed', data })
  const all = () =>
    world.db.tenant(accountId, (tx) =>
      listNotifications(tx, { accountId, status: undefined, after: undefined, limit: 9 }),
    )
  const row = async () => (await all()).find((each) => each.channel === channel)
  const notificationId = (await row())?.notificationId ?? ''
  return {
    accountId,
    email,
    row,
    send: (change: Partial<SendDeps> = {}) => send({ ...deps, ...change }, { accountId, notificationId }),
  }
}

describe('a mail', () => {
  test('is sent once, with its kind', async () => {
    const one = await message('email')
    await one.send()
    await one.send()
    expect(await one.row()).toMatchObject({ status: 'sent', attemptCount: 1, sentAt: expect.any(Date) })
    expect((await outbox(one.email)).mails).toMatchObject([
      { subject: 'Your payment of $45.80 failed', kind: 'payment_failed' },
    ])
  })

  test('whose sending broke off is sent again under the same Message-ID', async () => {
    const one = await message('email')
    const sent: string[] = []
    const sendEmail = async (mail: Email) => {
      sent.push(mail.messageId)
      await mailer.sendEmail(mail)
      if (sent.length === 1) throw new Error('killed')
    }
    await expect(one.send({ sendEmail })).rejects.toThrow('killed')
    expect(await one.row()).toMatchObject({ status: 'sending' })
    await one.send({ sendEmail })
    expect(await one.row()).toMatchObject({ status: 'sent', messageId: sent[0] })
    expect(sent).toEqual([sent[0], sent[0]])
  })

  test('that finds no mail server is tried again by the queue, and the last time given up', async () => {
    const one = await message('email')
    const nobody = emailClient({ url: 'smtp://127.0.0.1:9', from: 'billing@example.com' })
    await expect(one.send({ sendEmail: nobody.sendEmail })).rejects.toBeInstanceOf(ProviderUnavailable)
    expect(await one.row()).toMatchObject({
      status: 'sending',
      attemptCount: 1,
      lastError: expect.any(String),
    })
    await world.db.tenant(one.accountId, (tx) =>
      tx.run(
        sql`update notifications set attempt_count = ${ATTEMPTS_MAX - 1} where account_id = ${one.accountId}`,
      ),
    )
    await one.send({ sendEmail: nobody.sendEmail })
    nobody.close()
    expect(await one.row()).toMatchObject({ status: 'failed', attemptCount: ATTEMPTS_MAX })
    await one.send()
    expect((await outbox(one.email)).mails).toEqual([])
  })
})

describe('an SMS', () => {
  const SENDING = { method: 'POST', path: '*/Messages.json', times: 1 } as const

  test('leaves from the account’s own number, with its kind', async () => {
    const one = await message('sms')
    await one.send()
    const { sms } = await outbox(phone)
    expect(sms).toMatchObject([{ from: expect.stringMatching(/^\+1415/), kind: 'payment_failed' }])
    expect(sms[0]?.body).toContain('your payment of $45.80 failed')
    expect(await one.row()).toMatchObject({ status: 'sent', providerId: expect.stringMatching(/^SM/) })
  })

  test('whose sending broke off is found and not sent again', async () => {
    const one = await message('sms')
    const sendMessage: SendDeps['twilio']['sendMessage'] = async (input) => {
      await deps.twilio.sendMessage(input)
      throw new Error('killed')
    }
    await expect(one.send({ twilio: { ...deps.twilio, sendMessage } })).rejects.toThrow('killed')
    await one.send()
    expect(await one.row()).toMatchObject({ status: 'sent', providerId: expect.stringMatching(/^SM/) })
    expect((await outbox(phone)).sms).toHaveLength(1)
  })

  test('whose answer was lost is found and not sent again', async () => {
    const one = await message('sms')
    await world.faults.add({ ...SENDING, effect: 'answer-lost' })
    await expect(one.send()).rejects.toBeInstanceOf(ProviderUnavailable)
    await one.send()
    expect(await one.row()).toMatchObject({ status: 'sent' })
    expect((await outbox(phone)).sms).toHaveLength(1)
  })

  test('that never left is sent by the next try, even where another one reads the same', async () => {
    const other = await message('sms')
    await other.send()
    const one = await message('sms')
    await world.faults.add({ ...SENDING, effect: 'reset' })
    await expect(one.send()).rejects.toBeInstanceOf(ProviderUnavailable)
    await one.send()
    expect(await one.row()).toMatchObject({ status: 'sent' })
    expect((await outbox(phone)).sms).toHaveLength(2)
    expect((await one.row())?.providerId).not.toBe((await other.row())?.providerId)
  })

  test('that never left is not taken for another that went to the same phone', async () => {
    const one = await message('sms')
    await world.faults.add({ ...SENDING, effect: 'reset' })
    await expect(one.send()).rejects.toBeInstanceOf(ProviderUnavailable)
    const from = (await world.sdk.incomingPhoneNumbers.list({ limit: 1 }))[0]?.phoneNumber ?? ''
    await deps.twilio.sendMessage({
      from,
      to: phone,
      body: 'something else',
      statusUrl: 'https://billing.example',
    })
    await one.send()
    expect((await outbox(phone)).sms).toHaveLength(2)
  })

  test('to a number that Twilio refuses has failed for good', async () => {
    const one = await message('sms', { phone: '+15005550001' })
    await one.send()
    expect(await one.row()).toMatchObject({ status: 'failed', attemptCount: 1 })
    expect((await one.row())?.lastError).toContain('Twilio refused')
  })

  test('without a number of the account’s own comes from the configured one, or cannot be sent', async () => {
    const without = await message('sms', { hasNumber: false })
    await without.send()
    expect(await without.row()).toMatchObject({ status: 'failed' })
    expect((await without.row())?.lastError).toContain('no number to send from')

    const smsFrom = (await world.sdk.incomingPhoneNumbers.create({ phoneNumber: '+14155550199' })).phoneNumber
    const one = await message('sms', { hasNumber: false })
    await one.send({ smsFrom })
    expect((await outbox(phone)).sms).toMatchObject([{ from: smsFrom }])
  })
})

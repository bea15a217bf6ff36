import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/database.ts'
import { queuedJobs } from '../../../test/jobs.ts'
import { assistantCatalogs, subscriber } from '../../../test/subscriber.ts'
import { newId, randomText } from '../../lib/ids.ts'
import type { Catalogs } from '../catalog/reads.ts'
import type { Payment } from '../invoices/invoice.ts'
import { upsertPayment } from '../invoices/writes.ts'
import { finishRelease, insertClaim, insertOrder, ownNumber, startRelease } from '../numbers/writes.ts'
import type { Happening } from './notification.ts'
import { notify } from './notify.ts'
import { listNotifications } from './reads.ts'

let database: TestDatabase
let catalogs: Catalogs
beforeAll(async () => {
  database = await testDatabase()
  catalogs = await assistantCatalogs(database.db)
})
afterAll(() => database.close())

const tell = (accountId: string, happening: Happening) =>
  notify({ db: database.db, catalogs, publicUrl: 'https://billing.example' }, { accountId, ...happening })

const told = async (accountId: string) =>
  (
    await database.db.tenant(accountId, (tx) =>
      listNotifications(tx, { accountId, status: undefined, after: undefined, limit: 10 }),
    )
  ).sort((a, b) => a.channel.localeCompare(b.channel))

async function pay(accountId: string, change: Partial<Payment> = {}): Promise<Payment> {
  const at = new Date('2026-02-01T00:00:00Z')
  const payment: Payment = {
    accountId,
    paymentId: newId('pay'),
    stripeInvoiceId: `in_${randomText(14)}`,
    stripeSubscriptionId: null,
    number: 'ABC-0002',
    reason: 'subscription_cycle',
    status: 'paid',
    amountCents: 4580n,
    paidCents: 4580n,
    refundedCents: 0n,
    currency: 'usd',
    periodStart: at,
    periodEnd: at,
    invoicedAt: at,
    dueAt: null,
    paidAt: at,
    finalizesAt: null,
    sealDueAt: null,
    attemptCount: 1,
    stripePaymentIntentId: null,
    hostedInvoiceUrl: 'https://pay.example/in_1',
    invoicePdfUrl: null,
    lines: [
      { description: 'AI Secretary', quantity: 1, unitAmountCents: '4000', amountCents: 4000 },
      { description: 'Voice minutes beyond the plan', quantity: 50, unitAmountCents: '1.3', amountCents: 65 },
    ],
    ...change,
  }
  await database.db.tenant(accountId, (tx) => upsertPayment(tx, payment, { remote: {}, sequence: 1n }))
  return payment
}

let numbersMade = 0

/** A number of the account, owned or given back. */
async function number(accountId: string, subscriptionId: string, state: 'owned' | 'released') {
  numbersMade += 1
  const e164 = `+1415555${String(numbersMade).padStart(4, '0')}`
  const order = { accountId, orderId: newId('ord'), kind: 'included' as const, subscriptionId, position: 0 }
  const numberId = newId('num')
  const capabilities = { voice: true, sms: true, mms: true }
  await database.db.tenant(accountId, async (tx) => {
    await insertOrder(tx, { ...order, preference: {} })
    const found = {
      e164,
      friendlyName: e164,
      locality: null,
      region: null,
      country: 'US',
      type: 'local' as const,
      capabilities,
      addressRequired: 'none' as const,
    }
    await insertClaim(tx, { ...order, numberId, number: found })
    await ownNumber(tx, { accountId, numberId, twilioSid: 'PN1', twilioAccountSid: 'AC1', capabilities })
    if (state === 'owned') return
    await startRelease(tx, { accountId, numberId })
    await finishRelease(tx, { accountId, numberId })
  })
  return { numberId, e164 }
}

describe('the welcome', () => {
  test('has the number, in text and HTML, and goes on the queue', async () => {
    const { accountId, subscriptionId } = await subscriber(database.db, { plan: 'ai_secretary' })
    await tell(accountId, { kind: 'welcome', data: { subscriptionId, numbers: ['+14155550100'] } })
    const [mail] = await told(accountId)
    expect(mail).toMatchObject({
      kind: 'welcome',
      channel: 'email',
      recipient: 'ada@example.com',
      subject: 'Welcome to AI Secretary',
      status: 'pending',
      messageId: `<${mail?.notificationId}@billing.example>`,
    })
    for (const body of [mail?.bodyText, mail?.bodyHtml]) {
      expect(body).toContain('Your phone number is +14155550100.')
      expect(body).toContain('https://billing.example/dashboard/billing')
      expect(body).not.toContain('on its way')
    }
    const [job] = await queuedJobs(database.db, `notifications.send:${mail?.notificationId}`)
    expect(job?.payload).toEqual({
      verb: 'notifications.send',
      payload: { accountId, notificationId: mail?.notificationId },
    })
  })

  test('says that the number follows where it is not there yet', async () => {
    const { accountId, subscriptionId } = await subscriber(database.db, { plan: 'ai_secretary' })
    await tell(accountId, { kind: 'welcome', data: { subscriptionId, numbers: [] } })
    expect((await told(accountId))[0]?.bodyText).toContain('A phone number is still on its way.')
  })

  test('is written once, however often it is told', async () => {
    const { accountId, subscriptionId } = await subscriber(database.db, { plan: 'ai_secretary' })
    const happening: Happening = { kind: 'welcome', data: { subscriptionId, numbers: [] } }
    await Promise.all([tell(accountId, happening), tell(accountId, happening)])
    await tell(accountId, happening)
    expect(await told(accountId)).toHaveLength(1)
  })
})

test('a receipt has each line, the sum and the invoice', async () => {
  const { accountId } = await subscriber(database.db)
  const { paymentId } = await pay(accountId)
  await tell(accountId, { kind: 'receipt', data: { paymentId } })
  const [mail] = await told(accountId)
  expect(mail?.subject).toBe('Your receipt for $45.80')
  for (const line of [
    'AI Secretary: $40.00',
    'Voice minutes beyond the plan: $0.65',
    'Paid: $45.80',
    'February 1, 2026',
    'invoice ABC-0002',
    'https://pay.example/in_1',
  ]) {
    expect(mail?.bodyText).toContain(line)
  }
})

describe('a failed payment', () => {
  const failed = (stripeInvoiceId: string, attempt = 1): Happening => ({
    kind: 'payment_failed',
    data: { stripeInvoiceId, attempt, amountCents: '4580', currency: 'usd' },
  })

  test('is told by mail, and by SMS where there is a phone', async () => {
    const { accountId } = await subscriber(database.db, { phone: '+12125550177' })
    const { stripeInvoiceId } = await pay(accountId, { status: 'open', paidCents: 0n, paidAt: null })
    await tell(accountId, failed(stripeInvoiceId))
    const [mail, sms] = await told(accountId)
    expect(mail).toMatchObject({ channel: 'email', subject: 'Your payment of $45.80 failed' })
    expect(mail?.bodyText).toContain('Pay $45.80: https://pay.example/in_1')
    expect(sms).toMatchObject({
      channel: 'sms',
      recipient: '+12125550177',
      bodyText:
        'Assistant: your payment of $45.80 failed. Update your card to keep your service: https://pay.example/in_1',
    })
  })

  test('is told by mail alone where there is no phone, and before its invoice is known', async () => {
    const { accountId } = await subscriber(database.db)
    await tell(accountId, failed('in_unknown'))
    expect((await told(accountId)).map((each) => each.channel)).toEqual(['email'])
  })

  test('is told for each attempt, once', async () => {
    const { accountId } = await subscriber(database.db)
    for (const attempt of [1, 2, 2]) await tell(accountId, failed('in_again', attempt))
    expect((await told(accountId)).map((each) => each.cause).sort()).toEqual(['in_again:1', 'in_again:2'])
  })

  test('is not told when it was paid meanwhile', async () => {
    const { accountId } = await subscriber(database.db)
    const { stripeInvoiceId } = await pay(accountId)
    await tell(accountId, failed(stripeInvoiceId))
    expect(await told(accountId)).toEqual([])
  })
})

test('a cancellation tells of the end, the free plan and the numbers', async () => {
  const endedAt = new Date('2026-03-01T00:00:00Z')
  const one = await subscriber(database.db, { plan: 'ai_secretary', status: 'canceled', endedAt })
  await number(one.accountId, one.subscriptionId, 'released')
  await tell(one.accountId, { kind: 'canceled', data: { subscriptionId: one.subscriptionId } })
  const [mail] = await told(one.accountId)
  expect(mail?.subject).toBe('Your subscription to AI Secretary has ended')
  expect(mail?.bodyText).toContain('ended on March 1, 2026')
  expect(mail?.bodyText).toContain('The phone numbers that came with it are given back.')
  expect(mail?.bodyText).toContain('You are on AI Buddy now, which is free.')

  const other = await subscriber(database.db, { plan: 'ai_secretary', status: 'canceled', endedAt })
  await tell(other.accountId, { kind: 'canceled', data: { subscriptionId: other.subscriptionId } })
  expect((await told(other.accountId))[0]?.bodyText).not.toContain('given back')
})

describe('a number', () => {
  test('that came after the welcome is told of by itself', async () => {
    const { accountId, subscriptionId } = await subscriber(database.db, { plan: 'ai_secretary' })
    const { numberId, e164 } = await number(accountId, subscriptionId, 'owned')
    await tell(accountId, { kind: 'number_provisioned', data: { numberId, isLate: false } })
    expect(await told(accountId)).toEqual([])
    await tell(accountId, { kind: 'number_provisioned', data: { numberId, isLate: true } })
    expect(await told(accountId)).toMatchObject([{ subject: `Your phone number is ${e164}` }])
  })

  test('that was given back is told of, and not of its coming any more', async () => {
    const { accountId, subscriptionId } = await subscriber(database.db, { plan: 'ai_secretary' })
    const { numberId, e164 } = await number(accountId, subscriptionId, 'released')
    await tell(accountId, { kind: 'number_provisioned', data: { numberId, isLate: true } })
    await tell(accountId, { kind: 'number_released', data: { numberId } })
    expect(await told(accountId)).toMatchObject([{ subject: `Your phone number ${e164} was released` }])
  })
})

test('pages of the log go from the newest to the oldest without a gap', async () => {
  const { accountId } = await subscriber(database.db)
  for (const attempt of [1, 2, 3]) {
    await tell(accountId, {
      kind: 'payment_failed',
      data: { stripeInvoiceId: 'in_pages', attempt, amountCents: '1', currency: 'usd' },
    })
  }
  const page = (after: { at: string; id: string } | undefined) =>
    database.db.system((tx) => listNotifications(tx, { accountId, status: 'pending', after, limit: 2 }))
  const first = await page(undefined)
  const last = first.at(-1)
  const second = await page(last && { at: last.createdAt.toISOString(), id: last.notificationId })
  expect([...first, ...second].map((each) => each.cause)).toEqual(['in_pages:3', 'in_pages:2', 'in_pages:1'])
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

/** The story of a voice assistant, through public interfaces only: subscribe, get a number, use, renew. */
let world: World
const account = 'ext:clara'

beforeAll(async () => {
  world = await startWorld({ now: '2026-01-20T09:00:00Z' })
})
afterAll(() => world.close())

const get = (path: string) => world.call('GET', path, { account })
const post = (path: string, body: unknown) => world.call('POST', path, { account, body })

describe('a month of AI Secretary', () => {
  test('an account starts on the free plan, where voice is blocked', async () => {
    const made = await world.call('POST', '/api/accounts', {
      body: { externalId: 'clara', name: 'Clara', email: 'clara@example.com', phone: '+14155550123' },
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      externalId: 'clara',
      plan: 'ai_buddy',
      currency: 'usd',
      stripeCustomerId: null,
    })
    expect((await get('/api/access')).body).toMatchObject({ state: 'free', plan: 'ai_buddy' })
    expect((await post('/api/usage/check', { meter: 'voice_minutes' })).body).toMatchObject({
      allowed: false,
      limit: 0,
      percent: 100,
      reason: 'limit_reached',
      upgrade: { plan: 'ai_secretary' },
    })
    expect((await post('/api/phone/provision', { area_code: '415' })).body).toMatchObject({
      code: 'numbers_not_allowed',
    })
  })

  test('she subscribes with 4242 and is active, with a number from 415 and a welcome that names it', async () => {
    const checkout = await post('/api/checkout', { plan: 'ai_secretary' })
    expect(checkout.status).toBe(200)
    const paid = await world.control('POST', `/checkout/${checkout.body.sessionId}/pay`, {
      card: '4242424242424242',
    })
    expect(paid).toMatchObject({ status: 200 })
    await world.settle()

    const { subscription, access } = (await get('/api/billing/subscription')).body
    expect(subscription).toMatchObject({
      plan: 'ai_secretary',
      status: 'active',
      interval: 'month',
      hasPaymentMethod: true,
    })
    expect(access).toMatchObject({ state: 'full', plan: 'ai_secretary' })
    const { data: numbers } = (await get('/api/phone/numbers')).body
    expect(numbers).toHaveLength(1)
    expect(numbers[0].phoneNumber).toMatch(/^\+1415\d{7}$/)

    const { mails } = (await world.control('GET', '/outbox?to=clara@example.com')).body
    const welcome = mails.find((mail: { kind: string }) => mail.kind === 'welcome')
    const digits = (welcome.text as string).replace(/\D/g, '')
    expect(digits).toContain(numbers[0].phoneNumber.slice(2))
    expect(mails.map((mail: { kind: string }) => mail.kind).sort()).toEqual(['receipt', 'welcome'])
  })

  test('a second subscription is refused, with the way to change the plan', async () => {
    const again = await post('/api/checkout', { plan: 'ai_project_manager' })
    expect(again).toMatchObject({
      status: 409,
      body: { success: false, code: 'already_subscribed', action: { kind: 'change_plan' } },
    })
  })

  test('150 minutes, 120 SMS and 45 emails are answered to the cent', async () => {
    const events = [
      ...Array.from({ length: 15 }, (_, n) => ({ id: `call-${n}`, meter: 'voice_minutes', quantity: 10 })),
      ...Array.from({ length: 120 }, (_, n) => ({ id: `sms-${n}`, meter: 'sms_messages' })),
      { id: 'mails', meter: 'email_count', quantity: 45 },
    ]
    expect((await post('/api/usage/track', { events })).body).toEqual({
      accepted: 136,
      duplicates: 0,
      late: 0,
    })
    expect((await post('/api/usage/track', { events })).body).toEqual({
      accepted: 0,
      duplicates: 136,
      late: 0,
    })
    const usage = (await get('/api/billing/usage')).body
    expect(usage).toEqual({
      period: { start: expect.any(String), end: expect.any(String) },
      usage: { voice_minutes: 150, sms_messages: 120, email_count: 45 },
      limits: { voice_minutes: 100, sms_messages: 100 },
      overages: { voice_minutes: 50, sms_messages: 20 },
      costs: { voice_overage: '0.65', sms_overage: '0.15', phone_number: '5.00', total_overage: '5.80' },
    })
    expect((await get('/api/billing/upcoming')).body).toMatchObject({
      amountDueCents: 4580,
      overageCents: 580,
      currency: 'usd',
    })
  })

  test('a month later one renewal invoice of exactly $45.80 with three overage lines is paid, and use starts at zero', async () => {
    await world.advance({ months: 1 })
    await world.advance({ days: 1 })
    const { data: payments } = (await get('/api/billing/payments')).body
    expect(payments).toHaveLength(2)
    expect(payments[0]).toMatchObject({
      reason: 'subscription_cycle',
      status: 'paid',
      amountCents: 4580,
      currency: 'usd',
    })
    expect(
      payments[0].lines
        .map((line: { amountCents: number }) => line.amountCents)
        .sort((a: number, b: number) => a - b),
    ).toEqual([15, 65, 500, 4000])
    expect(payments[1]).toMatchObject({ reason: 'subscription_create', status: 'paid', amountCents: 4000 })
    expect((await get('/api/billing/usage')).body).toMatchObject({
      usage: { voice_minutes: 0, sms_messages: 0, email_count: 0 },
      overages: { voice_minutes: 0, sms_messages: 0 },
      costs: { voice_overage: '0.00', sms_overage: '0.00', phone_number: '5.00', total_overage: '5.00' },
    })
    const { data: history } = (await get('/api/billing/history')).body
    const [newest, ...earlier] = history.map((entry: { description: string }) => entry.description)
    expect(newest).toBe('Payment of $45.80 received')
    expect(earlier.sort()).toEqual([
      'Payment of $40.00 received',
      expect.stringMatching(/^Phone number \+1415\d{7} added$/),
      'Subscribed to AI Secretary',
    ])
  })
})

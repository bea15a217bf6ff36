import { deepEqual, equal, match } from 'node:assert/strict'
import type Stripe from 'stripe'
import type { Connection } from '../../src/local/connection-file.ts'

const account = { 'tollgate-account': 'ext:clara' }

type List<Row> = { data: Row[] }
type Subscription = { plan: string; status: string; stripeSubscriptionId: string }
type Payment = { reason: string; status: string; amountCents: number }

/** The running program as the story reaches it: over HTTP, and by Stripe's API as its owner may. */
export type Stage = { connection: Connection; stripe: Stripe }

/**
 * The voice assistant's story: subscribe, get a number, use, renew with overage, open the portal, end it at once at
 * Stripe. Fails where an answer is not what it must be.
 */
export async function playStory({ connection, stripe }: Stage): Promise<void> {
  const call = <Answer>(method: string, path: string, body?: object) =>
    ask<Answer>(connection.url + path, method, {
      ...(body === undefined ? {} : { body }),
      headers: { authorization: `Bearer ${connection.apiKey}`, ...(path === '/api/accounts' ? {} : account) },
    })
  const control = <Answer>(path: string, body: object) =>
    ask<Answer>(`${connection.sandbox.url}/_sandbox/${path}`, 'POST', { body })

  await call('POST', '/api/accounts', {
    externalId: 'clara',
    name: 'Clara',
    email: 'clara@example.com',
    phone: '+14155550123',
  })
  const { sessionId } = await call<{ sessionId: string }>('POST', '/api/checkout', { plan: 'ai_secretary' })
  const paid = await control<{ status: string }>(`checkout/${sessionId}/pay`, { card: '4242424242424242' })
  equal(paid.status, 'complete')
  await control('clock/advance', { seconds: 0 })
  const { subscription } = await call<{ subscription: Subscription }>('GET', '/api/billing/subscription')
  deepEqual([subscription.plan, subscription.status], ['ai_secretary', 'active'])
  const { data: numbers } = await call<List<{ phoneNumber: string }>>('GET', '/api/phone/numbers')
  match(numbers[0]?.phoneNumber ?? '', /^\+1415\d{7}$/)

  await call('POST', '/api/usage/track', {
    events: [
      { id: 'minutes', meter: 'voice_minutes', quantity: 150 },
      { id: 'messages', meter: 'sms_messages', quantity: 120 },
      { id: 'mails', meter: 'email_count', quantity: 45 },
    ],
  })
  const upcoming = await call<{ amountDueCents: number }>('GET', '/api/billing/upcoming')
  equal(upcoming.amountDueCents, 4580)
  await control('clock/advance', { months: 1 })
  await control('clock/advance', { days: 1 })
  const { data: payments } = await call<List<Payment>>('GET', '/api/billing/payments')
  deepEqual(
    payments.map((payment) => [payment.reason, payment.status, payment.amountCents]),
    [
      ['subscription_cycle', 'paid', 4580],
      ['subscription_create', 'paid', 4000],
    ],
  )

  const portal = await call<{ url: string }>('POST', '/api/billing/portal', {})
  equal((await fetch(portal.url)).status, 200)
  await stripe.subscriptions.cancel(subscription.stripeSubscriptionId)
  await control('clock/advance', { seconds: 0 })
  equal((await call<{ plan: string }>('GET', '/api/access')).plan, 'ai_buddy')
  deepEqual((await call<List<object>>('GET', '/api/phone/numbers')).data, [])
}

async function ask<Answer>(
  url: string,
  method: string,
  options: { body?: object; headers?: Record<string, string> },
): Promise<Answer> {
  const { body, headers } = options
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`)
  // The checks that follow fail where a field is not as its name here says.
  return JSON.parse(text) as Answer
}

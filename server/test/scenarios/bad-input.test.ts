import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpDatabase } from '../dump.ts'
import { subscribe } from '../story.ts'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

let world: World
let account: string

beforeAll(async () => {
  world = await startWorld()
  account = await subscribe(world, { externalId: 'clara' })
})
afterAll(() => world.close())

const WEBHOOK_BODY = JSON.stringify({
  id: 'evt_1',
  object: 'event',
  type: 'customer.updated',
  created: 1,
  data: { object: {} },
})

function signature(body: string, options: { secret?: string; at?: number } = {}): string {
  const at = options.at ?? Math.floor(Date.now() / 1000)
  const secret = options.secret ?? 'whsec_test_secret_of_the_tests'
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}

type Case = {
  what: string
  method?: string
  path: string
  body?: unknown
  headers?: Record<string, string>
  as?: string
  noAccount?: true
  expected: { status: number; code: string; path?: string }
}

const HOUR_AHEAD = new Date(Date.now() + 3_600_000).toISOString()

const cases: Case[] = [
  {
    what: 'an unknown plan',
    path: '/api/checkout',
    body: { plan: 'ai_wizard' },
    expected: { status: 422, code: 'unknown_plan' },
  },
  {
    what: 'a free plan',
    path: '/api/checkout',
    body: { plan: 'ai_buddy' },
    expected: { status: 422, code: 'plan_not_for_sale' },
  },
  {
    what: 'a second subscription',
    path: '/api/checkout',
    body: { plan: 'ai_project_manager' },
    expected: { status: 409, code: 'already_subscribed' },
  },
  {
    what: 'a plan that is no text',
    path: '/api/checkout',
    body: { plan: 7 },
    expected: { status: 400, code: 'bad_input', path: 'plan' },
  },
  {
    what: 'an unknown field',
    path: '/api/checkout',
    body: { plan: 'ai_secretary', planet: 1 },
    expected: { status: 400, code: 'bad_input' },
  },
  {
    what: 'a return address that is a script',
    path: '/api/checkout',
    body: { plan: 'ai_secretary', successUrl: 'javascript:alert(1)' },
    expected: { status: 400, code: 'bad_input', path: 'successUrl' },
  },
  {
    what: 'an unknown meter',
    path: '/api/usage/track',
    body: { id: 'a', meter: 'teleports' },
    expected: { status: 422, code: 'unknown_meter' },
  },
  {
    what: 'an unknown meter, checked',
    path: '/api/usage/check',
    body: { meter: 'teleports' },
    expected: { status: 422, code: 'unknown_meter' },
  },
  {
    what: 'an unknown feature',
    path: '/api/usage/check',
    body: { feature: 'teleports' },
    expected: { status: 422, code: 'unknown_feature' },
  },
  {
    what: 'a negative quantity',
    path: '/api/usage/track',
    body: { id: 'a', meter: 'voice_minutes', quantity: -1 },
    expected: { status: 400, code: 'bad_input', path: 'quantity' },
  },
  {
    what: 'a quantity of zero',
    path: '/api/usage/consume',
    body: { id: 'a', meter: 'voice_minutes', quantity: 0 },
    expected: { status: 400, code: 'bad_input', path: 'quantity' },
  },
  {
    what: 'a huge quantity',
    path: '/api/usage/track',
    body: { id: 'a', meter: 'voice_minutes', quantity: 1e300 },
    expected: { status: 400, code: 'bad_input', path: 'quantity' },
  },
  {
    what: 'a quantity that is no number',
    path: '/api/usage/track',
    body: { id: 'a', meter: 'voice_minutes', quantity: 'many' },
    expected: { status: 400, code: 'bad_input', path: 'quantity' },
  },
  {
    what: 'use in the future',
    path: '/api/usage/track',
    body: { id: 'a', meter: 'voice_minutes', at: HOUR_AHEAD },
    expected: { status: 400, code: 'bad_input', path: 'at' },
  },
  {
    what: 'one bad event in a batch',
    path: '/api/usage/track',
    body: {
      events: [
        { id: 'good', meter: 'voice_minutes' },
        { id: 'bad', meter: 'voice_minutes', quantity: -1 },
      ],
    },
    expected: { status: 400, code: 'bad_input', path: 'events.1.quantity' },
  },
  {
    what: 'a batch that is too long',
    path: '/api/usage/track',
    body: { events: Array.from({ length: 1001 }, (_, n) => ({ id: `e${n}`, meter: 'voice_minutes' })) },
    expected: { status: 400, code: 'bad_input' },
  },
  {
    what: 'malformed JSON',
    path: '/api/usage/track',
    body: '{"id":',
    expected: { status: 400, code: 'malformed_json' },
  },
  {
    what: 'a list where an object is expected',
    path: '/api/usage/track',
    body: '[1]',
    expected: { status: 400, code: 'bad_input' },
  },
  {
    what: 'a body over the limit',
    path: '/api/usage/track',
    body: JSON.stringify({ id: 'a', meter: 'x'.repeat(1_100_000) }),
    expected: { status: 413, code: 'too_large' },
  },
  {
    what: 'another kind of body',
    path: '/api/usage/track',
    body: 'id=a',
    headers: { 'content-type': 'text/plain' },
    expected: { status: 415, code: 'unsupported_media_type' },
  },
  {
    what: 'no key',
    path: '/api/checkout',
    as: '',
    body: { plan: 'ai_secretary' },
    expected: { status: 401, code: 'unauthenticated' },
  },
  {
    what: 'a wrong key',
    path: '/api/checkout',
    as: 'tg_wrong',
    body: { plan: 'ai_secretary' },
    expected: { status: 401, code: 'unauthenticated' },
  },
  {
    what: 'a forged token',
    path: '/api/checkout',
    as: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.',
    body: { plan: 'ai_secretary' },
    expected: { status: 401, code: 'unauthenticated' },
  },
  {
    what: 'no account named',
    path: '/api/checkout',
    noAccount: true,
    body: { plan: 'ai_secretary' },
    expected: { status: 400, code: 'account_required' },
  },
  {
    what: 'an unknown account',
    path: '/api/checkout',
    noAccount: true,
    headers: { 'tollgate-account': 'ext:nobody' },
    body: { plan: 'ai_secretary' },
    expected: { status: 404, code: 'account_not_found' },
  },
  {
    what: "an operator's list",
    method: 'GET',
    path: '/api/admin/accounts',
    expected: { status: 403, code: 'forbidden' },
  },
  {
    what: 'an address that is not there',
    method: 'GET',
    path: '/api/nothing',
    expected: { status: 404, code: 'not_found' },
  },
  {
    what: 'a limit out of range',
    method: 'GET',
    path: '/api/billing/payments?limit=1000',
    expected: { status: 400, code: 'bad_input', path: 'limit' },
  },
  {
    what: 'a cursor of somebody else',
    method: 'GET',
    path: '/api/billing/payments?cursor=abc',
    expected: { status: 400, code: 'bad_input', path: 'cursor' },
  },
  {
    what: 'an account with a bad address',
    path: '/api/accounts',
    body: { externalId: 'x', name: 'X', email: 'nowhere' },
    expected: { status: 400, code: 'bad_input', path: 'email' },
  },
  {
    what: 'a null byte in a name',
    path: '/api/accounts',
    body: { externalId: 'x', name: 'a\u0000b', email: 'a@example.com' },
    expected: { status: 400, code: 'bad_input', path: 'name' },
  },
  {
    what: 'a link that leads elsewhere',
    path: '/api/sessions',
    body: { account: 'ext:clara', path: '//evil.example' },
    expected: { status: 400, code: 'bad_input', path: 'path' },
  },
  {
    what: 'a webhook without a signature',
    path: '/api/webhooks/stripe',
    as: '',
    body: WEBHOOK_BODY,
    expected: { status: 400, code: 'bad_signature' },
  },
  {
    what: 'a webhook with a wrong signature',
    path: '/stripe/webhook',
    as: '',
    body: WEBHOOK_BODY,
    headers: { 'stripe-signature': signature(WEBHOOK_BODY, { secret: 'whsec_other' }) },
    expected: { status: 400, code: 'bad_signature' },
  },
  {
    what: 'a webhook with an old signature',
    path: '/api/webhooks/stripe',
    as: '',
    body: WEBHOOK_BODY,
    headers: { 'stripe-signature': signature(WEBHOOK_BODY, { at: Math.floor(Date.now() / 1000) - 400 }) },
    expected: { status: 400, code: 'bad_signature' },
  },
  {
    what: 'a webhook whose body was changed',
    path: '/api/webhooks/stripe',
    as: '',
    body: `${WEBHOOK_BODY} `,
    headers: { 'stripe-signature': signature(WEBHOOK_BODY) },
    expected: { status: 400, code: 'bad_signature' },
  },
]

describe('bad input is answered in one form and leaves nothing behind', () => {
  test.for(cases)('$what', async ({ method = 'POST', path, body, headers, as, noAccount, expected }) => {
    const before = await dumpDatabase(world.database.superuserUrl)
    const answer = await world.call(method, path, {
      ...(as === undefined ? {} : { as }),
      ...(noAccount ? {} : { account }),
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    })
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status: expected.status,
      body: {
        success: false,
        code: expected.code,
        error: expect.stringMatching(/\S/),
        requestId: expect.stringMatching(/^req_/),
      },
    })
    if (expected.path !== undefined) {
      expect(answer.body.details.map((detail: { path: string }) => detail.path)).toContain(expected.path)
    }
    expect(JSON.stringify(answer.body)).not.toMatch(/\\n\s+at |node_modules|\.ts:\d/)
    expect(await dumpDatabase(world.database.superuserUrl)).toEqual(before)
  })
})

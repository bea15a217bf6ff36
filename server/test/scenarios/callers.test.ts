import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../src/lib/db.ts'
import { subscribe } from '../story.ts'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

let world: World
let clara: string
let otto: string

beforeAll(async () => {
  world = await startWorld()
  clara = await subscribe(world, { externalId: 'clara' })
  otto = await subscribe(world, { externalId: 'otto' })
})
afterAll(() => world.close())

function token(claims: Record<string, string>, secret?: string): Promise<string> {
  const key = new TextEncoder().encode(secret ?? (world.config.jwt as { secret: string }).secret)
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('user-1')
    .setExpirationTime('5m')
    .sign(key)
}

test('an account can be made by a call that names it already', async () => {
  const body = { externalId: 'ines', name: 'Ines', email: 'ines@example.com' }
  const made = await world.call('POST', '/api/accounts', { account: 'ext:ines', body })
  expect(made).toMatchObject({ status: 201, body: { externalId: 'ines' } })
  const asOperator = await token({ role: 'operator' })
  const another = { as: asOperator, account: 'ext:jon', body: { ...body, externalId: 'jon' } }
  expect(await world.call('POST', '/api/accounts', another)).toMatchObject({ status: 201 })
  expect(await world.call('GET', '/api/access', { account: 'ext:nobody' })).toMatchObject({
    status: 404,
    body: { code: 'account_not_found' },
  })
})

describe('a token says who calls and for which account', () => {
  test('an owner sees her own account, and nobody elses by naming it', async () => {
    const as = await token({ account: clara, role: 'owner' })
    const mine = await world.call('GET', '/api/me', { as })
    expect(mine.body).toMatchObject({ account: { externalId: 'clara' }, role: 'owner' })
    const other = await world.call('GET', '/api/me', { as, account: otto })
    expect(other.body).toMatchObject({ account: { externalId: 'clara' } })
    const ottoId = (await world.call('GET', '/api/accounts?externalId=otto')).body.data[0].id
    expect(await world.call('GET', `/api/accounts/${ottoId}`, { as })).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    })
    const event = { id: 'a', meter: 'email_count', account: otto }
    expect(await world.call('POST', '/api/usage/track', { as, body: event })).toMatchObject({ status: 404 })
  })

  test.for([
    ['member', 'GET', '/api/billing/usage', 200],
    ['member', 'GET', '/api/access', 200],
    ['member', 'GET', '/api/billing/subscription', 403],
    ['member', 'GET', '/api/billing/payments', 403],
    ['member', 'POST', '/api/billing/portal', 403],
    ['admin', 'GET', '/api/billing/payments', 200],
    ['admin', 'POST', '/api/billing/portal', 200],
    ['admin', 'GET', '/api/admin/accounts', 403],
    ['owner', 'GET', '/api/billing/payments', 200],
    ['practice_owner', 'GET', '/api/billing/payments', 200],
    ['owner', 'POST', '/api/accounts', 403],
    ['operator', 'GET', '/api/admin/accounts', 200],
    ['janitor', 'GET', '/api/billing/usage', 401],
  ] as const)('%s, %s %s: %i', async ([role, method, path, status]) => {
    const as = await token({ account: clara, role })
    const body = path === '/api/accounts' ? { externalId: 'x', name: 'X', email: 'x@example.com' } : {}
    expect((await world.call(method, path, { as, ...(method === 'POST' ? { body } : {}) })).status).toBe(
      status,
    )
  })

  test('a token that is expired, of another secret or unsigned is refused', async () => {
    const expired = await new SignJWT({ account: clara, role: 'owner' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('u')
      .setExpirationTime('-1m')
      .sign(new TextEncoder().encode((world.config.jwt as { secret: string }).secret))
    for (const as of [
      expired,
      await token({ account: clara, role: 'operator' }, 'another secret, also long enough'),
    ]) {
      expect(await world.call('GET', '/api/billing/usage', { as })).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      })
    }
  })
})

describe('an API key', () => {
  test('reaches as far as its scopes, and nowhere once revoked', async () => {
    const made = await world.call('POST', '/api/admin/keys', {
      as: world.adminKey,
      body: { name: 'meters', scopes: ['usage'] },
    })
    expect(made).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^tg_/) } })
    const as = made.body.key
    expect((await world.call('GET', '/api/billing/usage', { as, account: clara })).status).toBe(200)
    expect((await world.call('GET', '/api/billing/payments', { as, account: clara })).status).toBe(403)
    await world.call('DELETE', `/api/admin/keys/${made.body.keyId}`, { as: world.adminKey })
    expect((await world.call('GET', '/api/billing/usage', { as, account: clara })).status).toBe(401)
  })

  test('is kept as a hash alone', async () => {
    const keys = await world.database.db.system((tx) =>
      tx.rows(sql`select to_jsonb(k)::text as row from api_keys k`),
    )
    expect(JSON.stringify(keys)).not.toContain(world.apiKey)
  })
})

describe('a page link', () => {
  test('opens once, signs in, and a change needs the header that no other site can send', async () => {
    const made = await world.call('POST', '/api/sessions', {
      body: { account: clara, role: 'member', path: '/dashboard/billing' },
    })
    expect(made.status).toBe(201)
    const { pathname } = new URL(made.body.url)
    const opened = await world.call('GET', pathname, { as: '' })
    expect(opened.status).toBe(303)
    expect(opened.headers.get('location')).toBe('/dashboard/billing')
    const cookie = opened.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    const signedIn = { as: '', headers: { cookie: cookie.split(';')[0] as string } }
    expect((await world.call('GET', '/api/me', signedIn)).body).toMatchObject({
      account: { externalId: 'clara' },
      role: 'member',
    })
    const body = { id: 'page-1', meter: 'email_count' }
    expect(await world.call('POST', '/api/usage/track', { ...signedIn, body })).toMatchObject({
      status: 403,
      body: { code: 'csrf' },
    })
    const meant = { ...signedIn, headers: { ...signedIn.headers, 'tollgate-csrf': '1' }, body }
    expect((await world.call('POST', '/api/usage/track', meant)).status).toBe(200)
    expect(await world.call('GET', pathname, { as: '' })).toMatchObject({
      status: 410,
      body: { code: 'link_used' },
    })
  })
})

describe('an Idempotency-Key', () => {
  const send = (key: string, body: unknown, path = '/api/accounts') =>
    world.call('POST', path, { body, headers: { 'idempotency-key': key } })

  test('gives the first answer again, refuses another request, and is free after what was not final', async () => {
    const first = await send('k1', { externalId: 'ida', name: 'Ida', email: 'ida@example.com' })
    expect(first.status).toBe(201)
    const again = await send('k1', { externalId: 'ida', name: 'Ida', email: 'ida@example.com' })
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await send('k1', { externalId: 'other', name: 'Ida', email: 'ida@example.com' })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    })

    const refused = await send('k2', { externalId: 'ida', name: 'Ida', email: 'nowhere' })
    expect(refused.status).toBe(400)
    const conflict = () =>
      world.call('POST', '/api/checkout', {
        account: clara,
        body: { plan: 'ai_secretary' },
        headers: { 'idempotency-key': 'k3' },
      })
    expect((await conflict()).status).toBe(409)
    const secondTry = await conflict()
    expect(secondTry.status).toBe(409)
    expect(secondTry.headers.get('idempotency-replayed')).toBeNull()
  })

  test('lets one of many at once do the work', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        send('k4', { externalId: 'ira', name: 'Ira', email: 'ira@example.com' }),
      ),
    )
    const codes = answers.map((answer) => answer.body.code ?? answer.status)
    expect(codes.filter((code) => code !== 'idempotency_in_progress').every((code) => code === 201)).toBe(
      true,
    )
    expect(codes).toContain(201)
  })
})

describe('every answer', () => {
  test('carries the security headers, the rate limit and the request id', async () => {
    const { headers } = await world.call('GET', '/api/plans', { as: '' })
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('ratelimit-limit')).toMatch(/^\d+$/)
    expect(headers.get('request-id')).toMatch(/^req_/)
  })

  test('stands in the OpenAPI document, and the process in the metrics', async () => {
    const { body } = await world.call('GET', '/openapi.json', { as: '' })
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/api/checkout',
        '/api/usage/track',
        '/api/billing/usage',
        '/api/accounts/{id}',
      ]),
    )
    const metrics = await world.call('GET', '/metrics', { as: '' })
    expect(metrics.body).toMatch(/^tollgate_http_request_seconds_bucket\{.*route="\/api\/plans"/m)
  })
})

describe('members and accounts', () => {
  test('the same externalId is the same account, and its words can be changed', async () => {
    const body = { externalId: 'clara', name: 'Another name', email: 'other@example.com' }
    const same = await world.call('POST', '/api/accounts', { body })
    expect(same).toMatchObject({
      status: 200,
      body: { name: 'clara', plan: 'ai_secretary', stripeCustomerId: expect.stringMatching(/^cus_/) },
    })
    const changed = await world.call('PATCH', `/api/accounts/${same.body.id}`, {
      body: { name: 'Clara Schumann' },
    })
    expect(changed.body).toMatchObject({ name: 'Clara Schumann', email: 'clara@example.com' })
    const member = await world.call('PUT', `/api/accounts/${same.body.id}/members/u1`, {
      body: { role: 'practice_owner' },
    })
    expect(member.body).toEqual({ userId: 'u1', role: 'owner', email: null })
    expect((await world.call('DELETE', `/api/accounts/${same.body.id}/members/u1`)).body).toEqual({
      removed: true,
    })
    const audit = await world.database.db.tenant(same.body.id, (tx) =>
      tx.rows<{ actor: string; action: string }>(
        sql`select actor, action from audit_entries where action like 'members.%'`,
      ),
    )
    expect(audit).toEqual([{ actor: expect.stringMatching(/^key:/), action: 'members.insert' }])
  })
})

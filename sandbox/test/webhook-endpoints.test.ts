import { afterAll, beforeAll, expect, test } from 'vitest'
import { raw } from './raw.ts'
import { refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

const url = 'https://example.com/hook'
const create = (body: string) => raw(world.sandbox.url, 'POST /v1/webhook_endpoints', { body })

test('the secret of an endpoint is only shown when it is made', async () => {
  const { webhookEndpoints } = world.stripe
  const made = await webhookEndpoints.create({
    url,
    enabled_events: ['invoice.paid'],
    description: 'Mine',
    metadata: { a: 'b' },
    api_version: '2026-10-28.endive',
  })
  expect(made.secret).toMatch(/^whsec_\w{32}$/)
  const found = await webhookEndpoints.retrieve(made.id)
  expect(found).toMatchObject({
    url,
    enabled_events: ['invoice.paid'],
    description: 'Mine',
    metadata: { a: 'b' },
    api_version: '2026-10-28.endive',
    status: 'enabled',
  })
  const changed = await webhookEndpoints.update(made.id, { enabled_events: ['*'], description: '' })
  const listed = (await webhookEndpoints.list()).data[0]
  expect([changed.enabled_events, changed.description, listed?.id]).toEqual([['*'], null, made.id])
  for (const shown of [found, changed, listed]) expect(shown).not.toHaveProperty('secret')
  expect(await webhookEndpoints.del(made.id)).toMatchObject({ id: made.id, deleted: true })
  expect(await refusalOf(webhookEndpoints.retrieve(made.id))).toMatchObject({ status: 404 })
})

test.each([
  ['an unknown event', 'enabled_events[]=invoice.eaten', 'enabled_events[0]'],
  ['no event', 'enabled_events=', 'enabled_events'],
  ['another version', 'enabled_events[]=*&api_version=2025-03-31.basil', 'api_version'],
  ['connected accounts', 'enabled_events[]=*&connect=true', 'connect'],
])('%s is refused', async (_what, body, param) => {
  const { status, error } = await create(`url=${url}&${body}`)
  expect([status, error.param]).toEqual([400, param])
})

test('an address needs a scheme', async () => {
  const { status, error } = await create('url=example.com&enabled_events[]=*')
  expect([status, error.param, error.code]).toEqual([400, 'url', 'url_invalid'])
})

test('there are at most 16 endpoints in test mode', async () => {
  const { webhookEndpoints } = world.stripe
  const made: string[] = []
  for (let n = 0; n < 16; n++) made.push((await webhookEndpoints.create({ url, enabled_events: ['*'] })).id)
  await expect(webhookEndpoints.create({ url, enabled_events: ['*'] })).rejects.toMatchObject({
    message: 'You have reached the maximum of 16 test webhook endpoints.',
  })
  for (const id of made) await webhookEndpoints.del(id)
})

test('a secret is rolled from outside the API, as in the dashboard', async () => {
  const { id } = await world.stripe.webhookEndpoints.create({ url, enabled_events: ['*'] })
  const roll = (body: object) => world.control(`webhook_endpoints/${id}/roll`, body)
  expect((await roll({ expiresInSeconds: 60 })).secret).toMatch(/^whsec_/)
  expect(await roll({ expiresInSeconds: -1 })).toMatchObject({ error: { message: expect.any(String) } })
  expect(await world.control('webhook_endpoints/we_none/roll', {})).toMatchObject({
    error: { code: 'resource_missing' },
  })
})

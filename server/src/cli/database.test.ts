import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../../test/database.ts'
import { emptyDatabase, testDatabase } from '../../test/database.ts'
import { insertEvent } from '../inbox/store.ts'
import { freePort } from '../local/free-port.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

async function tollgate(args: string[], databaseUrl: string) {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      PORT: '0',
      STRIPE_SECRET_KEY: 'sk_test_12345678',
      STRIPE_WEBHOOK_SECRET: 'whsec_12345678',
      JWT_SECRET: 'a secret of the tests, long enough to sign with',
    },
  })
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { stdout, stderr, status }
}

const changed = (url: string, change: { username?: string; pathname?: string }) =>
  Object.assign(new URL(url), change).href

describe('a database that cannot be worked with is one line, exit code 2', () => {
  const roleless = 'tollgate_test_roleless'
  let empty: Awaited<ReturnType<typeof emptyDatabase>>
  let nobodysPort: number

  beforeAll(async () => {
    empty = await emptyDatabase()
    nobodysPort = await freePort('PORT', 0)
    await asSuperuser(`create role ${roleless} login`)
  })
  afterAll(async () => {
    await asSuperuser(`drop role ${roleless}`)
    await empty.close()
  })

  async function asSuperuser(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: database.superuserUrl })
    await client.connect()
    await client.query(statement)
    await client.end()
  }

  const api = ['serve', '--role', 'worker']
  test.for<[string, string[], () => string, RegExp]>([
    [
      'nothing listens',
      api,
      () => `postgres://a:geheim@127.0.0.1:${nobodysPort}/b`,
      /nothing listens at 127/,
    ],
    [
      'nothing listens, migrate',
      ['migrate'],
      () => `postgres://a:geheim@127.0.0.1:${nobodysPort}/b`,
      /listens/,
    ],
    ['no host', api, () => 'postgres://a:geheim@nowhere.invalid/b', /nowhere\.invalid/],
    ['no database', api, () => changed(database.url, { pathname: '/gone' }), /no database gone at .+create/],
    ['no database, inbox', ['inbox', 'list'], () => changed(database.url, { pathname: '/gone' }), /create/],
    ['no login', ['migrate'], () => changed(database.url, { username: 'geist' }), /does not let geist in/],
    [
      'no role',
      api,
      () => changed(database.url, { username: roleless }),
      /grant .+ to tollgate_test_roleless/,
    ],
    ['the owner', api, () => database.ownerUrl, /tollgate_owner owns the tables .+create role tollgate_app/],
    ['not migrated', api, () => empty.url, /lacks 0001-foundation.+migrate up/],
    ['not the owner', ['migrate'], () => empty.url, /tollgate_app may not change the schema .+owner/],
  ])('%s', async ([, args, url, words]) => {
    const { status, stderr } = await tollgate(args, url())
    expect(stderr).toMatch(words)
    expect(stderr).toMatch(/^DATABASE_URL: [^\n]+\n$/)
    expect(stderr).not.toContain('geheim')
    expect(status).toBe(2)
  })
})

test('a replay says what becomes of the event', async () => {
  const event = {
    source: 'stripe',
    type: 't',
    body: '{}',
    occurredAt: new Date('2025-01-20T09:00:00Z'),
  } as const
  await database.db.system(async (tx) => {
    await insertEvent(tx, { ...event, externalId: 'evt_1', objectKey: 'none:evt_1', status: 'ignored' })
    await insertEvent(tx, { ...event, externalId: 'evt_2', objectKey: 'customer:cus_1', status: 'dead' })
  })
  const { stdout, status } = await tollgate(['inbox', 'replay', '1', '2'], database.url)
  expect(stdout).toBe(
    '1  t  none:evt_1: stays ignored, since nothing acts on it\n2  t  customer:cus_1: is handled once more\n',
  )
  expect(status).toBe(0)
})

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { statementsOn } from '../src/lib/db.ts'
import { problemWithLogin } from '../src/lib/guard-roles.ts'
import { testDatabase } from './database.ts'
import { insertFor, sampleRows } from './sample-rows.ts'
import { problemsWithTables, tenantTables } from './tenant-tables.ts'

type Role = 'tollgate_api' | 'tollgate_ingest' | 'tollgate_worker'

const DENIED = '42501'

// Before the tests are listed, so that each table is one of them.
const database = await testDatabase()
const superuser = await connect(database.superuserUrl)
await superuser.query('select ensure_usage_partitions()')
const all = await tenantTables(superuser)
const tables = all.filter((table) => !table.isPartition).map((table) => table.name)
const partitions = all.filter((table) => table.isPartition).map((table) => table.name)
for (const account of ['a', 'b']) await sampleRows(superuser, account, tables)
const app = await connect(database.url)
// Once a connection has named an account, the setting is never again absent but empty: this one never does.
const silent = await connect(database.url)

afterAll(async () => {
  await app.end()
  await silent.end()
  await superuser.end()
  await database.close()
})

describe('every table of accounts', () => {
  it('is guarded', async () => {
    expect(tables).toEqual(expect.arrayContaining(['accounts', 'usage_events', 'numbers', 'payments']))
    expect(await problemsWithTables(superuser)).toEqual([])
  })

  it.each([
    [
      'a table without anything',
      'create table forgotten (account_id text primary key)',
      'forgotten: row-level security is not enabled',
    ],
    [
      'a table without a policy',
      `create table forgotten (account_id text primary key);
       alter table forgotten enable row level security; alter table forgotten force row level security`,
      'forgotten: has no policy for tollgate_api',
    ],
    [
      'a policy that lets all through',
      'alter policy own_account on numbers using (true)',
      'numbers: has no policy for tollgate_api',
    ],
    [
      'an owner above it',
      'alter table numbers no force row level security',
      'numbers: row-level security is not forced, so its owner stands above it',
    ],
    [
      'another key',
      'create table forgotten (id text primary key, account_id text)',
      'forgotten: its primary key does not begin with account_id',
    ],
    [
      'a right to a partition',
      'grant select on usage_keys_0 to tollgate_api',
      'usage_keys_0: is a partition, and tollgate_api may reach it past its parent’s policies',
    ],
    [
      'a right to what is nobody’s',
      'grant select on inbox to tollgate_api',
      'inbox: is no table of accounts, and tollgate_api may read or change it',
    ],
  ])('is found where it is not: %s', async (_, change, problem) => {
    await superuser.query('begin')
    try {
      await superuser.query(change)
      expect(await problemsWithTables(superuser)).toContain(problem)
    } finally {
      await superuser.query('rollback')
    }
  })
})

describe.each(tables)('%s', (table) => {
  it.each(['tollgate_api', 'tollgate_ingest', 'tollgate_worker'] as const)(
    'shows %s its own account only',
    async (role) => {
      expect(await seen(role, 'b', table)).toSatisfy(isNothingButB)
    },
  )

  it.each(['tollgate_api', 'tollgate_ingest'] as const)(
    'shows %s nothing as long as it has named no account',
    async (role) => {
      expect(await seen(role, '', table)).toSatisfy(isNothing)
      expect(await seen(role, undefined, table)).toSatisfy(isNothing)
    },
  )

  it('shows the API and the worker what is theirs', async () => {
    expect(await seen('tollgate_api', 'b', table)).toEqual(['b'])
    expect(await seen('tollgate_worker', 'b', table)).toEqual(['b'])
    expect(await seen('tollgate_worker', undefined, table)).toEqual(['a', 'b'])
  })

  it.each(['tollgate_api', 'tollgate_ingest', 'tollgate_worker'] as const)(
    'lets %s change no row of another',
    async (role) => {
      expect(
        await touched(role, `update ${table} set account_id = account_id where account_id = 'a'`),
      ).toBeOneOf([0, DENIED])
      expect(await touched(role, `delete from ${table} where account_id = 'a'`)).toBeOneOf([0, DENIED])
    },
  )

  it.each(['tollgate_api', 'tollgate_ingest', 'tollgate_worker'] as const)(
    'lets %s give no row to another',
    async (role) => {
      const row = await insertFor(superuser, { table, account: 'a' })
      expect(await touched(role, row.text, row.values)).toBe(DENIED)
      expect(await touched(role, `update ${table} set account_id = 'a' where account_id = 'b'`)).toBe(DENIED)
    },
  )
})

describe.each(partitions)('the partition %s', (partition) => {
  it.each(['tollgate_api', 'tollgate_ingest', 'tollgate_worker'] as const)(
    'is not read by its own name: %s',
    async (role) => {
      expect(await seen(role, 'b', partition)).toBe(DENIED)
    },
  )
})

describe('the server’s login', () => {
  it('owns nothing', async () => {
    const { rows } = await superuser.query(`
      select c.relname from pg_class c where c.relnamespace = 'tollgate'::regnamespace
        and pg_has_role('tollgate_app', c.relowner, 'member')`)
    expect(rows).toEqual([])
    const owners = await superuser.query(`
      select distinct relowner::regrole::text as owner from pg_class where relnamespace = 'tollgate'::regnamespace
        and relname !~ '^usage_events_\\d{4}'`)
    expect(owners.rows).toEqual([{ owner: 'tollgate_owner' }])
  })

  it('is taken, and nobody who stands above the policies is', async () => {
    expect(await problemOf(database.url)).toBeUndefined()
    expect(await problemOf(database.superuserUrl)).toContain('is a superuser')
    expect(await problemOf(database.ownerUrl)).toContain('owns the tables')
  })

  it.each([
    ['bypassrls', 'may bypass row-level security'],
    ['in role tollgate_owner', 'owns the tables'],
  ])('is not one with %s', async (attributes, problem) => {
    const role = `test_login_${randomBytes(4).toString('hex')}`
    await superuser.query(`create role ${role} login ${attributes}`)
    try {
      const url = new URL(database.url)
      url.username = role
      expect(await problemOf(url.href)).toContain(problem)
    } finally {
      await superuser.query(`drop role ${role}`)
    }
  })
})

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=tollgate' })
  await client.connect()
  return client
}

async function problemOf(url: string): Promise<string | undefined> {
  const client = await connect(url)
  try {
    return await problemWithLogin(statementsOn(client))
  } finally {
    await client.end()
  }
}

/** Does something as a role that has named an account, or none, and takes it back; the SQLSTATE where it is refused. */
async function as<T>(
  { role, account }: { role: Role; account: string | undefined },
  work: (client: pg.Client) => Promise<T>,
): Promise<T | string> {
  const client = account === undefined ? silent : app
  await client.query('begin')
  try {
    await client.query(`set local role ${role}`)
    if (account !== undefined) await client.query(`select set_config('app.account', $1, true)`, [account])
    return await work(client)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === undefined) throw error
    return code
  } finally {
    await client.query('rollback')
  }
}

/** The accounts whose rows are seen. */
function seen(role: Role, account: string | undefined, table: string): Promise<string[] | string> {
  return as({ role, account }, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `select distinct account_id as id from ${table} order by id`,
    )
    return rows.map((row) => row.id)
  })
}

/** How many rows a statement of account b touched. */
function touched(role: Role, text: string, values: unknown[] = []): Promise<number | string | null> {
  return as({ role, account: 'b' }, async (client) => (await client.query(text, values)).rowCount)
}

const isNothing = (accounts: string[] | string) => accounts === DENIED || accounts.length === 0
const isNothingButB = (accounts: string[] | string) => isNothing(accounts) || String(accounts) === 'b'

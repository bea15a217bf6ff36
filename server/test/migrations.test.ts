import { readFileSync, writeFileSync } from 'node:fs'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrateDown, migrateStatus, migrateUp } from '../src/migrate.ts'
import { emptyDatabase, type TestDatabase, testDatabase } from './database.ts'
import { describeSchema } from './schema.ts'

const SCHEMA_FILE = new URL('../migrations/schema.sql', import.meta.url)

describe('the schema', () => {
  it('is what server/migrations/schema.sql says', async () => {
    const database = await testDatabase()
    try {
      const schema = await schemaOf(database.ownerUrl)
      if (process.env.UPDATE_SCHEMA !== undefined) writeFileSync(SCHEMA_FILE, schema)
      const advice = 'Write it anew: UPDATE_SCHEMA=1 npx vitest run server/test/migrations.test.ts'
      expect(schema, advice).toBe(readFileSync(SCHEMA_FILE, 'utf8'))
    } finally {
      await database.close()
    }
  })
})

describe('migrations', () => {
  let database: Omit<TestDatabase, 'db'>
  beforeEach(async () => {
    database = await emptyDatabase()
  })
  afterEach(() => database.close())

  it('lead down to nothing, and up again to the same', async () => {
    const { applied } = await migrateUp(database.ownerUrl)
    const first = await schemaOf(database.ownerUrl)
    expect(await migrateUp(database.ownerUrl)).toEqual({ applied: [] })

    const { reverted } = await migrateDown(database.ownerUrl, applied.length)
    expect(reverted).toEqual(applied.toReversed())
    expect(await thingsIn(database.ownerUrl)).toEqual(['migrations'])
    expect(await migrateStatus(database.ownerUrl)).toEqual({ applied: [], pending: applied })

    await migrateUp(database.ownerUrl)
    expect(await schemaOf(database.ownerUrl)).toBe(first)
  })

  it('are run by one of two runners, while the other waits and then finds nothing to do', async () => {
    const inTheWay = await connect(database.ownerUrl)
    await inTheWay.query(`select pg_advisory_lock(hashtext('tollgate migrate'))`)
    const runners = [migrateUp(database.ownerUrl), migrateUp(database.ownerUrl)]
    await expect.poll(() => waitingRunners(inTheWay), { timeout: 20_000 }).toBe(2)
    expect(await thingsIn(database.ownerUrl)).toEqual([])
    await inTheWay.end()

    const answers = await Promise.all(runners)
    const status = await migrateStatus(database.ownerUrl)
    expect(answers.map((each) => each.applied).sort((a, b) => a.length - b.length)).toEqual([
      [],
      status.applied,
    ])
    expect(status.pending).toEqual([])
  })

  it('leave nothing of one that failed, which succeeds once its cause is gone', async () => {
    const owner = await connect(database.ownerUrl)
    try {
      // One of the last tables that the first migration makes.
      await owner.query('create schema tollgate')
      await owner.query('create table tollgate.audit_entries ()')
      await expect(migrateUp(database.ownerUrl)).rejects.toThrow('already exists')
      expect(await thingsIn(database.ownerUrl)).toEqual(['audit_entries', 'migrations'])
      expect((await migrateStatus(database.ownerUrl)).applied).toEqual([])
      await owner.query('drop table tollgate.audit_entries')
    } finally {
      await owner.end()
    }
    await migrateUp(database.ownerUrl)
    expect(await schemaOf(database.ownerUrl)).toBe(readFileSync(SCHEMA_FILE, 'utf8'))
  })
})

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function schemaOf(url: string): Promise<string> {
  const client = await connect(url)
  try {
    return await describeSchema(client)
  } finally {
    await client.end()
  }
}

/** Tables, sequences, functions and types in our schema, by name. */
async function thingsIn(url: string): Promise<string[]> {
  const client = await connect(url)
  try {
    const { rows } = await client.query<{ name: string }>(`
      select relname as name from pg_class where relnamespace = to_regnamespace('tollgate') and relkind <> 'i'
      union all select proname from pg_proc where pronamespace = to_regnamespace('tollgate')
      order by name`)
    return rows.map((row) => row.name)
  } finally {
    await client.end()
  }
}

async function waitingRunners(client: pg.Client): Promise<number> {
  const { rows } = await client.query(`
    select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`)
  return rows.length
}

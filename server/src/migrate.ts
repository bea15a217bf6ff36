import { readdir, readFile } from 'node:fs/promises'
import { Logger, runMigrations as migrateJobs } from 'graphile-worker'
import pg from 'pg'
import type { Tx } from './lib/db.ts'
import { sql } from './lib/db.ts'

const FOLDER = new URL('../migrations/', import.meta.url)

/** Brings the database to the newest schema. The URL's role owns the database; the server itself never uses it. */
export async function migrateUp(ownerUrl: string): Promise<{ applied: string[] }> {
  return asOnlyRunner(ownerUrl, async (client) => {
    const done = new Set(await appliedTo(client))
    const missing = (await migrationNames()).filter((name) => !done.has(name))
    if (missing.length === 0) return { applied: [] }
    await migrateJobs({ connectionString: ownerUrl, logger: new Logger(() => () => undefined) })
    for (const name of missing) {
      await inTransaction(client, async () => {
        // First of all, so that a second runner without our lock fails here and does nothing.
        await client.query('insert into migrations (name) values ($1)', [name])
        await client.query(await readFile(new URL(`${name}.sql`, FOLDER), 'utf8'))
      })
    }
    return { applied: missing }
  })
}

/** Takes back the newest `steps` migrations. Data in what they made is gone. */
export async function migrateDown(ownerUrl: string, steps: number): Promise<{ reverted: string[] }> {
  return asOnlyRunner(ownerUrl, async (client) => {
    const reverted = (await appliedTo(client)).slice(-steps).reverse()
    for (const name of reverted) {
      await inTransaction(client, async () => {
        await client.query(await readFile(new URL(`${name}.down.sql`, FOLDER), 'utf8'))
        await client.query('delete from migrations where name = $1', [name])
      })
    }
    return { reverted }
  })
}

/** Which migrations the database has, and which it lacks. */
export async function migrateStatus(ownerUrl: string): Promise<{ applied: string[]; pending: string[] }> {
  return asOnlyRunner(ownerUrl, async (client) => {
    const applied = await appliedTo(client)
    const pending = (await migrationNames()).filter((name) => !applied.includes(name))
    return { applied, pending }
  })
}

/** Which migrations the server's own database lacks, as the server itself may see it. */
export async function pendingMigrations(tx: Tx): Promise<string[]> {
  const { exists } = await tx.one<{ exists: boolean }>(
    sql`select to_regclass('tollgate.migrations') is not null as exists`,
  )
  const applied = exists ? await tx.rows<{ name: string }>(sql`select name from tollgate.migrations`) : []
  const names = new Set(applied.map((row) => row.name))
  return (await migrationNames()).filter((name) => !names.has(name))
}

async function asOnlyRunner<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'tollgate migrate' })
  await client.connect()
  try {
    // Two runners wait for each other here; the lock goes with the session, also when the process is killed.
    await client.query(`select pg_advisory_lock(hashtext('tollgate migrate'))`)
    await client.query('create schema if not exists tollgate')
    await client.query('set search_path = tollgate')
    await client.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    )
    return await work(client)
  } finally {
    await client.end()
  }
}

async function appliedTo(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from migrations order by name')
  return rows.map((row) => row.name)
}

async function migrationNames(): Promise<string[]> {
  const files = await readdir(FOLDER)
  return files
    .filter((file) => /^\d{4}-[a-z-]+\.sql$/.test(file))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort()
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await work()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

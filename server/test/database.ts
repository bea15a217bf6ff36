import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Database } from '../src/lib/db.ts'
import { openDatabase } from '../src/lib/db.ts'
import { createLog } from '../src/lib/log.ts'
import { listCalls } from './called-functions.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { ownerUrl: string; appUrl: string; superuserUrl: string }
    /** The file that lists which SQL functions were called. */
    callsList: string
  }
}

/** The migrated database that every test database is a copy of. */
export const TEMPLATE = 'tollgate_template'

export type TestDatabase = {
  db: Database
  /** For the server's own login. */
  url: string
  ownerUrl: string
  superuserUrl: string
  close(): Promise<void>
}

/** A fresh, migrated database on the real Postgres that the test run started. */
export async function testDatabase(): Promise<TestDatabase> {
  const database = await newDatabase(TEMPLATE)
  const db = openDatabase({
    url: database.url,
    tenantRole: 'tollgate_api',
    connectionsMax: 20,
    log: createLog('error'),
  })
  return {
    ...database,
    db,
    close: async () => {
      await db.close()
      await database.close()
    },
  }
}

/** A database there without a schema, as a first `migrate up` finds it. */
export function emptyDatabase(): Promise<Omit<TestDatabase, 'db'>> {
  return newDatabase('template1')
}

async function newDatabase(template: string): Promise<Omit<TestDatabase, 'db'>> {
  const postgres = inject('postgres')
  const name = `test_${randomBytes(8).toString('hex')}`
  await asSuperuser(`create database ${name} template ${template} owner tollgate_owner`)
  const superuserUrl = withDatabase(postgres.superuserUrl, name)
  return {
    url: withDatabase(postgres.appUrl, name),
    ownerUrl: withDatabase(postgres.ownerUrl, name),
    superuserUrl,
    close: async () => {
      await listCalls(superuserUrl, inject('callsList'))
      await asSuperuser(`drop database ${name} with (force)`)
    },
  }
}

async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgres').superuserUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

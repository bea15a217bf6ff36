import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Database } from '../src/lib/db.ts'
import { openDatabase } from '../src/lib/db.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { ownerUrl: string; appUrl: string; superuserUrl: string }
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
  const postgres = inject('postgres')
  const name = `test_${randomBytes(8).toString('hex')}`
  await asSuperuser(`create database ${name} template ${TEMPLATE} owner tollgate_owner`)
  const url = withDatabase(postgres.appUrl, name)
  const db = openDatabase({ url, tenantRole: 'tollgate_api', connectionsMax: 20 })
  return {
    db,
    url,
    ownerUrl: withDatabase(postgres.ownerUrl, name),
    superuserUrl: withDatabase(postgres.superuserUrl, name),
    close: async () => {
      await db.close()
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

import { appendFile, readFile } from 'node:fs/promises'
import pg from 'pg'

const LEAVING_MS_MAX = 2_000

/** Makes Postgres count the calls of every function, in all databases and from the next connection on. */
export async function countCalls(client: pg.ClientBase): Promise<void> {
  await client.query(`alter role all set track_functions = 'all'`)
}

/** Adds the functions of our schema that were called in a database to the list, before the database is dropped. */
export async function listCalls(superuserUrl: string, list: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    await othersLeft(client)
    const { rows } = await client.query<{ name: string }>(
      `select funcname as name from pg_stat_user_functions where schemaname = 'tollgate' and calls > 0`,
    )
    await appendFile(list, rows.map((row) => `${row.name}\n`).join(''))
  } finally {
    await client.end()
  }
}

/** Every backend adds its counts to the others' as it ends, which is a moment after its client has gone. */
async function othersLeft(client: pg.Client): Promise<void> {
  const giveUpAt = performance.now() + LEAVING_MS_MAX
  while (performance.now() < giveUpAt) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and backend_type = 'client backend'`,
    )
    if (rowCount === 0) return
  }
}

/** The functions of our schema that no database of the run called. */
export async function neverCalled(superuserUrl: string, list: string): Promise<string[]> {
  const called = new Set((await readFile(list, 'utf8')).split('\n'))
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'tollgate'::regnamespace order by proname`,
    )
    return rows.map((row) => row.name).filter((name) => !called.has(name))
  } finally {
    await client.end()
  }
}

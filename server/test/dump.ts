import pg from 'pg'

/** Bookkeeping that a repeated delivery may touch: when something was seen, how often a queue ran. */
const LEFT_OUT = new Set(['business_clock', 'migrations', 'usage_keys'])

/**
 * Every row of every table, as the superuser sees them: two dumps are equal where nothing changed.
 * `synced_sequence` counts fetches and says nothing about an account.
 */
export async function dumpDatabase(superuserUrl: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(`
      select c.relname as name from pg_class c
      where c.relnamespace = 'tollgate'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      order by c.relname`)
    const dump: Record<string, string[]> = {}
    for (const { name } of tables) {
      if (LEFT_OUT.has(name)) continue
      const { rows } = await client.query<{ row: string }>(`
        select (to_jsonb(t) - 'synced_sequence' - 'remote')::text as row from tollgate.${name} t order by 1`)
      dump[name] = rows.map(({ row }) => row)
    }
    return dump
  } finally {
    await client.end()
  }
}

import type pg from 'pg'

type Column = { name: string; type: string; isNeeded: boolean; isArray: boolean }
type ForeignKey = { columns: string[]; parent: string; parentColumns: string[] }
type Row = Record<string, unknown>

const BASE_MS = Date.UTC(2030, 0, 1)
const HOUR_MS = 3_600_000

/**
 * Fills tables with one row each for an account, knowing nothing of them but what the catalog tables say: types,
 * checks and foreign keys. Parents come first. What it cannot guess makes the insert fail, with the table's name.
 */
export async function sampleRows(client: pg.ClientBase, account: string, tables: string[]): Promise<void> {
  const made = new Map<string, Row>()
  for (const table of tables) await sampleRow(client, { table, account, made })
}

type Making = { table: string; account: string; made: Map<string, Row> }

async function sampleRow(client: pg.ClientBase, { table, account, made }: Making): Promise<Row> {
  const there = made.get(table)
  if (there !== undefined) return there
  const values: Row = {}
  for (const { columns, parent, parentColumns } of await foreignKeys(client, table)) {
    const row = await sampleRow(client, { table: parent, account, made })
    columns.forEach((column, index) => {
      values[column] = row[parentColumns[index] ?? '']
    })
  }
  const statement = await insertFor(client, { table, account, values })
  try {
    const { rows } = await client.query<Row>(`${statement.text} returning *`, statement.values)
    const row = rows[0] ?? {}
    made.set(table, row)
    return row
  } catch (cause) {
    throw new Error(`No sample row for ${table}: teach sample-rows.ts (${(cause as Error).message})`, {
      cause,
    })
  }
}

/** An insert of a plausible row: every column that has no default, the given values as they are. */
export async function insertFor(
  client: pg.ClientBase,
  { table, account, values = {} }: { table: string; account: string; values?: Row },
): Promise<{ text: string; values: unknown[] }> {
  const checks = await checksOf(client, table)
  const columns = (await columnsOf(client, table)).filter(
    (column) => column.isNeeded || column.name in values,
  )
  const filled = columns.map((column, index) => {
    if (column.name === 'account_id') return account
    return values[column.name] ?? valueFor(column, { checks, hint: `${account} ${table}`, index })
  })
  return {
    text: `insert into ${table} (${columns.map((column) => `"${column.name}"`).join(', ')})
      values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
    values: filled,
  }
}

function valueFor(
  column: Column,
  { checks, hint, index }: { checks: string[]; hint: string; index: number },
): unknown {
  if (column.isArray) return []
  for (const check of checks) {
    const oneOf = new RegExp(`\\("?${column.name}"? = ANY \\(ARRAY\\['([^']+)'`).exec(check)
    if (oneOf !== null) return oneOf[1]
    if (check.includes(`${column.name} ~ '^[a-z]{3}$'`)) return 'usd'
  }
  switch (column.type) {
    case 'text':
      return `${hint} ${column.name}`
    case 'json':
    case 'jsonb':
      return '{}'
    case 'boolean':
      return true
    case 'timestamp with time zone':
      // Later columns are later instants: a period ends after it starts.
      return new Date(BASE_MS + index * HOUR_MS)
    default:
      return 0
  }
}

async function columnsOf(client: pg.ClientBase, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attname as name, format_type(atttypid, null) as type, attndims > 0 as "isArray",
       not atthasdef and attidentity = '' as "isNeeded"
     from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  )
  return rows
}

async function checksOf(client: pg.ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype = 'c'`,
    [table],
  )
  return rows.map((row) => row.definition)
}

async function foreignKeys(client: pg.ClientBase, table: string): Promise<ForeignKey[]> {
  const names = (numbers: string, relation: string) => `(
    select array_agg(a.attname::text order by n.place)
    from unnest(${numbers}) with ordinality as n (number, place)
    join pg_attribute a on a.attrelid = ${relation} and a.attnum = n.number)`
  const { rows } = await client.query<ForeignKey>(
    `select ${names('k.conkey', 'k.conrelid')} as columns, k.confrelid::regclass::text as parent,
       ${names('k.confkey', 'k.confrelid')} as "parentColumns"
     from pg_constraint k where k.conrelid = $1::regclass and k.contype = 'f' order by k.conname`,
    [table],
  )
  return rows
}

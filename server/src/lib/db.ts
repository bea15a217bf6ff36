import pg from 'pg'
import type { Log } from './log.ts'

pg.types.setTypeParser(pg.types.builtins.INT8, (text) => BigInt(text))

/** One SQL statement with its parameters, made by the `sql` tag. */
export type Statement = { text: string; values: unknown[] }

/** Writes SQL as SQL: every `${value}` becomes a parameter, and a statement inside a statement is joined in. */
export function sql(parts: TemplateStringsArray, ...values: unknown[]): Statement {
  const statement: Statement = { text: parts[0] ?? '', values: [] }
  values.forEach((value, index) => {
    if (isStatement(value)) {
      const shift = statement.values.length
      statement.text += value.text.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + shift}`)
      statement.values.push(...value.values)
    } else {
      statement.values.push(value)
      statement.text += `$${statement.values.length}`
    }
    statement.text += parts[index + 1] ?? ''
  })
  return statement
}

function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && 'text' in value && 'values' in value
}

/** A transaction (or one autocommitted connection) that statements run in. */
export type Tx = {
  rows<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]>
  /** Exactly one row, or it is a bug. */
  one<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row>
  maybe<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row | undefined>
  /** Runs it and answers how many rows it touched. */
  run(statement: Statement): Promise<number>
}

/** The database as verbs see it: each piece of work is one transaction, committed at its end. */
export type Database = {
  /** Work for one account: row-level security shows it nothing else. */
  tenant<T>(accountId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Work that is not one account's: receiving webhooks, sweeps, operators, looking up who calls. */
  system<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** The same database, in the name of somebody: who stands in the audit entries of what it changes. */
  as(actor: string): Database
  close(): Promise<void>
}

const SERIALIZATION_FAILURES = new Set(['40001', '40P01'])
const ATTEMPTS_MAX = 4

/**
 * Opens the pools: `tenantRole` for one account's work, `tollgate_worker` for what spans accounts.
 * The login of `url` must be a member of both roles and neither owner nor superuser (checked in `guard-roles.ts`).
 */
export function openDatabase(options: {
  url: string
  tenantRole: 'tollgate_api' | 'tollgate_worker'
  connectionsMax: number
  log: Log
}): Database {
  const pool = (role: string) =>
    new pg.Pool({
      connectionString: options.url,
      max: options.connectionsMax,
      options: `-c role=${role} -c search_path=tollgate -c timezone=UTC`,
      application_name: role,
    })
  const tenantPool = pool(options.tenantRole)
  const systemPool = pool('tollgate_worker')
  for (const each of [tenantPool, systemPool]) {
    each.on('error', (error) =>
      options.log.warn({ err: error }, 'an idle database connection broke and is replaced'),
    )
  }
  const close = async () => {
    await Promise.all([tenantPool.end(), systemPool.end()])
  }
  const actingAs = (actor: string): Database => ({
    tenant: (accountId, work) =>
      transaction(tenantPool, async (tx) => {
        await tx.run(sql`
          select set_config('app.account', ${accountId}, true), set_config('app.actor', ${actor}, true)`)
        return work(tx)
      }),
    system: (work) =>
      transaction(systemPool, async (tx) => {
        await tx.run(sql`select set_config('app.actor', ${actor}, true)`)
        return work(tx)
      }),
    as: actingAs,
    close,
  })
  return actingAs('tollgate')
}

async function transaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await work(statementsOn(client))
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((cause: Error) => {
        broken = cause
      })
      // A deadlock or serialization failure left nothing behind, so the same work may simply run again.
      if (attempt < ATTEMPTS_MAX && SERIALIZATION_FAILURES.has((error as { code?: string }).code ?? ''))
        continue
      throw error
    } finally {
      client.release(broken)
    }
  }
}

export function statementsOn(client: pg.ClientBase): Tx {
  const rows = async <Row extends pg.QueryResultRow>(statement: Statement) =>
    (await client.query<Row>(statement.text, statement.values)).rows
  return {
    rows,
    one: async (statement) => {
      const found = await rows(statement)
      if (found.length !== 1) throw new Error(`expected one row, got ${found.length}: ${statement.text}`)
      return found[0] as never
    },
    maybe: async (statement) => {
      const found = await rows(statement)
      if (found.length > 1)
        throw new Error(`expected at most one row, got ${found.length}: ${statement.text}`)
      return found[0] as never
    },
    run: async (statement) => (await client.query(statement.text, statement.values)).rowCount ?? 0,
  }
}

import { CannotStart, readSettings } from '../config.ts'
import { explainDatabase } from '../lib/explain-database.ts'
import { readConnection } from '../local/connection-file.ts'
import { startEmbeddedPostgres } from '../local/embedded-postgres.ts'
import { lockFolder } from '../local/lock-folder.ts'
import { migrateDown, migrateStatus, migrateUp } from '../migrate.ts'
import { parseCommandLine } from './command-line.ts'

const USAGE = `tollgate migrate [up|down|status] [--steps N] [--json]

up (the default) brings the database to the newest schema, down takes back the newest N migrations (1 unless told),
status shows which it has and which it lacks. DATABASE_URL names the database's owner here, not the server's role;
without it the embedded Postgres is meant.`

/** PostgreSQL's code for it. */
const INSUFFICIENT_PRIVILEGE = '42501'

const options = {
  steps: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
} as const

/** Migrates the database by hand: one that is the user's own, or the embedded one. */
export async function migrate(args: string[]): Promise<number> {
  const parsed = parseCommandLine(args, { usage: USAGE, options, positionalsMax: 1 })
  if (!parsed) return 0
  const { values, positionals } = parsed
  const work = workFor(positionals[0] ?? 'up', values.steps)
  const result = await withOwnerUrl(work)
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : inWords(result))
  return 0
}

function workFor(what: string, steps: string): (ownerUrl: string) => Promise<Record<string, string[]>> {
  if (what === 'up') return migrateUp
  if (what === 'status') return migrateStatus
  if (what !== 'down') throw new CannotStart(`There is no "migrate ${what}".\n\n${USAGE}`)
  if (!/^[1-9]\d{0,3}$/.test(steps)) throw new CannotStart(`--steps: is "${steps}"; allowed is 1 or more`)
  return (ownerUrl) => migrateDown(ownerUrl, Number(steps))
}

async function withOwnerUrl<T>(work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const { databaseUrl, dataDir } = readSettings()
  if (databaseUrl) return withOwnDatabase(databaseUrl, work)
  const release = await lockFolder(dataDir, 0)
  if (!release) return work(ownerOfRunning(dataDir))
  const postgres = await startEmbeddedPostgres({ dataDir })
  try {
    return await work(postgres.ownerUrl)
  } finally {
    await postgres.stop()
    release()
  }
}

async function withOwnDatabase<T>(url: string, work: (ownerUrl: string) => Promise<T>): Promise<T> {
  try {
    return await work(url)
  } catch (error) {
    const explained =
      (error as { code?: string }).code === INSUFFICIENT_PRIVILEGE
        ? `DATABASE_URL: ${new URL(url).username} may not change the schema (${(error as Error).message}): migrate with the address of the database's owner`
        : await explainDatabase(url, error)
    throw explained === undefined ? error : new CannotStart(explained)
  }
}

/** The embedded Postgres trusts whoever can reach its socket, so another role is another name in the same address. */
function ownerOfRunning(dataDir: string): string {
  const connection = readConnection(dataDir)
  if (!connection) throw new CannotStart(`Tollgate is just starting on ${dataDir}; try again in a moment`, 1)
  const url = new URL(connection.databaseUrl)
  url.username = 'tollgate_owner'
  return url.href
}

function inWords(result: Record<string, string[]>): string {
  return Object.entries(result)
    .map(([what, names]) => `${what}: ${names.length > 0 ? names.join(', ') : 'none'}\n`)
    .join('')
}

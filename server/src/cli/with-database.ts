import { CannotStart, readSettings } from '../config.ts'
import type { Database } from '../lib/db.ts'
import { openDatabase } from '../lib/db.ts'
import { explainDatabase } from '../lib/explain-database.ts'
import { createLog } from '../lib/log.ts'
import { readConnection } from '../local/connection-file.ts'

const CONNECTIONS_MAX = 2

/** Runs a command on the installation's database: DATABASE_URL's, or that of a "tollgate start" that runs here. */
export async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const { databaseUrl, dataDir } = readSettings()
  const url = databaseUrl ?? readConnection(dataDir)?.databaseUrl
  if (url === undefined) {
    throw new CannotStart(
      'DATABASE_URL: is missing; set it, or run "tollgate start" on the same TOLLGATE_DATA first',
    )
  }
  const db = openDatabase({
    url,
    tenantRole: 'tollgate_worker',
    connectionsMax: CONNECTIONS_MAX,
    log: createLog('warn'),
  }).as('command line')
  try {
    return await work(db)
  } catch (error) {
    const explained = await explainDatabase(url, error)
    throw explained === undefined ? error : new CannotStart(explained)
  } finally {
    await db.close()
  }
}

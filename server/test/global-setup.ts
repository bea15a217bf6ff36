import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { buildPages } from '../src/local/build-pages.ts'
import { startEmbeddedPostgres } from '../src/local/embedded-postgres.ts'
import { migrateUp } from '../src/migrate.ts'
import { countCalls, neverCalled } from './called-functions.ts'
import { TEMPLATE, withDatabase } from './database.ts'

/** One real Postgres for all tests, a migrated database in it that each test file copies, and the pages, built. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-test-'))
  const [postgres] = await Promise.all([startEmbeddedPostgres({ dataDir }), buildPages()])
  const client = new pg.Client({ connectionString: postgres.superuserUrl })
  await client.connect()
  await client.query(`create database ${TEMPLATE} owner tollgate_owner`)
  await countCalls(client)
  await client.end()
  await migrateUp(withDatabase(postgres.ownerUrl, TEMPLATE))
  project.provide('postgres', {
    ownerUrl: postgres.ownerUrl,
    appUrl: postgres.appUrl,
    superuserUrl: postgres.superuserUrl,
  })
  const callsList = join(dataDir, 'called-functions')
  await writeFile(callsList, '')
  project.provide('callsList', callsList)
  const isWholeRun = project.vitest.config.coverage.enabled
  return async () => {
    const uncalled = isWholeRun
      ? await neverCalled(withDatabase(postgres.superuserUrl, TEMPLATE), callsList)
      : []
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
    if (uncalled.length > 0)
      throw new Error(`No test calls these SQL functions; test or drop them: ${uncalled.join(', ')}`)
  }
}

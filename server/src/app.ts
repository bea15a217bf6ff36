import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { joinSandbox } from './api/barrier.ts'
import { buildHttp } from './api/serve.ts'
import type { Config } from './config.ts'
import { CannotStart } from './config.ts'
import { keepKey } from './domain/accounts/keep-key.ts'
import { applyCatalog } from './domain/catalog/apply.ts'
import { CatalogError, loadCatalog } from './domain/catalog/load.ts'
import { catchUp } from './inbox/catch-up.ts'
import { freeLostJobs } from './jobs/lost-jobs.ts'
import { startWorker } from './jobs/worker.ts'
import type { Database } from './lib/db.ts'
import { openDatabase } from './lib/db.ts'
import { explainDatabase } from './lib/explain-database.ts'
import { problemWithLogin } from './lib/guard-roles.ts'
import type { Log } from './lib/log.ts'
import { createLog } from './lib/log.ts'
import { pendingMigrations } from './migrate.ts'
import { twilioSignature } from './providers/twilio/signature.ts'
import { sweep } from './schedule.ts'
import { stripeWebhooks } from './webhooks/stripe.ts'
import { twilioWebhooks } from './webhooks/twilio.ts'
import type { Wired } from './wire.ts'
import { wire } from './wire.ts'

export type Server = { url: string; close(): Promise<void> }

export type Role = 'all' | 'api' | 'worker'

const CONNECTIONS_MAX = 20
const SWEEP_MS = 5_000
const CATCH_UP_MS = 300_000

/**
 * Starts one process of Tollgate and resolves when it serves. `localKeys` are the API keys that the local start
 * wrote to a file, to be known by their hashes.
 *
 * @throws {CannotStart} where the database's login, its schema or the catalog is not as it has to be
 */
export async function startServer(options: {
  config: Config
  databaseUrl: string
  role: Role
  localKeys?: { apiKey: string; adminKey: string }
}): Promise<Server> {
  const { config, databaseUrl, role } = options
  const log = createLog(config.logLevel)
  const db = openDatabase({
    url: databaseUrl,
    tenantRole: 'tollgate_api',
    connectionsMax: CONNECTIONS_MAX,
    log,
  })
  const closing: (() => void | Promise<void>)[] = [() => db.close()]
  let isReady = false
  try {
    await checkDatabase(db, databaseUrl)
    if (options.localKeys !== undefined) await keepLocalKeys(db, options.localKeys)
    const wired = wire({ config, db, log })
    closing.unshift(wired.close)
    const app = await buildHttp({
      config,
      db,
      log,
      parts: wired.parts,
      webhooks: webhooksOf({ config, db, wired }),
      hasPages: role !== 'worker',
      isReady: () => isReady,
    })
    closing.unshift(() => app.close())
    // The sandbox's clock opens to this machine alone what real providers must reach from outside.
    await app.listen({ host: config.sandboxUrl === null ? '0.0.0.0' : '127.0.0.1', port: config.port })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    // Listening already, since what is made at Stripe now is told to us by webhooks.
    await applyFrom(config, { db, stripe: wired.parts.stripe })
    if (config.sandboxUrl !== null) await joinSandbox({ db }, { sandboxUrl: config.sandboxUrl, ownUrl: url })
    if (role !== 'api') closing.unshift(await startWorking({ databaseUrl, db, log, wired }))
    isReady = true
    return { url, close: () => inTurn(closing) }
  } catch (error) {
    await inTurn(closing)
    throw error
  }
}

/** Each provider's in a scope of its own, since each has its own kind of body. */
function webhooksOf({ config, db, wired }: { config: Config; db: Database; wired: Wired }) {
  const { twilio, publicUrl } = config
  // Without a Twilio account nobody can have signed for it.
  const verifyTwilio = twilio === null ? async () => false : twilioSignature(twilio.authToken)
  return async (scope: FastifyInstance): Promise<void> => {
    await scope.register((app) => stripeWebhooks(app, { db, verify: wired.verifyStripe }))
    await scope.register((app) => twilioWebhooks(app, { db, publicUrl, verify: verifyTwilio }))
  }
}

async function inTurn(steps: (() => void | Promise<void>)[]): Promise<void> {
  for (const step of steps) await step()
}

async function checkDatabase(db: Database, url: string): Promise<void> {
  const problem = await db.system(problemWithLogin).catch(async (error: unknown) => {
    const explained = await explainDatabase(url, error)
    if (explained === undefined) throw error
    return explained
  })
  if (problem !== undefined) throw new CannotStart(problem)
  const pending = await db.system(pendingMigrations)
  if (pending.length > 0) {
    throw new CannotStart(
      `DATABASE_URL: the database lacks ${pending.join(', ')}: run "tollgate migrate up" with the address of its owner`,
    )
  }
}

async function keepLocalKeys(db: Database, keys: { apiKey: string; adminKey: string }): Promise<void> {
  await keepKey({ db }, { name: 'local', scopes: ['usage', 'billing'], key: keys.apiKey })
  await keepKey({ db }, { name: 'local admin', scopes: ['usage', 'billing', 'admin'], key: keys.adminKey })
}

async function applyFrom(config: Config, deps: Parameters<typeof applyCatalog>[0]): Promise<void> {
  try {
    await applyCatalog(deps, await loadCatalog(config.catalogPath))
  } catch (error) {
    if (error instanceof CatalogError) throw new CannotStart(`TOLLGATE_CATALOG: ${error.message}`)
    throw error
  }
}

/** The worker's side: jobs, and what has to be looked for again and again. Answers how to stop it. */
async function startWorking(working: {
  databaseUrl: string
  db: Database
  log: Log
  wired: Wired
}): Promise<() => Promise<void>> {
  const { databaseUrl: url, db, log, wired } = working
  const { stripe } = wired.parts
  const { handleInbox, verbs } = wired
  const worker = await startWorker({ url, db, log, handleInbox, verbs })
  const rounds = [
    { what: 'sweeping what is due', everyMs: SWEEP_MS, work: () => sweep(db) },
    { what: 'freeing the jobs of workers that are gone', everyMs: SWEEP_MS, work: () => freeLostJobs(db) },
    { what: 'looking for missed webhooks', everyMs: CATCH_UP_MS, work: () => catchUp({ db, stripe }) },
  ]
  for (const { work } of rounds) await work()
  // Every worker looks; what several find at once is done once.
  const timers = rounds.map(({ what, everyMs, work }) =>
    setInterval(() => {
      work().catch((error: unknown) => log.error({ err: error }, `${what} failed and is tried again`))
    }, everyMs),
  )
  return async () => {
    for (const timer of timers) clearInterval(timer)
    await worker.stop()
  }
}

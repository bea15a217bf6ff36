import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import Fastify, { LogController } from 'fastify'
import { identifier } from './api/access.ts'
import { joinSandbox, serveBarrier } from './api/barrier.ts'
import { answerFailure } from './api/failure.ts'
import { keepKey } from './api/keys.ts'
import { serveMetrics } from './api/metrics.ts'
import { serveOpenApi } from './api/openapi.ts'
import { operations } from './api/operations/all.ts'
import { servePages } from './api/pages.ts'
import { keepAnswers, serveRest } from './api/rest.ts'
import type { Config } from './config.ts'
import { CannotStart } from './config.ts'
import { applyCatalog } from './domain/catalog/apply.ts'
import { CatalogError, loadCatalog } from './domain/catalog/load.ts'
import { Refusal } from './errors.ts'
import { catchUp } from './inbox/catch-up.ts'
import { freeLostJobs } from './jobs/lost-jobs.ts'
import type { Worker } from './jobs/worker.ts'
import { startWorker } from './jobs/worker.ts'
import type { Database } from './lib/db.ts'
import { openDatabase } from './lib/db.ts'
import { problemWithLogin } from './lib/guard-roles.ts'
import type { Log } from './lib/log.ts'
import { createLog } from './lib/log.ts'
import { sweep } from './schedule.ts'
import { stripeWebhooks } from './webhooks/stripe.ts'
import { wire } from './wire.ts'

export type Server = { url: string; close(): Promise<void> }

const BODY_BYTES_MAX = 1_048_576
const CONNECTIONS_MAX = 20
const SWEEP_MS = 5_000
const CATCH_UP_MS = 300_000
/** Per caller (key, token, or address) and minute: far above any honest use, below what hurts. */
const REQUESTS_MAX = 60_000

/**
 * Starts one process of Tollgate and resolves when it serves. `localKeys` are the API keys that the local start
 * wrote to a file, to be known by their hashes.
 */
export async function startServer(options: {
  config: Config
  databaseUrl: string
  role: 'all' | 'api' | 'worker'
  localKeys?: { apiKey: string; adminKey: string }
}): Promise<Server> {
  const { config, databaseUrl, role } = options
  const log = createLog(config.logLevel)
  const db = openDatabase({ url: databaseUrl, tenantRole: 'tollgate_api', connectionsMax: CONNECTIONS_MAX })
  const closing: (() => void | Promise<void>)[] = [() => db.close()]
  try {
    const problem = await db.system(problemWithLogin)
    if (problem !== undefined) throw new CannotStart(problem)
    if (options.localKeys !== undefined) await keepLocalKeys(db, options.localKeys)
    const wired = wire({ config, db, log })
    closing.unshift(wired.close)
    await applyFrom(config, { db, stripe: wired.parts.stripe })

    const app = await buildApp({ config, db, log, wired, hasPages: role !== 'worker' })
    closing.unshift(() => app.close())
    await app.listen({ host: '127.0.0.1', port: config.port })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    if (role !== 'api') {
      const worker = await startWorker({
        url: databaseUrl,
        db,
        log,
        handleInbox: wired.handleInbox,
        verbs: wired.verbs,
      })
      const { stripe } = wired.parts
      const timers = [
        keepDoing(SWEEP_MS, log, 'the sweep', () => sweep(db)),
        keepDoing(SWEEP_MS, log, 'freeing the jobs of workers that are gone', () => freeLostJobs(db)),
        keepDoing(CATCH_UP_MS, log, 'looking for missed webhooks', () => catchUp({ db, stripe })),
      ]
      closing.unshift(() => stopWorking(worker, timers))
      await freeLostJobs(db)
      await catchUp({ db, stripe })
    }
    if (config.sandboxUrl !== null) await joinSandbox({ db }, { sandboxUrl: config.sandboxUrl, ownUrl: url })
    return { url, close: () => inTurn(closing) }
  } catch (error) {
    await inTurn(closing)
    throw error
  }
}

async function inTurn(steps: (() => void | Promise<void>)[]): Promise<void> {
  for (const step of steps) await step()
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

type Wired = ReturnType<typeof wire>

async function buildApp(options: {
  config: Config
  db: Database
  log: ReturnType<typeof createLog>
  wired: Wired
  hasPages: boolean
}): Promise<FastifyInstance> {
  const { config, db, wired } = options
  const app = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: true,
    forceCloseConnections: 'idle',
    genReqId: () => `req_${crypto.randomUUID()}`,
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(answerFailure)
  app.setNotFoundHandler((request, reply) =>
    answerFailure(new Refusal('not_found', { path: request.url.split('?')[0] }), request, reply),
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id)
  })
  await app.register(fastifyHelmet, helmetOptions(config))
  await app.register(fastifyCookie)
  await app.register(fastifyRateLimit, {
    max: REQUESTS_MAX,
    timeWindow: 60_000,
    enableDraftSpec: true,
    keyGenerator: (request) => request.headers.authorization ?? request.ip,
    errorResponseBuilder: (_request, context) =>
      new Refusal('rate_limited', { seconds: Math.ceil(context.ttl / 1000) }),
  })
  serveHealth(app, db)
  serveMetrics(app, db)
  if (config.sandboxUrl !== null) serveBarrier(app, { db })
  await app.register(stripeWebhooks, { db, verify: wired.verifyStripe })
  if (options.hasPages) {
    const identify = identifier({ db, jwt: config.jwt })
    keepAnswers(app, wired.parts)
    serveRest(app, wired.parts, { operations, identify })
    serveOpenApi(app, operations)
    await servePages(app, { parts: wired.parts, config, identify })
  }
  return app
}

function serveHealth(app: FastifyInstance, db: Database): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async () => {
    try {
      await db.system(async () => undefined)
    } catch {
      throw new Refusal('not_ready')
    }
    return { status: 'ready' }
  })
}

/** Built pages bring their own scripts and nothing from elsewhere; Checkout is a redirect. */
function helmetOptions(config: Config) {
  const isSecure = config.publicUrl.startsWith('https:')
  return {
    hsts: isSecure ? { maxAge: 31_536_000 } : false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  }
}

/** Every worker looks again and again; what several find at once is done once. */
function keepDoing(everyMs: number, log: Log, what: string, work: () => Promise<unknown>): NodeJS.Timeout {
  return setInterval(() => {
    work().catch((error: unknown) => log.error({ err: error }, `${what} failed and is tried again`))
  }, everyMs)
}

async function stopWorking(worker: Worker, timers: NodeJS.Timeout[]): Promise<void> {
  for (const timer of timers) clearInterval(timer)
  await worker.stop()
}

import fastifyCookie from '@fastify/cookie'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import Fastify, { LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { Refusal } from '../errors.ts'
import type { Database } from '../lib/db.ts'
import { identifier } from './access.ts'
import { BARRIER_PATH, serveBarrier } from './barrier.ts'
import { answerFailure } from './failure.ts'
import { serveMetrics } from './metrics.ts'
import { serveOpenApi } from './openapi.ts'
import { operations } from './operations/all.ts'
import { servePages } from './pages.ts'
import type { Parts } from './parts.ts'
import { keepAnswers, serveRest } from './rest.ts'

const BODY_BYTES_MAX = 1_048_576
/** Per caller (key, token, or address) and minute: far above any honest use, below what hurts. */
const REQUESTS_MAX = 60_000

/** What is answered while the process starts: the rest waits until the catalog is applied. */
const ALWAYS_SERVED = ['/healthz', '/readyz', '/metrics', '/api/webhooks/', '/stripe/webhook', BARRIER_PATH]

export type Serving = {
  config: Config
  db: Database
  log: Logger
  parts: Parts
  /** The webhooks' own scope. */
  webhooks: (app: FastifyInstance) => Promise<void>
  /** A worker answers for its health alone. */
  hasPages: boolean
  isReady: () => boolean
}

/** The HTTP side of one process, ready to listen. */
export async function buildHttp(serving: Serving): Promise<FastifyInstance> {
  const { config, db, parts } = serving
  const app = Fastify({
    loggerInstance: serving.log as FastifyBaseLogger,
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
    const isServed = serving.isReady() || ALWAYS_SERVED.some((path) => request.url.startsWith(path))
    if (!isServed) throw new Refusal('not_ready')
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
  serveHealth(app, serving)
  serveMetrics(app, db)
  if (config.sandboxUrl !== null) serveBarrier(app, { db })
  await app.register(serving.webhooks)
  if (serving.hasPages) {
    const identify = identifier({ db, jwt: config.jwt })
    keepAnswers(app, parts)
    serveRest(app, parts, { operations, identify })
    serveOpenApi(app, operations)
    await servePages(app, { parts, config, identify })
  }
  return app
}

function serveHealth(app: FastifyInstance, { db, isReady }: Serving): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (request) => {
    if (!isReady()) throw new Refusal('not_ready')
    try {
      await db.system(async () => undefined)
    } catch (error) {
      request.log.error({ err: error }, 'not ready: the database does not answer')
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

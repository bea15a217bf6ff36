import { EventEmitter } from 'node:events'
import type { WorkerEvents } from 'graphile-worker'
import { Logger, run } from 'graphile-worker'
import pg from 'pg'
import type { Database } from '../lib/db.ts'
import type { Log } from '../lib/log.ts'
import type { Fact } from '../lib/queue.ts'
import { enqueueWork } from '../lib/queue.ts'
import { reactions } from '../reactions.ts'
import type { PoolLock } from './lost-jobs.ts'
import { holdPoolLock } from './lost-jobs.ts'

/** A verb as the queue runs it: at least once, so a second run must change nothing. */
export type Work = (payload: never) => Promise<void>

export type Worker = { stop(): Promise<void> }

const CONCURRENCY = 8
const POLL_MS = 1000

/** Runs jobs until it is stopped; a job that is running then is finished first. */
export async function startWorker(options: {
  url: string
  db: Database
  log: Log
  handleInbox: (object: { objectKey: string; isRetry: boolean }) => Promise<void>
  verbs: Record<string, Work>
}): Promise<Worker> {
  const { db, verbs } = options
  const pgPool = new pg.Pool({
    connectionString: options.url,
    max: CONCURRENCY + 2,
    options: '-c role=tollgate_worker',
    application_name: 'tollgate jobs',
  })
  // Without listeners a broken connection would end the process; the pool replaces it.
  const broken = (error: Error) =>
    options.log.warn({ err: error }, 'a database connection of the worker broke')
  pgPool.on('error', broken)
  pgPool.on('connect', (client) => client.on('error', broken))
  const events: WorkerEvents = new EventEmitter()
  const locks: PoolLock[] = []
  const { url, log } = options
  events.on('pool:create', ({ workerPool }) => locks.push(holdPoolLock({ url, poolId: workerPool.id, log })))
  const runner = await run({
    pgPool,
    events,
    concurrency: CONCURRENCY,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: new Logger(() => (level, message, fields) => {
      if (level === 'error') options.log.error({ ...fields }, message)
      if (level === 'warning') options.log.warn({ ...fields }, message)
    }),
    taskList: {
      inbox: (payload) => options.handleInbox(payload as { objectKey: string; isRetry: boolean }),
      fact: (payload) => spread(db, payload as Fact),
      work: async (payload) => {
        const { verb, payload: input } = payload as { verb: string; payload: unknown }
        const perform = verbs[verb]
        if (perform === undefined) throw new Error(`no such verb: ${verb}`)
        await perform(input as never)
      },
    },
  })
  await Promise.all(locks.map((lock) => lock.held))
  return {
    stop: async () => {
      await runner.stop()
      for (const lock of locks) await lock.release()
      await pgPool.end()
    },
  }
}

/** One job per reaction to a fact, all of them or none. */
async function spread(db: Database, fact: Fact): Promise<void> {
  await db.system(async (tx) => {
    for (const { when, follows } of reactions) {
      if (when !== fact.name) continue
      await enqueueWork(tx, {
        verb: follows,
        payload: fact,
        key: `${fact.name}:${fact.accountId}:${fact.key}`,
      })
    }
  })
}

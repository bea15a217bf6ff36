import type { Tx } from './db.ts'
import { sql } from './db.ts'

/** How a job that failed is tried again: graphile-worker waits exp(attempt) seconds of wall time, jittered by us. */
const ATTEMPTS_MAX = 25

/**
 * Puts a piece of work on the queue within the caller's own transaction: it runs if that commits, and only then.
 * A job of the same key that has not begun is replaced. `runAt` is wall time; business time has `due_at` columns.
 */
export async function enqueueWork(
  tx: Tx,
  work: { verb: string; payload: object; key: string; runAt?: Date },
): Promise<void> {
  const { verb, payload, key, runAt } = work
  await enqueue(tx, { task: 'work', payload: { verb, payload }, key: `${verb}:${key}`, runAt })
}

/**
 * Puts an object's unhandled webhooks on the queue: a job for each event, of which the first handles them all. They
 * have no key: where a keyed job is added just as the one before it begins, graphile-worker merges the two, and what
 * came after that one had looked would wait for ever.
 */
export async function enqueueInbox(tx: Tx, objectKey: string): Promise<void> {
  await enqueue(tx, { task: 'inbox', payload: { objectKey, isRetry: false }, key: null })
}

/** Has an object's webhooks tried again at `runAt`, wall time: one such job, however many of them failed. */
export async function enqueueInboxRetry(tx: Tx, objectKey: string, runAt: Date): Promise<void> {
  await enqueue(tx, {
    task: 'inbox',
    payload: { objectKey, isRetry: true },
    key: `inbox:${objectKey}`,
    runAt,
  })
}

/** What became true of an account. `key` tells one occurrence from another; what follows stands in reactions.ts. */
export type Fact = { name: string; accountId: string; key: string; payload: Record<string, unknown> }

/** Says that something became true, within the transaction that made it so. */
export async function enqueueFact(tx: Tx, fact: Fact): Promise<void> {
  await enqueue(tx, { task: 'fact', payload: fact, key: `${fact.name}:${fact.accountId}:${fact.key}` })
}

async function enqueue(
  tx: Tx,
  job: { task: 'inbox' | 'fact' | 'work'; payload: object; key: string | null; runAt?: Date | undefined },
): Promise<void> {
  await tx.run(sql`
    select enqueue_job(
      ${job.task}, ${JSON.stringify(job.payload)}, ${job.key}, ${job.runAt ?? null}, ${ATTEMPTS_MAX})`)
}

import { createHash } from 'node:crypto'
import { Refusal } from '../errors.ts'
import { wallNow } from '../lib/clock.ts'
import type { Database } from '../lib/db.ts'
import { sql } from '../lib/db.ts'

/** A request that has not answered by then was cut off, and its key may be tried again. */
const LOCK_SECONDS = 90

export type KeptAnswer = { status: number; answer: string }

type Call = { caller: string; key: string; requestHash: string }

/** What tells one request from another under the same key. */
export function requestHash(method: string, path: string, input: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, input]))
    .digest('hex')
}

/**
 * Takes an Idempotency-Key for one request. Answers the kept answer where the request was made before, undefined
 * where it is to be done now. Refuses a key that came with another request, or whose request is still running.
 */
export async function takeKey({ db }: { db: Database }, call: Call): Promise<KeptAnswer | undefined> {
  const lockedUntil = new Date(wallNow().getTime() + LOCK_SECONDS * 1000)
  return db.system(async (tx) => {
    const taken = await tx.run(sql`
      insert into idempotency_keys (caller, key, request_hash, locked_until)
      values (${call.caller}, ${call.key}, ${call.requestHash}, ${lockedUntil})
      on conflict (caller, key) do update set locked_until = excluded.locked_until
      where idempotency_keys.status is null and idempotency_keys.locked_until < now()
        and idempotency_keys.request_hash = excluded.request_hash`)
    if (taken === 1) return undefined
    const kept = await tx.one<{ request_hash: string; status: number | null; answer: string | null }>(sql`
      select request_hash, status, answer from idempotency_keys where caller = ${call.caller} and key = ${call.key}`)
    if (kept.request_hash !== call.requestHash) throw new Refusal('idempotency_key_reused')
    if (kept.status === null || kept.answer === null) throw new Refusal('idempotency_in_progress')
    return { status: kept.status, answer: kept.answer }
  })
}

/** Keeps a final answer for the next request of this key, or frees the key where the answer was not final. */
export async function settleKey({ db }: { db: Database }, call: Call, answered: KeptAnswer): Promise<void> {
  const { status, answer } = answered
  // What a card, a conflict, a full bucket or a bug said now may be different in a moment.
  const isFinal = status < 500 && status !== 402 && status !== 409 && status !== 429
  await db.system((tx) =>
    tx.run(
      isFinal
        ? sql`
            update idempotency_keys set status = ${status}, answer = ${answer}
            where caller = ${call.caller} and key = ${call.key}`
        : sql`
            delete from idempotency_keys
            where caller = ${call.caller} and key = ${call.key} and status is null`,
    ),
  )
}

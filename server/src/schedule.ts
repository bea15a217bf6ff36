import { draftsToSeal, nextSealDueAt } from './domain/invoices/reads.ts'
import { nextOrderDueAt, ordersDue } from './domain/numbers/reads.ts'
import { businessNow } from './lib/clock.ts'
import type { Database, Tx } from './lib/db.ts'
import { sql } from './lib/db.ts'
import { enqueueWork } from './lib/queue.ts'

type Sweep = {
  why: string
  verb: string
  /** What is due by then, as the verb's input, each under its key. */
  due(tx: Tx, by: Date, limit: number): Promise<{ key: string; payload: object }[]>
  /** When the next is due that is not due yet; null where nothing is planned. */
  next(tx: Tx): Promise<Date | null>
}

/**
 * What falls due in business time, each from a `due_at` in our own tables. A queue's own run_at is wall time and
 * cannot serve.
 */
const sweeps: readonly Sweep[] = [
  {
    why: 'a period is frozen and its overage put on the renewal draft shortly before Stripe finalises it',
    verb: 'overage.sealRenewal',
    due: async (tx, by, limit) =>
      (await draftsToSeal(tx, by, limit)).map((payload) => ({ key: payload.stripeInvoiceId, payload })),
    next: nextSealDueAt,
  },
  {
    why: 'a number that could not be bought is tried again',
    verb: 'numbers.provision',
    due: async (tx, by, limit) =>
      (await ordersDue(tx, by, limit)).map((payload) => ({ key: payload.orderId, payload })),
    next: nextOrderDueAt,
  },
]

const BATCH = 1000

/** Puts everything that is due now on the queue. Any number of processes may do it: a job has one key. */
export async function sweep(db: Database): Promise<void> {
  await db.system(async (tx) => {
    const now = await businessNow(tx)
    for (const { verb, due } of sweeps) {
      for (const work of await due(tx, now, BATCH)) await enqueueWork(tx, { verb, ...work })
    }
    await tx.run(sql`select ensure_usage_partitions()`)
  })
}

/** When something falls due next; null where nothing is planned. */
export async function nextDueAt(db: Database): Promise<Date | null> {
  return db.system(async (tx) => {
    const next: Date[] = []
    for (const each of sweeps) {
      const at = await each.next(tx)
      if (at !== null) next.push(at)
    }
    return next.sort((a, b) => a.getTime() - b.getTime())[0] ?? null
  })
}

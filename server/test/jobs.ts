import type { Database } from '../src/lib/db.ts'
import { sql } from '../src/lib/db.ts'

export type QueuedJob = { key: string; payload: Record<string, unknown> }

/** What stands on the queue, oldest first: facts and work as they were enqueued. */
export async function queuedJobs(db: Database, keyStart = ''): Promise<QueuedJob[]> {
  return db.system((tx) =>
    tx.rows<QueuedJob>(sql`
      select key, payload from graphile_worker._private_jobs
      where starts_with(key, ${keyStart}) order by id`),
  )
}

/** Takes jobs off the queue as if they had been done. */
export async function takeJobs(db: Database, keyStart: string): Promise<void> {
  await db.system((tx) =>
    tx.run(sql`delete from graphile_worker._private_jobs where starts_with(key, ${keyStart})`),
  )
}

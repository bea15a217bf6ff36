import pg from 'pg'
import type { Database } from '../lib/db.ts'
import { sql } from '../lib/db.ts'
import type { Log } from '../lib/log.ts'

const RETRY_MS = 500

export type PoolLock = { held: Promise<void>; release(): Promise<void> }

/**
 * A worker that is killed leaves its jobs locked for hours. So each worker pool holds an advisory lock in its pool's
 * name, which ends with its session however the process dies, and whoever finds that lock free frees the jobs.
 */
export function holdPoolLock(options: { url: string; poolId: string; log: Log }): PoolLock {
  const { url, poolId, log } = options
  let isOver = false
  let client: pg.Client | undefined
  const take = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, application_name: 'tollgate jobs lock' })
    // With its connection the lock is gone: it is taken again before anybody takes this pool for dead.
    next.on('error', (error) => {
      if (isOver) return
      log.warn({ err: error }, 'the worker lost its lock and takes it again')
      setTimeout(() => void hold(), RETRY_MS)
    })
    client = next
    await next.connect()
    await next.query('select pg_advisory_lock(hashtextextended($1, 0))', [poolId])
  }
  const hold = async (): Promise<void> => {
    if (isOver) return
    try {
      await take()
    } catch (error) {
      log.warn({ err: error }, 'the worker could not take its lock and tries again')
      setTimeout(() => void hold(), RETRY_MS)
    }
  }
  return {
    held: hold(),
    release: async () => {
      isOver = true
      await client?.end()
    },
  }
}

/** Frees the jobs of worker pools that are gone. A pool takes its lock within moments of its first job. */
export async function freeLostJobs(db: Database): Promise<void> {
  await db.system(async (tx) => {
    const pools = await tx.rows<{ pool_id: string }>(sql`
      select distinct locked_by as pool_id from graphile_worker.jobs
      where locked_at < now() - interval '2 seconds'`)
    for (const { pool_id } of pools) {
      const { is_gone } = await tx.one<{ is_gone: boolean }>(sql`
        select pg_try_advisory_xact_lock(hashtextextended(${pool_id}, 0)) as is_gone`)
      if (is_gone) await tx.run(sql`select graphile_worker.force_unlock_workers(array[${pool_id}::text])`)
    }
  })
}

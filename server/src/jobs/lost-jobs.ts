import pg from 'pg'
import type { Database } from '../lib/db.ts'
import { sql } from '../lib/db.ts'

/**
 * A worker that is killed leaves its jobs locked for hours. So each worker pool holds an advisory lock in its pool's
 * name, which ends with its session however the process dies, and whoever finds that lock free frees the jobs.
 */
export async function holdPoolLock(url: string, poolId: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, application_name: 'tollgate jobs lock' })
  await client.connect()
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [poolId])
  return () => client.end()
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

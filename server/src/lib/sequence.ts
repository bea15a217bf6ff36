import type { Database } from './db.ts'
import { sql } from './db.ts'

/**
 * The place of a fetch among all fetches, taken before the request: of two answers the one whose request began
 * later is the newer truth, whatever their timestamps say.
 */
export async function nextSequence(db: Database): Promise<bigint> {
  return db.system(async (tx) => {
    const { sequence } = await tx.one<{ sequence: bigint }>(sql`select nextval('sync_sequence') as sequence`)
    return sequence
  })
}

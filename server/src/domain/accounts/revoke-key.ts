import { wallNow } from '../../lib/clock.ts'
import type { Database } from '../../lib/db.ts'
import { markRevoked } from './writes.ts'

/** Ends an API key at once; answers whether there was one. */
export async function revokeKey({ db }: { db: Database }, keyId: string): Promise<boolean> {
  return db.system((tx) => markRevoked(tx, keyId, wallNow()))
}

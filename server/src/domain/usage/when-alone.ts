import type { Database, Tx } from '../../lib/db.ts'
import { lockAccount } from '../accounts/reads.ts'

/** Thrown to take back a transaction that found no open counter where it needs one. */
export class NeedsAccountLock extends Error {}

/**
 * Runs `work` without the account's lock, as nearly all use can be recorded; where a period has to be opened or has
 * just been moved, once more under the lock, when nobody else opens, moves or freezes one.
 */
export async function aloneIfNeeded<T>(
  db: Database,
  accountId: string,
  work: (tx: Tx, isAlone: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await db.tenant(accountId, (tx) => work(tx, false))
  } catch (error) {
    if (!(error instanceof NeedsAccountLock)) throw error
    return db.tenant(accountId, async (tx) => {
      await lockAccount(tx, accountId)
      return work(tx, true)
    })
  }
}

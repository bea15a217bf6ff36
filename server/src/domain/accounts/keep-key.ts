import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import type { Scope } from './key.ts'
import { insertKey } from './writes.ts'

/** Keeps a key that was made elsewhere: the local start writes its own to a file. Twice is once. */
export async function keepKey(
  { db }: { db: Database },
  input: { name: string; scopes: Scope[]; key: string },
): Promise<void> {
  await db.system((tx) => insertKey(tx, { ...input, keyId: newId('key') }))
}

import type { Database } from '../../lib/db.ts'
import { newId, randomText } from '../../lib/ids.ts'
import type { Scope } from './key.ts'
import { insertKey } from './writes.ts'

/** Makes an API key. It is shown this once; only its hash is kept. */
export async function createKey(
  { db }: { db: Database },
  input: { name: string; scopes: Scope[] },
): Promise<{ keyId: string; key: string }> {
  const key = `tg_${randomText(32)}`
  const keyId = newId('key')
  await db.system((tx) => insertKey(tx, { ...input, keyId, key }))
  return { keyId, key }
}

import { createHash } from 'node:crypto'
import type { Database, Tx } from '../lib/db.ts'
import { sql } from '../lib/db.ts'
import { newId, randomText } from '../lib/ids.ts'

/** What a key may be used for: `admin` is an operator's, over all accounts. */
export type Scope = 'usage' | 'billing' | 'admin'

export const SCOPES: readonly Scope[] = ['usage', 'billing', 'admin']

const PREFIX_LENGTH = 10

/** Only the hash of a key is kept. A key has 190 random bits, so a plain hash cannot be searched through. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Makes a key, shown this once. */
export async function createKey(
  { db }: { db: Database },
  input: { name: string; scopes: Scope[] },
): Promise<{ keyId: string; key: string }> {
  const key = `tg_${randomText(32)}`
  const keyId = await db.system((tx) => insertKey(tx, { ...input, key }))
  return { keyId, key }
}

/** Keeps a key that was made elsewhere (the local start writes its own to a file). Twice is once. */
export async function keepKey(
  { db }: { db: Database },
  input: { name: string; scopes: Scope[]; key: string },
): Promise<void> {
  await db.system((tx) => insertKey(tx, input))
}

async function insertKey(tx: Tx, input: { name: string; scopes: Scope[]; key: string }): Promise<string> {
  const keyId = newId('key')
  await tx.run(sql`
    insert into api_keys (key_id, name, prefix, hash, scopes)
    values (${keyId}, ${input.name}, ${input.key.slice(0, PREFIX_LENGTH)}, ${hashOf(input.key)}, ${input.scopes})
    on conflict (hash) do nothing`)
  return keyId
}

/** Revokes a key at once; answers whether there was one. */
export async function revokeKey({ db }: { db: Database }, keyId: string): Promise<boolean> {
  return db.system(
    async (tx) =>
      (await tx.run(
        sql`update api_keys set revoked_at = now() where key_id = ${keyId} and revoked_at is null`,
      )) === 1,
  )
}

export async function findKey(
  tx: Tx,
  secret: string,
): Promise<{ keyId: string; name: string; scopes: Scope[] } | undefined> {
  const row = await tx.maybe<{ key_id: string; name: string; scopes: Scope[] }>(sql`
    select key_id, name, scopes from api_keys where hash = ${hashOf(secret)} and revoked_at is null`)
  return row && { keyId: row.key_id, name: row.name, scopes: row.scopes }
}

import { createHash } from 'node:crypto'

/** What an API key may be used for: `admin` is an operator's, over all accounts. */
export type Scope = 'usage' | 'billing' | 'admin'

export const SCOPES = ['usage', 'billing', 'admin'] as const satisfies readonly Scope[]

export type ApiKey = { keyId: string; name: string; scopes: Scope[] }

/** How much of a key is shown in lists, to tell one from another. */
export const KEY_PREFIX_LENGTH = 10

/**
 * Only the hash of a secret is kept. Ours have 190 random bits and more, so a plain hash cannot be searched through.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

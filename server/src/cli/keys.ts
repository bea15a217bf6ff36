import { CannotStart } from '../config.ts'
import { createKey } from '../domain/accounts/create-key.ts'
import type { Scope } from '../domain/accounts/key.ts'
import { SCOPES } from '../domain/accounts/key.ts'
import { revokeKey } from '../domain/accounts/revoke-key.ts'
import { parseCommandLine } from './command-line.ts'
import { withDatabase } from './with-database.ts'

const USAGE = `tollgate keys create --scopes usage,billing,admin [--name NAME]
tollgate keys revoke ID

create prints a new API key, this once; only its hash is kept. revoke ends one at once.`

const options = { scopes: { type: 'string' }, name: { type: 'string', default: 'command line' } } as const

/** Makes and revokes API keys. */
export async function keys(args: string[]): Promise<number> {
  const parsed = parseCommandLine(args, { usage: USAGE, options, positionalsMax: 2 })
  if (!parsed) return 0
  const { values, positionals } = parsed
  const [what, id] = positionals
  if (what === 'create') return create(values.name, scopesFrom(values.scopes))
  if (what === 'revoke' && id !== undefined) return revoke(id)
  throw new CannotStart(USAGE)
}

function scopesFrom(list: string | undefined): Scope[] {
  const words = list?.split(',') ?? []
  const scopes = SCOPES.filter((scope) => words.includes(scope))
  if (scopes.length === 0 || scopes.length !== words.length) {
    throw new CannotStart(`--scopes: allowed are ${SCOPES.join(', ')}, separated by commas`)
  }
  return scopes
}

async function create(name: string, scopes: Scope[]): Promise<number> {
  const { keyId, key } = await withDatabase((db) => createKey({ db }, { name, scopes }))
  process.stdout.write(`${key}\n`)
  process.stderr.write(`Key ${keyId} with ${scopes.join(', ')}. It is not shown again.\n`)
  return 0
}

async function revoke(keyId: string): Promise<number> {
  if (!(await withDatabase((db) => revokeKey({ db }, keyId)))) {
    throw new CannotStart(`There is no key ${keyId}, or it is revoked already.`, 1)
  }
  process.stdout.write(`${keyId} is revoked.\n`)
  return 0
}

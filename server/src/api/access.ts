import type { FastifyRequest } from 'fastify'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { JwtConfig } from '../config.ts'
import type { Permission, Role } from '../domain/accounts/account.ts'
import { accountReference, may, roleFrom } from '../domain/accounts/account.ts'
import type { Scope } from '../domain/accounts/key.ts'
import { findAccount, findKey } from '../domain/accounts/reads.ts'
import { ProviderUnavailable, Refusal } from '../errors.ts'
import type { Database } from '../lib/db.ts'
import { findSession } from './page-sessions.ts'

export const SESSION_COOKIE = 'tollgate_session'

/** Who calls, as what, and for which account (null: none named). */
export type Caller = {
  via: 'key' | 'token' | 'page'
  role: Role
  scopes: readonly Scope[]
  accountId: string | null
  userId: string | null
  /** Who stands in the audit entries. */
  actor: string
}

export type Identify = (
  request: FastifyRequest,
  options?: { namesAccount: boolean },
) => Promise<Caller | undefined>

/**
 * Finds out who calls: an API key, a JWT of the host app, or a signed-in page. Undefined where nothing was sent.
 * Without `namesAccount` the header `Tollgate-Account` is not read: whom it names need not be there.
 */
export function identifier({ db, jwt }: { db: Database; jwt: JwtConfig }): Identify {
  const verifyToken = tokenVerifier(jwt)
  return async (request, { namesAccount } = { namesAccount: true }) => {
    const named = () => (namesAccount ? namedAccount(db, request) : Promise.resolve(null))
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (bearer?.startsWith('tg_')) return callerFromKey(db, named, bearer)
    if (bearer !== undefined) return callerFromToken(db, named, await verifyToken(bearer))
    const cookie = request.cookies[SESSION_COOKIE]
    return cookie === undefined ? undefined : callerFromPage({ db, request, named }, cookie)
  }
}

type NamedAccount = () => Promise<string | null>

async function callerFromKey(db: Database, named: NamedAccount, secret: string): Promise<Caller> {
  const key = await db.system((tx) => findKey(tx, secret))
  if (key === undefined) throw new Refusal('unauthenticated')
  const isOperator = key.scopes.includes('admin')
  return {
    via: 'key',
    role: isOperator ? 'operator' : 'owner',
    scopes: key.scopes,
    accountId: await named(),
    userId: null,
    actor: `key:${key.keyId}`,
  }
}

async function callerFromToken(db: Database, named: NamedAccount, claims: JWTPayload): Promise<Caller> {
  const role = typeof claims.role === 'string' ? roleFrom(claims.role) : undefined
  if (role === undefined || typeof claims.sub !== 'string') throw new Refusal('unauthenticated')
  const isOperator = role === 'operator'
  // An end user's account stands in the token, signed; only an operator may name one by the header.
  const own = typeof claims.account === 'string' ? await resolveAccount(db, claims.account) : null
  return {
    via: 'token',
    role,
    scopes: isOperator ? ['usage', 'billing', 'admin'] : ['usage', 'billing'],
    accountId: isOperator ? ((await named()) ?? own) : own,
    userId: claims.sub,
    actor: `user:${claims.sub}`,
  }
}

async function callerFromPage(
  { db, request, named }: { db: Database; request: FastifyRequest; named: NamedAccount },
  cookie: string,
): Promise<Caller | undefined> {
  const session = await findSession({ db }, cookie)
  if (session === undefined) return undefined
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD'
  // A form on another site can send the cookie, but not this header.
  if (isWrite && request.headers['tollgate-csrf'] !== '1') throw new Refusal('csrf')
  const isOperator = session.role === 'operator'
  return {
    via: 'page',
    role: session.role,
    scopes: isOperator ? ['usage', 'billing', 'admin'] : ['usage', 'billing'],
    accountId: isOperator ? ((await named()) ?? session.accountId) : session.accountId,
    userId: session.userId,
    actor: `page:${session.userId ?? session.role}`,
  }
}

async function namedAccount(db: Database, request: FastifyRequest): Promise<string | null> {
  const named = request.headers['tollgate-account']
  return typeof named === 'string' ? resolveAccount(db, named) : null
}

/** Our id of the account that `reference` names: an id of ours, or `ext:` and the host app's. */
export async function resolveAccount(db: Database, reference: string): Promise<string> {
  const account = await db.system((tx) => findAccount(tx, accountReference(reference)))
  if (account === undefined) throw new Refusal('account_not_found', { account: reference })
  return account.accountId
}

function tokenVerifier(jwt: JwtConfig): (token: string) => Promise<JWTPayload> {
  const verify =
    'secret' in jwt
      ? (token: string) => jwtVerify(token, new TextEncoder().encode(jwt.secret), { algorithms: ['HS256'] })
      : (
          (keys: JWTVerifyGetKey) => (token: string) =>
            jwtVerify(token, keys)
        )(createRemoteJWKSet(new URL(jwt.jwksUrl)))
  return async (token) => {
    try {
      return (await verify(token)).payload
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new Refusal('unauthenticated')
      throw new ProviderUnavailable('The key server', error)
    }
  }
}

/** Refuses a caller whose role or key does not reach as far as the operation needs. */
export function demand(caller: Caller, needs: { scope: Scope; permission: Permission }): void {
  if (!may(caller.role, needs.permission)) {
    throw new Refusal('forbidden', { needed: NEEDED[needs.permission] })
  }
  if (!caller.scopes.includes(needs.scope) && !caller.scopes.includes('admin')) {
    throw new Refusal('forbidden', { needed: `a key with the scope ${needs.scope}` })
  }
}

const NEEDED: Record<Permission, string> = {
  see_usage: 'a member of the account',
  manage_billing: 'an owner or admin of the account',
  operate: 'an operator, or a key with the scope admin',
}

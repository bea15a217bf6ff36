import type { Role } from '../domain/accounts/account.ts'
import { hashOf } from '../domain/accounts/key.ts'
import { Refusal } from '../errors.ts'
import { wallNow } from '../lib/clock.ts'
import type { Database } from '../lib/db.ts'
import { sql } from '../lib/db.ts'
import { randomText } from '../lib/ids.ts'

const LINK_MINUTES = 10
const SESSION_HOURS = 12

export type PageSession = { accountId: string | null; userId: string | null; role: Role }

/** A one-time link that opens the pages signed in: good for ten minutes, once. Only hashes are kept. */
export async function createLink(
  { db }: { db: Database },
  input: { accountId: string | null; userId: string | null; role: Role; path: string },
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomText(40)
  const expiresAt = new Date(wallNow().getTime() + LINK_MINUTES * 60_000)
  await db.system((tx) =>
    tx.run(sql`
      insert into page_sessions (session_id, account_id, user_id, role, path, link_hash, link_expires_at)
      values (${randomText(22)}, ${input.accountId}, ${input.userId}, ${input.role}, ${input.path}, ${hashOf(token)},
        ${expiresAt})`),
  )
  return { token, expiresAt }
}

/** Opens a link: the token is used up, and a cookie's value takes its place. */
export async function openLink(
  { db }: { db: Database },
  token: string,
): Promise<{ cookie: string; path: string; expiresAt: Date }> {
  const cookie = randomText(40)
  const now = wallNow()
  const expiresAt = new Date(now.getTime() + SESSION_HOURS * 3_600_000)
  const opened = await db.system((tx) =>
    tx.maybe<{ path: string }>(sql`
      update page_sessions set opened_at = ${now}, cookie_hash = ${hashOf(cookie)}, expires_at = ${expiresAt}
      where link_hash = ${hashOf(token)} and opened_at is null and link_expires_at > ${now}
      returning path`),
  )
  if (opened === undefined) throw new Refusal('link_used')
  return { cookie, path: opened.path, expiresAt }
}

export async function findSession(
  { db }: { db: Database },
  cookie: string,
): Promise<PageSession | undefined> {
  const row = await db.system((tx) =>
    tx.maybe<{ account_id: string | null; user_id: string | null; role: Role }>(sql`
      select account_id, user_id, role from page_sessions
      where cookie_hash = ${hashOf(cookie)} and expires_at > ${wallNow()}`),
  )
  return row && { accountId: row.account_id, userId: row.user_id, role: row.role }
}

import type { Tx } from './db.ts'
import { sql } from './db.ts'

/**
 * Refuses a database login that row-level security would not hold: a superuser, one that bypasses it, or the owner
 * of the tables (who may switch it off). Answers what is wrong in one line, or undefined.
 */
export async function problemWithLogin(tx: Tx): Promise<string | undefined> {
  const login = await tx.one<{ name: string; is_super: boolean; bypasses: boolean; owns: boolean }>(sql`
    select r.rolname as name, r.rolsuper as is_super, r.rolbypassrls as bypasses,
      exists (
        select from pg_class c
        where c.relnamespace = to_regnamespace('tollgate') and pg_has_role(r.oid, c.relowner, 'member')) as owns
    from pg_roles r where r.rolname = session_user`)
  const must =
    'Give the server a login of its own: create role tollgate_app login in role tollgate_api, tollgate_ingest, tollgate_worker'
  if (login.is_super)
    return `DATABASE_URL: ${login.name} is a superuser, whom row-level security does not hold. ${must}`
  if (login.bypasses) return `DATABASE_URL: ${login.name} may bypass row-level security. ${must}`
  if (login.owns)
    return `DATABASE_URL: ${login.name} owns the tables and could switch row-level security off. ${must}`
  return undefined
}

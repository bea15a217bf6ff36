import type pg from 'pg'

/** Tables with an account_id that no account's own work ever reads: the roles of the API have no right to them. */
const NOT_TENANTS: Record<string, string> = {
  inbox:
    'what a provider delivered, before anybody knows whose it is; accounts are told apart as it is handled',
  page_sessions: 'looked up by a secret before the caller’s account is known',
}

export type TenantTable = { name: string; isPartition: boolean }

/** Every table of the schema that says whose a row is, by Postgres' own catalog tables. */
export async function tenantTables(client: pg.ClientBase): Promise<TenantTable[]> {
  const { rows } = await client.query<TenantTable>(
    `select c.relname as name, c.relispartition as "isPartition"
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'tollgate'::regnamespace and c.relkind in ('r', 'p')
       and a.attname = 'account_id' and not a.attisdropped and c.relname <> all ($1)
     order by c.relname`,
    [Object.keys(NOT_TENANTS)],
  )
  return rows
}

/** What lacks in how the tables are guarded, one line for each; nothing when all is well. */
export async function problemsWithTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ problem: string }>(
    `with tenant as (
       select c.* from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'tollgate'::regnamespace and c.relkind in ('r', 'p')
         and a.attname = 'account_id' and not a.attisdropped and c.relname <> all ($1)
     )
     select relname || ': ' || problem as problem from tenant cross join lateral (
       select 'row-level security is not enabled' where not relrowsecurity
       union all
       select 'row-level security is not forced, so its owner stands above it'
         where not relforcerowsecurity and not relispartition
       union all
       select 'has no policy for ' || role from unnest(array['tollgate_api', 'tollgate_worker']) as role
       where not relispartition and not exists (
         select from pg_policy p
         where p.polrelid = tenant.oid and p.polpermissive and role::regrole = any (p.polroles)
           and pg_get_expr(p.polqual, p.polrelid) like '%app.account%'
           and pg_get_expr(p.polwithcheck, p.polrelid) like '%app.account%')
       union all
       select 'its primary key does not begin with account_id' where not relispartition and not exists (
         select from pg_index x join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
         where x.indrelid = tenant.oid and x.indisprimary and a.attname = 'account_id')
       union all
       select 'is a partition, and ' || r.grantee::regrole || ' may reach it past its parent’s policies'
       from aclexplode(relacl) r where relispartition and r.grantee <> relowner
     ) as problems (problem)
     union all
     select c.relname || ': is no table of accounts, and ' || role || ' may read or change it'
     from pg_class c cross join unnest(array['tollgate_api', 'tollgate_ingest']) as role
     where c.relnamespace = 'tollgate'::regnamespace and c.relname = any ($1)
       and has_table_privilege(role, c.oid, 'select, insert, update, delete, truncate, references, trigger')
     order by 1`,
    [Object.keys(NOT_TENANTS)],
  )
  return rows.map((row) => row.problem)
}

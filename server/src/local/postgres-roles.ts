import pg from 'pg'

/**
 * What Tollgate expects of its Postgres. The embedded one gets it here; on a Postgres of your own run the same as a
 * superuser once, with passwords on the two roles that log in:
 *
 *     create role tollgate_api nologin;
 *     create role tollgate_ingest nologin;
 *     create role tollgate_worker nologin;
 *     create role tollgate_app login password '…' in role tollgate_api, tollgate_ingest, tollgate_worker;
 *     create role tollgate_owner login password '…';
 *     create database tollgate owner tollgate_owner;
 *
 * `tollgate_owner` runs the migrations; `DATABASE_URL` of the server names `tollgate_app`, which owns nothing and
 * stands under row-level security. A server that is given a superuser or the owner refuses to start.
 */
const ROLES = {
  tollgate_api: 'nologin',
  tollgate_ingest: 'nologin',
  tollgate_worker: 'nologin',
  tollgate_app: 'login inherit in role tollgate_api, tollgate_ingest, tollgate_worker',
  tollgate_owner: 'login',
}

/** Makes the roles and the database that are missing; each step may have been the last one of a killed first start. */
export async function createRolesAndDatabase(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    const roles = await names(client, 'select rolname as name from pg_roles')
    for (const [role, attributes] of Object.entries(ROLES)) {
      if (!roles.has(role)) {
        await client.query(
          `create role ${role} nosuperuser nocreatedb nocreaterole nobypassrls ${attributes}`,
        )
      }
    }
    const databases = await names(client, 'select datname as name from pg_database')
    if (!databases.has('tollgate')) await client.query('create database tollgate owner tollgate_owner')
  } finally {
    await client.end()
  }
}

async function names(client: pg.Client, query: string): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(query)
  return new Set(rows.map((row) => row.name))
}

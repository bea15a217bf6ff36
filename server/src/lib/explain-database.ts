import pg from 'pg'
import { statementsOn } from './db.ts'
import { problemWithLogin } from './guard-roles.ts'

type Place = { login: string; host: string; database: string }

/** By the code of Postgres (appendix A of its manual) or of the system, what a person can do about it. */
const PROBLEMS: Record<string, (at: Place) => string> = {
  ECONNREFUSED: ({ host }) => `nothing listens at ${host}: start Postgres there, or correct host and port`,
  ENOENT: ({ host }) => `there is no socket at ${host}: start Postgres there, or correct the path`,
  ENOTFOUND: ({ host }) => `there is no host ${host}: correct its name`,
  EAI_AGAIN: ({ host }) => `the name ${host} could not be looked up: correct it, or see to the network`,
  ETIMEDOUT: ({ host }) => `${host} does not answer: correct it, or open the way to it`,
  EHOSTUNREACH: ({ host }) => `${host} cannot be reached: correct it, or open the way to it`,
  '28P01': ({ login }) => `Postgres refuses the password of ${login}: correct it`,
  '28000': ({ login, host }) =>
    `Postgres at ${host} does not let ${login} in: create the login, or allow it in pg_hba.conf`,
  '3D000': ({ database, host }) =>
    `there is no database ${database} at ${host}: create database ${database} owner tollgate_owner`,
  '53300': ({ host }) => `Postgres at ${host} has no connection left: raise its max_connections`,
  '57P03': ({ host }) => `Postgres at ${host} is starting or stopping: try again in a moment`,
}

/** A role that is not there, and one that the login is no member of. */
const ROLE_CODES = new Set(['22023', '42501'])

/**
 * Says in one line why the database of `url` could not be worked with: what is wrong and what to do, never the
 * password. Undefined where the error is of another kind.
 */
export async function explainDatabase(url: string, error: unknown): Promise<string | undefined> {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  const at = placeOf(url)
  const problem = PROBLEMS[code]?.(at)
  if (problem !== undefined) return `DATABASE_URL: ${problem}`
  if (message.startsWith('SASL:')) return `DATABASE_URL: Postgres asks for a password of ${at.login}: add it`
  if (!ROLE_CODES.has(code) || !/role/.test(message)) return undefined
  return (
    (await problemOfLogin(url)) ??
    `DATABASE_URL: ${at.login} may not work as the server (${message}): as a superuser, grant tollgate_api, tollgate_ingest, tollgate_worker to ${at.login}; where these roles are missing, "tollgate migrate up" or the guide to production says how they are made`
  )
}

/** Asks without taking a role, since that is what failed. */
async function problemOfLogin(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await problemWithLogin(statementsOn(client))
  } finally {
    await client.end()
  }
}

function placeOf(url: string): Place {
  const { user, host, port, database } = new pg.Client({ connectionString: url })
  const isSocket = host.startsWith('/')
  return { login: user ?? '', host: isSocket ? host : `${host}:${port}`, database: database ?? '' }
}

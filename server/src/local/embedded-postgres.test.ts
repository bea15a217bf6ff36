import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { chooseLauncher } from './postgres-launch.ts'
import { createRolesAndDatabase } from './postgres-roles.ts'

let dataDir: string
let postgres: EmbeddedPostgres | undefined

beforeAll(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const start = async () => {
  postgres = await startEmbeddedPostgres({ dataDir })
  return postgres
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const pidFile = () => path.join(dataDir, 'postgres/postmaster.pid')
const postmasterPid = () => Number(readFileSync(pidFile(), 'utf8').split('\n')[0])

test('the first start makes the roles and the database, none of them with more rights than it needs', async () => {
  const { appUrl, ownerUrl, superuserUrl } = await start()
  // A start that was killed half-way comes by here again.
  await createRolesAndDatabase(superuserUrl)
  const roles = await query(
    appUrl,
    `select rolname, rolcanlogin, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication as mighty,
       pg_has_role('tollgate_app', oid, 'usage') as of_app
     from pg_roles where rolname like 'tollgate%' order by 1`,
  )
  expect(roles).toEqual([
    { rolname: 'tollgate_api', rolcanlogin: false, mighty: false, of_app: true },
    { rolname: 'tollgate_app', rolcanlogin: true, mighty: false, of_app: true },
    { rolname: 'tollgate_ingest', rolcanlogin: false, mighty: false, of_app: true },
    { rolname: 'tollgate_owner', rolcanlogin: true, mighty: false, of_app: false },
    { rolname: 'tollgate_worker', rolcanlogin: false, mighty: false, of_app: true },
  ])
  const [database] = await query(
    ownerUrl,
    `select current_user, pg_get_userbyid(datdba) as owner, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as synchronous, current_setting('listen_addresses') as addresses,
       current_setting('data_checksums') as checksums, current_setting('timezone') as zone
     from pg_database where datname = current_database()`,
  )
  expect(database).toEqual({
    current_user: 'tollgate_owner',
    owner: 'tollgate_owner',
    fsync: 'on',
    synchronous: 'on',
    addresses: '',
    checksums: 'on',
    zone: 'UTC',
  })
  await query(ownerUrl, 'create table kept as select 42 as answer')
  expect(new URL(appUrl).pathname).toBe('/tollgate')
})

test('what was written is there after a stop and a start, past the lock file of a process id now in use', async () => {
  const socketFolder = decodeURIComponent(new URL(postgres?.appUrl ?? '').hostname)
  expect(existsSync(socketFolder)).toBe(true)
  await postgres?.stop()
  await postgres?.stop()
  expect(existsSync(socketFolder)).toBe(false)
  // As after a restart of the machine: the number belongs to another program of the user that Postgres runs as.
  const other = chooseLauncher().run(['sleep', '600'], { log: 2, env: {} }).process
  writeFileSync(pidFile(), `${other.pid}\n${dataDir}/postgres\n1\n5432\n/tmp\n\n  1 1\nready   \n`)
  const { ownerUrl } = await start()
  expect(postmasterPid()).not.toBe(other.pid)
  expect(other.exitCode ?? other.signalCode).toBeNull()
  other.kill('SIGKILL')
  expect(await query(ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('when it is killed, that is told, and it starts again at once', async () => {
  process.kill(postmasterPid(), 'SIGKILL')
  expect(await postgres?.ended).toMatch(/^PostgreSQL ended by itself \(SIGKILL\)/)
  await postgres?.stop()
  const { ownerUrl } = await start()
  expect(await query(ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('kill -9 of the program takes it along, also in the middle of a first start, and leaves nothing half-made', async () => {
  await postgres?.stop()
  const first = program(path.join(dataDir, 'killed-early'))
  // As soon as anything of the data folder is there, which is well before it is whole.
  await vi.waitFor(
    () => expect(readdirSync(path.join(dataDir, 'killed-early')).join()).toMatch(/postgres\.new/),
    {
      timeout: 20_000,
      interval: 5,
    },
  )
  first.kill('SIGKILL')
  await once(first, 'exit')
  const second = program(path.join(dataDir, 'killed-early'))
  const appUrl = await saying(second)
  const pid = Number(
    readFileSync(path.join(dataDir, 'killed-early/postgres/postmaster.pid'), 'utf8').split('\n')[0],
  )
  expect(await query(appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  second.kill('SIGKILL')
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), {
    timeout: 20_000,
    interval: 20,
  })
  const third = await startEmbeddedPostgres({ dataDir: path.join(dataDir, 'killed-early') })
  expect(await query(third.appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await third.stop()
  expect(readdirSync(path.join(dataDir, 'killed-early')).sort()).toEqual(['postgres', 'postgres.log'])
}, 60_000)

test('a data folder of another version is refused with what to do', async () => {
  const version = path.join(dataDir, 'postgres/PG_VERSION')
  const own = readFileSync(version, 'utf8')
  writeFileSync(version, '17\n')
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    /written by PostgreSQL 17, .+ TOLLGATE_DATA/,
  )
  writeFileSync(version, own)
})

test('a Postgres that does not come up is told with the end of its log', async () => {
  const settings = path.join(dataDir, 'postgres/postgresql.conf')
  const own = readFileSync(settings, 'utf8')
  writeFileSync(settings, `${own}\nno_such_setting = 1\n`)
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    /did not start; its log says why:\n.*no_such_setting/,
  )
  writeFileSync(settings, own)
})

/** A program that runs a Postgres and prints its address. */
function program(folder: string): ChildProcess {
  const module = new URL('./embedded-postgres.ts', import.meta.url).href
  const text = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)})
    const { appUrl } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(folder)} })
    console.log(appUrl)
    setInterval(() => {}, 1e6)`
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function saying(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += chunk
    if (said.endsWith('\n')) break
  }
  return said.trim()
}

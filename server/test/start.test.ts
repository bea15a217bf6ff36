import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Connection, readConnection } from '../src/local/connection-file.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const READY_MS_MAX = 60_000
const GONE_MS_MAX = 20_000

let dataDir: string
let program: Program | undefined

type Program = { process: ChildProcess; output(): string }

beforeAll(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
})
afterAll(() => {
  program?.process.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

/** The program as a person runs it, on any free ports. */
function spawnProgram(args: string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: tmpdir(),
      TOLLGATE_DATA: dataDir,
      PORT: '0',
      SANDBOX_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
  }
  return { process: child, output: () => output }
}

async function startProgram(): Promise<Connection> {
  program = spawnProgram(['start'])
  return vi.waitFor(
    () => {
      const connection = readConnection(dataDir)
      if (connection) return connection
      throw new Error(`not ready; it said:\n${program?.output()}`)
    },
    { timeout: READY_MS_MAX, interval: 20 },
  )
}

async function endOf({ process: child }: Program): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

/** All processes that belong to the data folder: Postgres names it, and the sandbox is a child. */
function processes(): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const rows = stdout.split('\n').map((row) => row.trim())
  const children = childrenOf(rows, String(program?.process.pid))
  return rows.filter(
    (row) => row.includes(path.join(dataDir, 'postgres')) || children.has(row.split(/\s+/)[0] ?? ''),
  )
}

const remembered = new Set<string>()

/** Once seen as a child, a process is looked for by its number, since it loses its parent when that is killed. */
function childrenOf(rows: string[], parent: string): Set<string> {
  for (const row of rows) {
    const [pid, ppid, program] = row.split(/\s+/)
    if (pid && ppid === parent && program !== 'ps') remembered.add(pid)
  }
  return remembered
}

const nothingLeft = () =>
  vi.waitFor(() => expect(processes()).toEqual([]), { timeout: GONE_MS_MAX, interval: 50 })

async function countMigrations(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url.replace('tollgate_app@', 'postgres@') })
  await client.connect()
  try {
    return (await client.query('select 1 from tollgate.migrations')).rows.length
  } finally {
    await client.end()
  }
}

describe('start', () => {
  let first: Connection

  test('brings up everything and says where', async () => {
    first = await startProgram()
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
    expect((await fetch(`${first.url}/pricing`)).headers.get('content-type')).toMatch(/^text\/html/)
    expect((await fetch(`${first.sandbox.url}/_sandbox/clock`)).status).toBe(200)
    const mine = { headers: { authorization: `Bearer ${first.adminKey}` } }
    expect((await fetch(`${first.url}/api/accounts?externalId=nobody`, mine)).status).not.toBe(401)
    expect(await countMigrations(first.databaseUrl)).toBeGreaterThan(0)
    expect(statSync(path.join(dataDir, 'connection.json')).mode & 0o777).toBe(0o600)
    await vi.waitFor(() => expect(program?.output()).toContain(`${first.url}/pricing`))
    expect(processes().length).toBeGreaterThanOrEqual(2)
  })

  test('a second one on the same folder is refused in one line and disturbs nothing', async () => {
    const second = spawnProgram(['start'])
    expect(await endOf(second)).toBe(2)
    expect(second.output()).toMatch(
      new RegExp(`^Tollgate is already running on ${dataDir} \\(${first.url}\\)`, 'm'),
    )
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  })

  test('migrate status asks the Postgres that is running', async () => {
    const status = spawnProgram(['migrate', 'status', '--json'])
    expect(await endOf(status)).toBe(0)
    const { applied, pending } = JSON.parse(status.output())
    expect(applied).toHaveLength(await countMigrations(first.databaseUrl))
    expect(pending).toEqual([])
  })

  test('a second process joins it and leaves it', async () => {
    const joined = spawnProgram(['serve', '--role', 'api'])
    await vi.waitFor(() => expect(joined.output()).toMatch(/ready at http/), {
      timeout: READY_MS_MAX,
      interval: 20,
    })
    const url = joined.output().match(/ready at (\S+)/)?.[1]
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    joined.process.kill('SIGTERM')
    expect(await endOf(joined)).toBe(0)
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  })

  test('SIGTERM stops everything in order, exit code 0', async () => {
    program?.process.kill('SIGTERM')
    expect(await endOf(program as Program)).toBe(0)
    expect(program?.output()).toMatch(/Stopping…\nStopped\.\n$/)
    expect(processes()).toEqual([])
    expect(existsSync(path.join(dataDir, 'connection.json'))).toBe(false)
    expect(existsSync(path.join(dataDir, 'postgres/postmaster.pid'))).toBe(false)
  })

  test('it comes up again with the same keys, and kill -9 leaves no process', async () => {
    const again = await startProgram()
    expect({ ...again, url: '', sandbox: { ...again.sandbox, url: '' } }).toEqual({
      ...first,
      url: '',
      sandbox: { ...first.sandbox, url: '' },
    })
    processes()
    program?.process.kill('SIGKILL')
    await endOf(program as Program)
    await nothingLeft()
  })

  test('after kill -9 the next start is as good as any; Ctrl-C stops it', async () => {
    // The killed program could not take its file away; it must not be taken for the new one's.
    const stale = readFileSync(path.join(dataDir, 'connection.json'), 'utf8')
    program = spawnProgram(['start'])
    const connection = await vi.waitFor(
      () => {
        const now = existsSync(path.join(dataDir, 'connection.json')) ? readConnection(dataDir) : null
        if (now && now.url !== JSON.parse(stale).url) return now
        throw new Error(`not ready; it said:\n${program?.output()}`)
      },
      { timeout: READY_MS_MAX, interval: 20 },
    )
    expect((await fetch(`${connection.url}/readyz`)).status).toBe(200)
    expect(await countMigrations(connection.databaseUrl)).toBeGreaterThan(0)
    // npm passes on what the terminal sends as well, so that it comes twice.
    program.process.kill('SIGINT')
    await vi.waitFor(() => expect(program?.output()).toContain('Stopping…'), { interval: 2 })
    program.process.kill('SIGINT')
    expect(await endOf(program)).toBe(0)
    expect(processes()).toEqual([])
  })

  test('a part that ends by itself ends the program with exit code 1 and says which', async () => {
    await startProgram()
    const pid = Number(readFileSync(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(pid, 'SIGKILL')
    expect(await endOf(program as Program)).toBe(1)
    expect(program?.output()).toMatch(/^Stopping, since PostgreSQL ended by itself \(SIGKILL\)/m)
    await nothingLeft()
  })

  test.each(['PORT', 'SANDBOX_PORT'])(
    'a %s in use is one line, exit code 2, and nothing stays',
    async (setting) => {
      const holder = createServer().listen(0, '127.0.0.1')
      await once(holder, 'listening')
      const { port } = holder.address() as { port: number }
      program = spawnProgram(['start'], { [setting]: String(port) })
      expect(await endOf(program)).toBe(2)
      expect(program.output()).toMatch(
        new RegExp(`^Starting Tollgate…\n${setting}: port ${port} is in use .+\n$`),
      )
      expect(processes()).toEqual([])
      holder.close()
    },
  )

  test('nothing is left of all this but the data', () => {
    expect(readdirSync(dataDir).sort()).toEqual([
      'postgres',
      'postgres.log',
      'running.lock',
      'sandbox',
      'sandbox.log',
      'secrets.json',
    ])
  })
})

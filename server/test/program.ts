import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Connection, readConnection } from '../src/local/connection-file.ts'
import { freePort } from '../src/local/free-port.ts'
import { endFormerPostgres } from '../src/local/postgres-former.ts'
import { makeSocketFolder } from '../src/local/socket-folder.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const READY_MS_MAX = 60_000
const POLL_MS = 20

/** The whole program as a person runs it, on a data folder and ports of its own, to be killed and started again. */
export type Program = {
  /** Starts it, or starts it again, and resolves when it is ready. */
  start(): Promise<void>
  /** kill -9: no warning and no last word. */
  kill(): Promise<void>
  connection(): Connection
  /** Kills it and removes its data. */
  remove(): Promise<void>
}

export async function newProgram(): Promise<Program> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
  const ports = {
    PORT: String(await freePort('PORT', 0)),
    SANDBOX_PORT: String(await freePort('SANDBOX_PORT', 0)),
  }
  let child: ChildProcess | undefined
  let connection: Connection | undefined

  const kill = async () => {
    const killed = child
    child = undefined
    if (killed !== undefined && killed.exitCode === null && killed.signalCode === null) {
      const gone = once(killed, 'exit')
      killed.kill('SIGKILL')
      await gone
    }
    // What the killed program could not take away must not be taken for the next one's.
    rmSync(path.join(dataDir, 'connection.json'), { force: true })
  }
  return {
    kill,
    start: async () => {
      const started = spawn(process.execPath, [main, 'start'], {
        env: { PATH: process.env.PATH, TMPDIR: tmpdir(), TOLLGATE_DATA: dataDir, ...ports },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      child = started
      connection = await whenReady(dataDir, started)
    },
    connection: () => {
      if (connection === undefined) throw new Error('the program was not started')
      return connection
    },
    remove: async () => {
      await kill()
      // Its Postgres still writes its last checkpoint, and nobody but a next start takes the socket's folder away.
      const socketFolder = makeSocketFolder(dataDir)
      await endFormerPostgres(path.join(dataDir, 'postgres'), socketFolder)
      rmSync(socketFolder, { recursive: true })
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
    },
  }
}

async function whenReady(dataDir: string, child: ChildProcess): Promise<Connection> {
  const giveUpAt = performance.now() + READY_MS_MAX
  while (performance.now() < giveUpAt) {
    const connection = readConnection(dataDir)
    if (connection && (await isReady(connection.url))) return connection
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`)
    await delay(POLL_MS)
  }
  throw new Error(`the program was not ready after ${READY_MS_MAX / 1000} s`)
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  )
}

import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CannotStart } from '../config.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { type ClusterParts, ensureCluster, environmentFor } from './postgres-cluster.ts'
import { endFormerPostgres, postmasterState } from './postgres-former.ts'
import { chooseLauncher, type Running } from './postgres-launch.ts'
import { createRolesAndDatabase } from './postgres-roles.ts'
import { makeSocketFolder } from './socket-folder.ts'

export type EmbeddedPostgres = {
  /** For migrations: owner of the database, no superuser. */
  ownerUrl: string
  /** For the server. */
  appUrl: string
  /** For tests and backups. */
  superuserUrl: string
  /** Resolves with why, should Postgres end without having been asked to. */
  ended: Promise<string>
  stop(): Promise<void>
}

const LOG_BYTES_MAX = 10_000_000
const START_MS_MAX = 120_000
const GOODBYE_MS_MAX = 1000
const STOP_MS_MAX = 30_000
const POLL_MS = 10
const LOG_LINES_SHOWN = 8
const MEGABYTE = 1024 * 1024

/**
 * Runs the PostgreSQL that npm brought, with its data in `dataDir/postgres`, reachable by a Unix socket in a folder
 * that only this user can enter. It ends with this process, also on kill -9. Call it with the data folder locked.
 *
 * @throws {CannotStart} saying what to do, where it does not come up
 */
export async function startEmbeddedPostgres(options: { dataDir: string }): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const launcher = chooseLauncher()
  const binaries = findPostgresBinaries(dataDir)
  const folder = path.join(dataDir, 'postgres')
  const log = openLog(path.join(dataDir, 'postgres.log'))
  try {
    await ensureCluster({ folder, binaries, launcher, log: log.descriptor })
    const socketFolder = makeSocketFolder(dataDir)
    await endFormerPostgres(folder, socketFolder)
    const running = await bringUp({ folder, binaries, launcher, log, socketFolder })
    return await withRoles(running, { folder, socketFolder })
  } finally {
    closeSync(log.descriptor)
  }
}

type Log = { descriptor: number; bytes(): number; since(bytes: number): string }

/**
 * Sessions that are just saying goodbye are let go, those that stay are cut off, and what hangs is ended: the server
 * that was closed a moment ago would otherwise report its connections as broken.
 */
async function stopInSteps(
  running: Running,
  parts: { folder: string; exit: Promise<unknown> },
): Promise<void> {
  const postmaster = postmasterState(parts.folder)
  if (postmaster?.isReady) process.kill(postmaster.pid, 'SIGTERM')
  const timers = [
    setTimeout(() => running.interrupt(), postmaster?.isReady ? GOODBYE_MS_MAX : 0),
    setTimeout(() => running.abort(), STOP_MS_MAX),
  ]
  await parts.exit
  for (const timer of timers) clearTimeout(timer)
}

async function withRoles(
  running: Running,
  { folder, socketFolder }: { folder: string; socketFolder: string },
): Promise<EmbeddedPostgres> {
  // Percent-encoded, the socket's folder stands where the host does: pg, libpq and `new URL()` all read it so.
  const url = (role: string, database: string) =>
    `postgres://${role}@${encodeURIComponent(socketFolder)}/${database}`
  let isStopping = false
  const exit = once(running.process, 'exit')
  const stop = async () => {
    isStopping = true
    if (!hasEnded(running)) await stopInSteps(running, { folder, exit })
    rmSync(socketFolder, { recursive: true, force: true })
  }
  const ended = new Promise<string>((resolve) => {
    exit.then(([code, signal]) => {
      if (!isStopping) resolve(`PostgreSQL ended by itself (${signal ?? `exit code ${code}`})`)
    }, resolve)
  })
  try {
    await createRolesAndDatabase(url('postgres', 'postgres'))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ownerUrl: url('tollgate_owner', 'tollgate'),
    appUrl: url('tollgate_app', 'tollgate'),
    superuserUrl: url('postgres', 'tollgate'),
    ended,
    stop,
  }
}

async function bringUp(parts: ClusterParts & { log: Log; socketFolder: string }): Promise<Running> {
  const { folder, binaries, launcher, log, socketFolder } = parts
  const giveUpAt = performance.now() + START_MS_MAX
  for (;;) {
    const before = postmasterState(folder)
    const began = log.bytes()
    const running = launcher.run([binaries.postgres, '-D', folder, ...serverSettings(socketFolder)], {
      log: log.descriptor,
      env: environmentFor(binaries),
    })
    while (!hasEnded(running) && performance.now() < giveUpAt) {
      const now = postmasterState(folder)
      if (now && now.identity !== before?.identity && now.isReady) return running
      await delay(POLL_MS)
    }
    if (!hasEnded(running)) {
      running.abort()
      throw new CannotStart(
        `PostgreSQL was not ready after ${START_MS_MAX / 1000} s; its log says why:\n${log.since(began)}`,
        1,
      )
    }
    // Backends of a Postgres that was itself killed hold its memory for another moment.
    if (!/shared memory block .* still in use/.test(log.since(began)) || performance.now() >= giveUpAt) {
      throw new CannotStart(`PostgreSQL did not start; its log says why:\n${log.since(began)}`, 1)
    }
    await delay(100)
  }
}

/** Given on the command line, so that a changed value here also reaches a data folder made long ago. */
function serverSettings(socketFolder: string): string[] {
  const sharedBuffers = Math.round(Math.min(1024, Math.max(128, totalmem() / MEGABYTE / 8)))
  const settings = {
    listen_addresses: '',
    unix_socket_directories: `"${socketFolder}"`,
    unix_socket_permissions: '0777',
    max_connections: '200',
    shared_buffers: `${sharedBuffers}MB`,
    max_wal_size: '2GB',
    max_worker_processes: String(Math.max(8, availableParallelism())),
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function openLog(file: string): Log {
  if (existsSync(file) && statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`)
  const descriptor = openSync(file, 'a', 0o600)
  return {
    descriptor,
    bytes: () => fstatSync(descriptor).size,
    since: (bytes) => {
      const said = readFileSync(file).subarray(bytes).toString('utf8').trim()
      return said.split('\n').slice(-LOG_LINES_SHOWN).join('\n')
    },
  }
}

function hasEnded(running: Running): boolean {
  return running.process.exitCode !== null || running.process.signalCode !== null
}

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CannotStart } from '../config.ts'

const END_MS_MAX = 60_000
const POLL_MS = 20

/** What `postmaster.pid` says; Postgres keeps it while it runs and leaves it behind when it is killed. */
export function postmasterState(folder: string): { pid: number; identity: string; isReady: boolean } | null {
  const file = path.join(folder, 'postmaster.pid')
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  return {
    pid: Number(lines[0]),
    // Process id and start time together never come twice.
    identity: `${lines[0]} ${lines[2]}`,
    isReady: lines[7]?.trim() === 'ready',
  }
}

/**
 * Deals with what a killed program left: its Postgres may still be writing its last checkpoint (it is waited for), or
 * be gone with its lock files there. Postgres itself would take a lock file for live when the process id in it now
 * belongs to somebody else, as is usual after a container's restart.
 *
 * The caller holds the data folder's lock, so no living program owns the Postgres found here.
 */
export async function endFormerPostgres(folder: string, socketFolder: string): Promise<void> {
  const former = postmasterState(folder)
  if (former) {
    const giveUpAt = performance.now() + END_MS_MAX
    let isAsked = false
    while (isPostgresOf(folder, former.pid)) {
      if (!isAsked) process.kill(former.pid, 'SIGINT')
      isAsked = true
      if (performance.now() >= giveUpAt) {
        throw new CannotStart(
          `PostgreSQL of an earlier start (process ${former.pid}) does not end; end it by hand`,
          1,
        )
      }
      await delay(POLL_MS)
    }
    if (isAlive(former.pid)) rmSync(path.join(folder, 'postmaster.pid'), { force: true })
  }
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock'])
    rmSync(path.join(socketFolder, name), { force: true })
}

function isPostgresOf(folder: string, pid: number): boolean {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') {
    try {
      // A postmaster works in its data folder. A process that has ended but was not reaped has no folder any more.
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
    } catch {
      return false
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.includes('postgres') && stdout.includes(folder)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

const SQLITE_BUSY = 5
const RETRY_MS = 50

/**
 * Takes a folder for this process alone, so that two programs never write the same data.
 *
 * The lock is SQLite's on an empty file: the operating system drops it with the process, also on kill -9, which a
 * file with a process id in it cannot offer.
 *
 * @param waitMs how long to wait for a holder that is just ending
 * @returns what gives the folder free again, or null while another process holds it
 */
export async function lockFolder(folder: string, waitMs: number): Promise<(() => void) | null> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    const file = new DatabaseSync(path.join(folder, 'running.lock'), { timeout: 0 })
    try {
      file.exec('begin exclusive')
      return () => file.close()
    } catch (error) {
      file.close()
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
      if (performance.now() >= giveUpAt) return null
    }
    await delay(RETRY_MS)
  }
}

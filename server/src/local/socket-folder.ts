import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CannotStart } from '../config.ts'

/** The shortest limit of the systems we run on (macOS; Linux has 107), less the socket's own name. */
const FOLDER_BYTES_MAX = 103 - '/.s.PGSQL.5432'.length
const CANDIDATES_MAX = 20

/**
 * A short folder for the socket, since a data folder's own path may be longer than a socket's address can be. Its name
 * follows from the data folder, so that it stays the same; whoever else may enter it is nobody: Postgres trusts all
 * who can reach the socket.
 */
export function makeSocketFolder(dataDir: string, temporary = tmpdir()): string {
  const name = `tollgate-${createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12)}`
  const parent =
    Buffer.byteLength(path.join(temporary, `${name}-99`)) <= FOLDER_BYTES_MAX ? temporary : '/tmp'
  for (let n = 0; n < CANDIDATES_MAX; n++) {
    // Others may write to the temporary folder too, and one of them may have taken the name.
    const folder = path.join(parent, n === 0 ? name : `${name}-${n}`)
    if (makeOwn(folder)) return folder
  }
  throw new CannotStart(
    `No folder for PostgreSQL's socket could be made in ${parent}: set TMPDIR to a folder of your own`,
    1,
  )
}

function makeOwn(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
  }
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
}

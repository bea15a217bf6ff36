import { fork } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { CannotStart, environmentWith, rootFolder } from '../config.ts'

/** What the pages are made of; a change in any of it makes them anew. */
const SOURCES = ['web', 'client', 'package-lock.json']
const NOT_SOURCES = new Set(['node_modules', 'dist', 'coverage'])
const HASH_FILE = '.sources-hash'
const OUTPUT_CHARACTERS_KEPT = 8000

/**
 * Sees to it that `web/dist` holds the pages of the sources as they are now: built when they differ from those of the
 * last build, and put in place whole, so that older pages are never served and half-built ones neither.
 *
 * @param root the workspace's folder; another one only in tests
 * @returns whether a build was needed
 * @throws {CannotStart} with what the build said
 */
export async function buildPages(root = rootFolder): Promise<boolean> {
  const pages = path.join(root, 'web/dist')
  const hash = hashSources(root)
  if (hashOf(pages) === hash) return false
  // Inside node_modules: out of git's and the linter's sight, and on the same file system as its destination.
  const workshop = path.join(root, 'node_modules/.cache/tollgate')
  const draft = path.join(workshop, `pages-${randomUUID()}`)
  try {
    mkdirSync(workshop, { recursive: true })
    await runBuild(path.join(root, 'web'), draft)
    writeFileSync(path.join(draft, HASH_FILE), hash)
    replaceFolder(draft, pages, hash)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code ?? '')) throw error
    throw new CannotStart(
      `The pages have to be built, and ${pages} cannot be written (${code}): start once as the user who owns ${root}`,
      1,
    )
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return true
}

/** One hash over the names and contents of all sources. */
function hashSources(root: string): string {
  const hash = createHash('sha256')
  const add = (relative: string) => {
    const full = path.join(root, relative)
    for (const entry of readdirSync(full, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (NOT_SOURCES.has(entry.name) || entry.name.includes('.test.')) continue
      const inner = path.join(relative, entry.name)
      if (entry.isDirectory()) add(inner)
      else
        hash
          .update(`${inner}\0`)
          .update(readFileSync(path.join(root, inner)))
          .update('\0')
    }
  }
  for (const source of SOURCES) {
    if (path.extname(source)) hash.update(readFileSync(path.join(root, source)))
    else add(source)
  }
  return hash.digest('hex')
}

function hashOf(pages: string): string | null {
  const file = path.join(pages, HASH_FILE)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

async function runBuild(webFolder: string, outDir: string): Promise<void> {
  const child = fork(new URL('./build-pages-child.ts', import.meta.url), [webFolder, outDir], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: environmentWith({ NODE_ENV: 'production' }),
    detached: true,
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_KEPT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const [code, signal] = await once(child, 'close')
  if (code !== 0) {
    throw new CannotStart(
      `The pages could not be built (${signal ?? `exit code ${code}`}):\n${stripVTControlCharacters(output).trim()}`,
      1,
    )
  }
}

function replaceFolder(draft: string, pages: string, hash: string): void {
  const former = `${draft}-former`
  if (existsSync(pages)) renameSync(pages, former)
  try {
    renameSync(draft, pages)
  } catch (error) {
    // Another program that starts from the same folder was first, with the same pages.
    if (hashOf(pages) !== hash) throw error
  }
  rmSync(former, { recursive: true, force: true })
}

import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Catalog, CatalogProblem } from './catalog.ts'
import { checkCatalog } from './catalog.ts'

/** A catalog file that cannot be used: each problem with its exact path in the file. */
export class CatalogError extends Error {
  readonly problems: CatalogProblem[]

  constructor(file: string, problems: CatalogProblem[]) {
    super(
      [
        `The catalog ${file} cannot be used:`,
        ...problems.map((p) => `  ${p.path || '(top)'}: ${p.message}`),
      ].join('\n'),
    )
    this.name = 'CatalogError'
    this.problems = problems
  }
}

/** Reads and checks a catalog: a folder with catalog.ts or catalog.json in it, or such a file itself. */
export async function loadCatalog(path: string): Promise<Catalog> {
  const file = await catalogFile(resolve(path))
  const checked = checkCatalog(await contentOf(file))
  if (checked.problems !== undefined) throw new CatalogError(file, checked.problems)
  return checked.catalog
}

async function catalogFile(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  )
  if (isFolder === false) return path
  for (const name of ['catalog.ts', 'catalog.json']) {
    const file = join(path, name)
    if (
      isFolder === true &&
      (await stat(file).then(
        () => true,
        () => false,
      ))
    )
      return file
  }
  throw new CatalogError(path, [
    { path: '', message: 'there is no such file, or no catalog.ts or catalog.json in it' },
  ])
}

async function contentOf(file: string): Promise<unknown> {
  if (file.endsWith('.json')) {
    try {
      return JSON.parse(await readFile(file, 'utf8'))
    } catch (cause) {
      throw new CatalogError(file, [{ path: '', message: `not valid JSON: ${(cause as Error).message}` }])
    }
  }
  const module: { catalog?: unknown } = await import(pathToFileURL(file).href)
  if (module.catalog === undefined)
    throw new CatalogError(file, [{ path: '', message: 'it exports no `catalog`' }])
  return module.catalog
}

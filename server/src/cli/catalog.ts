import { CannotStart, readSettings } from '../config.ts'
import { CatalogError, loadCatalog } from '../domain/catalog/load.ts'
import { parseCommandLine } from './command-line.ts'

const USAGE = `tollgate catalog check [FILE]

Checks a catalog (TOLLGATE_CATALOG unless a file or folder is named) and names each problem with its path. A catalog
is applied when the server starts.`

/** Checks a catalog without touching anything. */
export async function catalog(args: string[]): Promise<number> {
  const parsed = parseCommandLine(args, { usage: USAGE, options: {}, positionalsMax: 2 })
  if (!parsed) return 0
  const [what, file] = parsed.positionals
  if (what !== 'check') throw new CannotStart(USAGE)
  try {
    const { name, plans, meters } = await loadCatalog(file ?? readSettings().catalogPath)
    process.stdout.write(
      `${name}: ${plans.length} plans, ${Object.keys(meters).length} meters. Nothing is wrong.\n`,
    )
    return 0
  } catch (error) {
    if (error instanceof CatalogError) throw new CannotStart(error.message, 1)
    throw error
  }
}

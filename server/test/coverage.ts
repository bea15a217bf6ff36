import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Reporter } from 'vitest/node'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What share of its lines the tests must run, in percent. */
export const floors = [
  { what: 'domain verbs', files: 'server/src/domain/**', lines: 80 },
  { what: 'webhook handling', files: 'server/src/{webhooks,inbox}/**', lines: 90 },
] as const

/** What a run says of one file. */
type Measured = { toSummary(): { lines: { covered: number; total: number } } }
type Coverage = { files(): string[]; fileCoverageFor(file: string): Measured }

/** Prints each share that has a floor, and the files that pull it down. */
export const printFloors: Reporter = {
  onCoverage(coverage) {
    const measured = coverage as Coverage
    for (const { what, files: place, lines } of floors) {
      const files = measured
        .files()
        .filter((file) => path.matchesGlob(path.relative(ROOT, file), place))
        .map((file) => ({
          file: path.relative(ROOT, file),
          ...measured.fileCoverageFor(file).toSummary().lines,
        }))
      const covered = files.reduce((sum, each) => sum + each.covered, 0)
      const total = files.reduce((sum, each) => sum + each.total, 0)
      const share = total === 0 ? 100 : (100 * covered) / total
      process.stdout.write(
        `Coverage of ${what}: ${share.toFixed(1)} % of ${total} lines; at least ${lines} %\n`,
      )
      if (share >= lines) continue
      for (const { file, ...each } of files
        .sort((a, b) => b.total - b.covered - (a.total - a.covered))
        .slice(0, 10))
        process.stdout.write(`  ${file}: ${each.total - each.covered} of ${each.total} lines never ran\n`)
    }
  },
}

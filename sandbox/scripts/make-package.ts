import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Makes the package as others install it, in a folder of its own (by default sandbox/dist): JavaScript with its types,
 * since Node strips no types under node_modules.
 *
 *     node sandbox/scripts/make-package.ts [FOLDER] && npm publish sandbox/dist
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = path.resolve(process.argv[2] ?? path.join(root, 'dist'))
const compiler = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

rmSync(folder, { recursive: true, force: true })
execFileSync(compiler, ['-p', path.join(root, 'tsconfig.package.json'), '--outDir', folder], {
  stdio: 'inherit',
})

const {
  private: _,
  devDependencies: __,
  ...shared
} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const published = {
  ...shared,
  // The first that has node:sqlite without a flag.
  engines: { node: '>=22.13' },
  exports: { '.': { types: './main.d.ts', default: './main.js' } },
  bin: { 'tollgate-sandbox': './cli.js' },
}
writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
for (const file of ['README.md', 'COVERAGE.md', '../LICENSE'])
  copyFileSync(path.join(root, file), path.join(folder, path.basename(file)))

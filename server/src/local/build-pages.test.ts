import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rootFolder } from '../config.ts'
import { buildPages } from './build-pages.ts'

let root: string
const put = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  writeFileSync(path.join(root, file), text)
}
const page = () => readFileSync(path.join(root, 'web/dist/index.html'), 'utf8')

beforeAll(() => {
  // Within the repository, so that Vite is found from there as it is from the pages.
  const parent = path.join(rootFolder, 'node_modules/.cache')
  mkdirSync(parent, { recursive: true })
  root = mkdtempSync(path.join(parent, 'build-pages-test-'))
  put('package-lock.json', '{}')
  put('client/src/main.ts', 'export const name = "client"')
  put('web/package.json', '{"type":"module"}')
  put('web/vite.config.mjs', 'export default { root: import.meta.dirname }')
  put('web/index.html', '<!doctype html><title>one</title>')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('pages are built when there are none, and left alone while their sources are the same', async () => {
  expect(await buildPages(root)).toBe(true)
  expect(page()).toContain('<title>one</title>')
  expect(await buildPages(root)).toBe(false)
})

test.each([
  ['web/index.html', '<!doctype html><title>two</title>'],
  ['client/src/main.ts', 'export const name = "other"'],
  ['package-lock.json', '{"packages":{}}'],
  ['web/src/added.ts', ''],
])('a change of %s builds them anew', async (file, text) => {
  put(file, text)
  expect(await buildPages(root)).toBe(true)
  expect(page()).toContain(file === 'web/index.html' ? 'two' : '<title>')
  expect(await buildPages(root)).toBe(false)
})

test('a build that fails says why, puts nothing in place and leaves nothing behind', async () => {
  put('web/index.html', '<!doctype html><script type="module" src="./missing.ts"></script>')
  await expect(buildPages(root)).rejects.toThrow(
    /The pages could not be built \(exit code 1\):\n[\s\S]*missing\.ts/,
  )
  // Still not those of the sources: the next start builds again rather than serving them.
  await expect(buildPages(root)).rejects.toThrow(/could not be built/)
  expect(readdirSync(path.join(root, 'node_modules/.cache/tollgate'))).toEqual([])
})

test('two programs that start together end with the same pages', async () => {
  put('web/index.html', '<!doctype html><title>three</title>')
  expect(await Promise.all([buildPages(root), buildPages(root)])).toEqual([true, true])
  expect(page()).toContain('<title>three</title>')
  expect(existsSync(path.join(root, 'web/dist/.sources-hash'))).toBe(true)
})

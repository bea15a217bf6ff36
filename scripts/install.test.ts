import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const script = fileURLToPath(new URL('install.mjs', import.meta.url))

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
  put('package.json', { name: 'root', version: '1.0.0', workspaces: ['part'] })
  put('part/package.json', { name: 'part', version: '1.0.0' })
  lock({})
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(file: string, content: object | string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  writeFileSync(path.join(root, file), typeof content === 'string' ? content : JSON.stringify(content))
}

function lock(more: Record<string, object>): void {
  const packages = {
    '': { name: 'root', version: '1.0.0', workspaces: ['part'] },
    'node_modules/part': { resolved: 'part', link: true },
    part: { version: '1.0.0' },
    ...more,
  }
  put('package-lock.json', { name: 'root', version: '1.0.0', lockfileVersion: 3, requires: true, packages })
}

function run() {
  // As npm runs it before `npm start`; the registry is one that nobody answers at.
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' },
  })
  return { status, stdout, stderr }
}

test('a fresh clone is installed after one line of warning, and then left alone', () => {
  const first = run()
  expect(first).toMatchObject({ status: 0, stderr: '' })
  expect(first.stdout).toMatch(/^Installing what is missing \(node_modules\); this is done once…\n/)
  expect(existsSync(path.join(root, 'node_modules/part/package.json'))).toBe(true)
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' })
})

test.each([
  ['is gone', () => rmSync(path.join(root, 'node_modules/part'))],
  ['was installed by an interrupted npm', () => put('node_modules/.package-lock.json', '{"packages":')],
])('what %s is brought back', (_, damage) => {
  run()
  damage()
  expect(run()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Installing/) })
  expect(run().stdout).toBe('')
})

test('a package at another version than the lock file has it is installed; where that fails, npm says how', () => {
  const at = (version: string) => {
    const dependencies = { other: version }
    put('package.json', { name: 'root', version: '1.0.0', dependencies })
    const tarball = { resolved: `http://127.0.0.1:9/other-${version}.tgz`, integrity: 'sha512-AA==' }
    const packages = {
      '': { name: 'root', version: '1.0.0', dependencies },
      'node_modules/other': { version, ...tarball },
    }
    put('package-lock.json', { name: 'root', version: '1.0.0', lockfileVersion: 3, requires: true, packages })
  }
  at('1.0.0')
  put('node_modules/other/package.json', { name: 'other', version: '1.0.0' })
  put('node_modules/.package-lock.json', { packages: { 'node_modules/other': { version: '1.0.0' } } })
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' })
  at('1.0.1')
  const { status, stdout, stderr } = run()
  expect(stdout).toMatch(/^Installing what is missing \(other\)/)
  expect(stderr).toMatch(/The installation failed \(npm ci: exit code \d+\)\. What npm said stands above/)
  expect(status).not.toBe(0)
})

test('an optional package for another machine is not missed, one for this machine is', () => {
  run()
  const optional = { version: '24.0.0', optional: true }
  lock({ 'node_modules/node-plan9-mips': optional })
  expect(run().stdout).toBe('')
  lock({ [`node_modules/node-${process.platform}-${process.arch}`]: optional })
  expect(run().stdout).toMatch(
    new RegExp(`^Installing what is missing \\(node-${process.platform}-${process.arch}\\)`),
  )
})

test('the Node that npm brought is put on the path where npm did not do so itself', () => {
  run()
  const machine = `${process.platform}-${process.arch}`
  put(`node_modules/node-${machine}/bin/node`, 'a program')
  mkdirSync(path.join(root, 'node_modules/.bin'), { recursive: true })
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(readFileSync(path.join(root, 'node_modules/.bin/node'), 'utf8')).toBe('a program')
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('a damaged lock file is told, not guessed at', () => {
  put('package-lock.json', '{')
  const { status, stderr } = run()
  expect(stderr).toMatch(/^package-lock\.json cannot be read .+ restore it from git\./)
  expect(status).toBe(1)
})

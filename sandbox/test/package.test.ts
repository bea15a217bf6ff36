import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = path.join(root, '../node_modules')
let project: string

/** Somebody else's project, with the package as it is published and what it depends on. */
beforeAll(() => {
  project = mkdtempSync(path.join(tmpdir(), 'sandbox-package-'))
  const modules = path.join(project, 'node_modules')
  mkdirSync(modules)
  execFileSync(process.execPath, [
    path.join(root, 'scripts/make-package.ts'),
    path.join(modules, 'tollgate-sandbox'),
  ])
  const { dependencies } = JSON.parse(
    readFileSync(path.join(modules, 'tollgate-sandbox/package.json'), 'utf8'),
  )
  for (const name of [...Object.keys(dependencies), 'stripe'])
    symlinkSync(path.join(installed, name), path.join(modules, name))
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

test('the test in the README runs in somebody else’s project', async () => {
  const [, example = ''] =
    /```ts\n([\s\S]+?)```/.exec(readFileSync(path.join(root, 'README.md'), 'utf8')) ?? []
  expect(example).toContain("from 'tollgate-sandbox'")
  const shown = 'console.log(JSON.stringify((await stripe.invoices.list()).data.map(({ status }) => status)))'
  const file = path.join(project, 'billing.test.ts')
  // What it made is looked at before it closes.
  writeFileSync(file, example.replace('await sandbox.close()', `${shown}\nawait sandbox.close()`))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: project })
  expect([stdout.trim(), stderr]).toEqual(['["draft","paid"]', ''])
}, 30_000)

test('its command starts it and says where it is', async () => {
  const cli = path.join(project, 'node_modules/tollgate-sandbox/cli.js')
  const child = spawn(process.execPath, [cli, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let said = ''
    for await (const part of child.stdout) {
      said += part
      if (said.includes('smtp://')) break
    }
    const [, url = ''] = /Sandbox\s+(\S+)/.exec(said) ?? []
    const info = (await (await fetch(`${url}/_sandbox/info`)).json()) as { stripeApiVersion: string }
    expect(info.stripeApiVersion).toBe('2026-10-28.endive')
  } finally {
    child.kill('SIGKILL')
  }
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { linkElsewhere, linkInPlace } from './postgres-binaries.ts'
import { chooseLauncher, watchedByPipe } from './postgres-launch.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isRoot = process.getuid?.() === 0

/** Like Postgres: says that it is there, and ends in order when it is interrupted. */
const standIn = (file: string) => [
  process.execPath,
  '--eval',
  `process.on('SIGINT', () => process.exit(7)); require('fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1e6)`,
]

const pidIn = async (file: string) =>
  vi.waitFor(() => Number(readFileSync(file, 'utf8')) || Promise.reject(new Error('not yet')), {
    timeout: 20_000,
    interval: 10,
  })

describe('without setpriv', () => {
  test('an ordinary user gets the pipe, and root is told what to do', () => {
    if (isRoot)
      expect(() => chooseLauncher('no-such-program')).toThrow(
        /as root.+start as an ordinary user, or set DATABASE_URL/,
      )
    else expect(chooseLauncher('no-such-program')).toEqual({ owner: null, run: watchedByPipe })
  })

  test('an interrupt reaches the program, and its exit code comes back', async () => {
    const file = path.join(folder, 'interrupted')
    const running = watchedByPipe(standIn(file), { log: 1, env: {} })
    await pidIn(file)
    running.interrupt()
    const [code] = await once(running.process, 'exit')
    expect(code).toBe(7)
    // An open pipe would keep both the shell's watcher and this process from ending.
    expect(running.process.stdio[3]).toHaveProperty('destroyed', true)
  })

  test('an abort ends it on the spot', async () => {
    const file = path.join(folder, 'aborted')
    const running = watchedByPipe(standIn(file), { log: 1, env: {} })
    const pid = await pidIn(file)
    running.abort()
    await once(running.process, 'exit')
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), {
      timeout: 20_000,
      interval: 10,
    })
    running.abort()
  })

  test('kill -9 of the parent ends the program', async () => {
    const file = path.join(folder, 'orphan')
    const module = new URL('./postgres-launch.ts', import.meta.url).href
    const text = `
      const { watchedByPipe } = await import(${JSON.stringify(module)})
      watchedByPipe(${JSON.stringify(standIn(file))}, { log: 1, env: {} })
      setInterval(() => {}, 1e6)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', text], {
      stdio: 'inherit',
    })
    const pid = await pidIn(file)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), {
      timeout: 20_000,
      interval: 10,
    })
  })
})

describe('libraries whose links npm could not bring', () => {
  const makePackage = (name: string) => {
    const root = path.join(folder, name)
    mkdirSync(path.join(root, 'native/lib'), { recursive: true })
    writeFileSync(path.join(root, 'native/lib/libx.so.1.2'), 'x')
    const links = [
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' },
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
    ]
    writeFileSync(path.join(root, 'native/pg-symlinks.json'), JSON.stringify(links))
    return root
  }

  test('are made in place, once', () => {
    const root = makePackage('writable')
    linkInPlace(root)
    expect(readlinkSync(path.join(root, 'native/lib/libx.so.1'))).toBe('libx.so.1.2')
    linkInPlace(root)
    expect(readFileSync(path.join(root, 'native/lib/libx.so'), 'utf8')).toBe('x')
  })

  test('are made in a folder of ours where the package belongs to somebody else', () => {
    const root = makePackage('foreign')
    const own = path.join(folder, 'own')
    linkElsewhere(root, own)
    linkElsewhere(root, own)
    expect(readFileSync(path.join(own, 'libx.so'), 'utf8')).toBe('x')
    expect(readFileSync(path.join(own, 'libx.so.1'), 'utf8')).toBe('x')
  })
})

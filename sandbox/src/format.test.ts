import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createClock } from './clock.ts'
import { startSandbox } from './main.ts'
import { openStore } from './store.ts'

test('a folder of another version is refused in words, one’s own is taken up again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-format-'))
  const first = await startSandbox({ dataDir: folder })
  await first.close()
  const again = await startSandbox({ dataDir: folder })
  await again.close()
  const store = openStore(folder)
  createClock(store)
  store.put('format', { id: 'format', format: 1 })
  store.close()
  await expect(startSandbox({ dataDir: folder })).rejects.toThrow(
    `The folder ${folder} was written by another version`,
  )
  rmSync(folder, { recursive: true })
})

test('a snapshot of another version is refused', async () => {
  const sandbox = await startSandbox()
  const put = async (body: object) =>
    (await fetch(`${sandbox.url}/_sandbox/snapshot`, { method: 'PUT', body: JSON.stringify(body) })).status
  const taken = (await (await fetch(`${sandbox.url}/_sandbox/snapshot`)).json()) as {
    objects: { kind: string }[]
  }
  expect(await put(taken)).toBe(200)
  expect(await put({ objects: taken.objects.filter(({ kind }) => kind !== 'format') })).toBe(400)
  await sandbox.close()
})

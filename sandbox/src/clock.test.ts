import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClock } from './clock.ts'
import { openStore } from './store.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-clock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const month = 30 * 86_400

it('stands no earlier after a kill than what was played before it', async () => {
  const store = openStore(folder)
  const clock = createClock(store)
  const at = clock.now() + month
  clock.on('renew', () => void store.put('invoice', { id: 'in_1', created: clock.now() }))
  clock.schedule({ id: 'renew sub_1', at, what: 'renew', object: 'sub_1' })
  clock.freeze(at)
  await clock.play({ id: 'renew sub_1', at, what: 'renew', object: 'sub_1', seq: 1 })
  // Killed here, in the middle of the move: nobody thaws the clock.
  store.close()

  const again = openStore(folder)
  expect(again.get<{ id: string; created: number }>('invoice', 'in_1')?.created).toBe(at)
  expect(createClock(again).now()).toBeGreaterThanOrEqual(at)
  again.close()
})

it('flows on as if it had never been held where it only caught up with real time', () => {
  const store = openStore(null)
  const clock = createClock(store)
  const before = clock.now()
  clock.freeze(before - 100)
  expect(clock.now()).toBe(before - 100)
  clock.thaw(true)
  expect(clock.now()).toBeGreaterThanOrEqual(before)
  expect(clock.now()).toBeLessThan(before + 10)
  store.close()
})

it('stands still where it does not flow, and goes where it is moved', () => {
  const store = openStore(null)
  const clock = createClock(store, 1_800_000_000, false)
  expect(clock.now()).toBe(1_800_000_000)
  clock.freeze(1_800_000_060)
  clock.thaw()
  const later = Date.now() + 1100
  while (Date.now() < later);
  expect(clock.now()).toBe(1_800_000_060)
  store.close()
})

import { expect, test } from 'vitest'
import { createClock } from '../../clock.ts'
import { openStore } from '../../store.ts'
import { createScopedClock } from './scoped-clock.ts'

test('what is done in one step is done at one instant, and the next at its own', () => {
  const store = openStore(null)
  const clock = createClock(store)
  const scoped = createScopedClock(store, clock)
  const begun = clock.now()
  const [first, last] = scoped.within(null, () => {
    const before = scoped.now()
    clock.freeze(begun + 60)
    return [before, scoped.within(null, () => scoped.now())]
  })
  expect([first, last]).toEqual([begun, begun])
  expect(scoped.within(null, () => scoped.now())).toBe(begun + 60)
  expect(scoped.now()).toBe(begun + 60)
  store.close()
})

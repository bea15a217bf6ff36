import { type Agenda, createAgenda } from '../../agenda.ts'
import type { Clock } from '../../clock.ts'
import type { Due } from '../../due-queue.ts'
import type { OpenStore } from '../../store.ts'
import type { TestClock } from './test-clock.ts'

type Act = (due: { id: string; at: number; object: string }) => void

/**
 * The sandbox's clock as Stripe's objects see it: while something concerns a customer who stands on a test clock, time
 * is that clock's, and what is planned is planned there.
 */
export type ScopedClock = {
  /** Epoch seconds, whole. */
  now(): number
  schedule(due: { id: string; at: number; what: string; object: string }): void
  cancel(id: string): void
  on(what: string, act: Act): void
  /** Does something at one instant of a test clock, by its id; null is the sandbox's own time. */
  within<T>(testClock: string | null, act: () => T): T
  /** The test clock in whose time something is being done now, if any. */
  testClock(): string | null
  /** What falls due next on a test clock. */
  nextOn(testClock: string): Due | undefined
  /** Does a thing that is due on a test clock, in its time. */
  playOn(testClock: string, due: Due): void
  /** Drops all that is planned on a test clock that is no more. */
  forget(testClock: string): void
}

const kindOf = (testClock: string) => `due on ${testClock}`

export function createScopedClock(store: OpenStore, clock: Clock): ScopedClock {
  const acts = new Map<string, Act>()
  const agendas = new Map<string, Agenda>()
  let scope: string | null = null
  /** What is done in one step is done at one instant, though real seconds pass meanwhile. */
  let instant: number | null = null
  store.whenLoaded(() => agendas.clear())

  const agendaOf = (testClock: string): Agenda => {
    const found = agendas.get(testClock)
    if (found) return found
    const made = createAgenda(store, kindOf(testClock))
    agendas.set(testClock, made)
    return made
  }
  function within<T>(testClock: string | null, act: () => T): T {
    const before = { scope, instant }
    scope = testClock
    instant ??= clock.now()
    try {
      return act()
    } finally {
      scope = before.scope
      instant = before.instant
    }
  }
  return {
    now() {
      const testClock = scope === null ? undefined : store.get<TestClock>('test_helpers.test_clock', scope)
      return testClock ? testClock.hidden.now : (instant ?? clock.now())
    },
    schedule: (due) => (scope === null ? clock.schedule(due) : agendaOf(scope).add(due)),
    cancel: (id) => (scope === null ? clock.cancel(id) : agendaOf(scope).cancel(id)),
    on(what, act) {
      acts.set(what, act)
      clock.on(what, (due) => within(null, () => act(due)))
    },
    within,
    testClock: () => scope,
    nextOn: (testClock) => agendaOf(testClock).next(),
    playOn(testClock, due) {
      const act = acts.get(due.what)
      if (!act) throw new Error(`Nothing in this sandbox does "${due.what}" (due ${due.id}).`)
      store.remove(kindOf(testClock), due.id)
      within(testClock, () => act(due))
    },
    forget(testClock) {
      for (const { id } of store.all<Due>(kindOf(testClock))) store.remove(kindOf(testClock), id)
    },
  }
}

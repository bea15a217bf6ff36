import { createAgenda } from './agenda.ts'
import type { Due } from './due-queue.ts'
import type { OpenStore, Store } from './store.ts'

export type Act = (due: { id: string; at: number; object: string }) => void | Promise<void>

/** One clock for the whole sandbox. It flows with real time and can be moved forward. */
export type Clock = {
  /** Epoch seconds, whole. */
  now(): number
  /** Keeps something to be done at an instant; replaces one of the same id. Survives a restart. */
  schedule(due: { id: string; at: number; what: string; object: string }): void
  cancel(id: string): void
  /** Says what is done when a thing of this name falls due. */
  on(what: string, act: Act): void
}

/** The clock with what only its mover may do. */
export type MovableClock = Clock & {
  /** The next thing that falls due, if any. */
  next(): Due | undefined
  /** Does the first due thing, at its own instant, and commits. */
  play(due: Due): Promise<void>
  /** Holds the clock at an instant until it is let go. */
  freeze(at: number): void
  /** Lets the clock flow on, from where it stands or, with `rejoin`, with real time as if it had never been held. */
  thaw(rejoin?: boolean): void
  frozen(): boolean
}

/** Wall time in epoch seconds, by which signatures are made whatever the sandbox's clock says. */
export const realSeconds = () => Math.floor(Date.now() / 1000)

/**
 * `start`: where the clock begins (epoch seconds) in a store that has no clock yet; default real time. One that is not
 * `flowing` stands still unless it is moved.
 */
export function createClock(
  store: OpenStore | (Store & Pick<OpenStore, 'whenLoaded'>),
  start?: number,
  flowing = true,
): MovableClock {
  const begun = realSeconds()
  const ticking = () => (flowing ? realSeconds() : begun)
  const agenda = createAgenda(store, 'due')
  const acts = new Map<string, Act>()
  let held: number | null = null

  const offset = () => store.get<{ id: string; offset: number }>('clock', 'clock')?.offset ?? 0
  const setOffset = (seconds: number) => store.put('clock', { id: 'clock', offset: seconds })
  const begin = () => {
    if (!store.get('clock', 'clock')) setOffset(start === undefined ? 0 : start - ticking())
  }
  begin()
  store.whenLoaded(() => {
    agenda.reload()
    begin()
  })

  return {
    now: () => held ?? ticking() + offset(),
    schedule: agenda.add,
    cancel: agenda.cancel,
    on: (what, act) => void acts.set(what, act),
    next: agenda.next,
    async play(due) {
      const act = acts.get(due.what)
      if (!act) throw new Error(`Nothing in this sandbox does "${due.what}" (due ${due.id}).`)
      store.remove('due', due.id)
      try {
        await act(due)
      } catch (error) {
        // The thing itself is gone, or it would fail again forever; what it half did is taken back.
        store.rollback()
        store.remove('due', due.id)
        store.commit()
        throw error
      }
      store.commit()
    },
    freeze(at) {
      held = at
      // Kept with what is played there: after a kill the clock must not stand before what has happened.
      if (at > ticking() + offset()) setOffset(at - ticking())
    },
    thaw(rejoin = false) {
      if (held !== null && !rejoin) setOffset(held - ticking())
      held = null
      store.commit()
    },
    frozen: () => held !== null,
  }
}

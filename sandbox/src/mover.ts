import { barrierUrls, waitForBarrier } from './barriers.ts'
import type { MovableClock } from './clock.ts'
import type { DeliveryQueue } from './deliveries.ts'
import type { Due } from './due-queue.ts'
import { createMutex } from './mutex.ts'
import type { Store } from './store.ts'

type Played = { at: string; what: string; object: string }
type Moved = {
  now: string
  played: Played[]
  deliveries: { succeeded: number; failed: number; pending: number }
  problems?: string[]
}

export type Mover = {
  /** Moves the clock to an instant (epoch seconds) and plays all that falls due on the way, in order. */
  advanceTo(target: number): Promise<Moved>
  /** Plays what real time brings due; called by a timer. */
  start(): void
  stop(): Promise<void>
}

const written = (at: number) => new Date(at * 1000).toISOString()

/** Housekeeping of the sandbox itself: nobody outside can see it, so nobody is waited for. */
const silent = new Set(['idempotency.forget'])

/** Steps that are waited for one by one although real time brought them: an advance of one of Stripe's test clocks. */
const stepwise = new Set(['test_clock.step'])

/** Lateness from which what fell due while nothing ran is played step by step, as a move of the clock is. */
const late = 5

export function createMover(parts: { store: Store; clock: MovableClock; deliveries: DeliveryQueue }): Mover {
  const { store, clock, deliveries } = parts
  const alone = createMutex()
  let counts = { succeeded: 0, failed: 0 }
  let timer: NodeJS.Timeout | undefined
  let stopping = false
  deliveries.onOutcome(({ succeeded, final }) => {
    if (succeeded) counts.succeeded++
    else if (final) counts.failed++
  })

  /** Waits until nothing is on its way and every barrier is idle; answers the earliest moment one has something due. */
  async function settle(given: { up: Set<string>; problems: string[] }): Promise<number | null> {
    for (;;) {
      await deliveries.settled()
      const urls = barrierUrls(store).filter((url) => !given.up.has(url))
      const answers = await Promise.all(urls.map((url) => waitForBarrier(url, clock.now())))
      const dues: number[] = []
      answers.forEach((answer, position) => {
        if ('problem' in answer) {
          // Not asked again during this move: each question would cost its patience anew.
          given.up.add(urls[position] as string)
          given.problems.push(answer.problem)
        } else if (answer.nextDueAt !== null && answer.nextDueAt > clock.now()) dues.push(answer.nextDueAt)
      })
      if (!deliveries.busy()) return dues.length ? Math.min(...dues) : null
    }
  }

  async function stepsTo(target: number): Promise<{ played: Played[]; problems: string[] }> {
    const played: Played[] = []
    const given = { up: new Set<string>(), problems: [] as string[] }
    let theirs = await settle(given)
    while (!stopping) {
      const due = clock.next()
      const at = Math.max(clock.now(), Math.min(due?.at ?? Infinity, theirs ?? Infinity))
      if (at > target || !Number.isFinite(at)) break
      clock.freeze(at)
      if (due && due.at <= at) {
        await clock.play(due)
        if (silent.has(due.what)) continue
        played.push({ at: written(at), what: due.what, object: due.object })
      }
      theirs = await settle(given)
    }
    if (!stopping) {
      clock.freeze(Math.max(target, clock.now()))
      await settle(given)
    }
    return { played, problems: given.problems }
  }

  async function advanceTo(target: number): Promise<Moved> {
    return alone(async () => {
      counts = { succeeded: 0, failed: 0 }
      // Real time may have passed the target while another move was under way.
      clock.freeze(clock.now())
      try {
        const { played, problems } = await stepsTo(target)
        const open = ['pending', 'waiting', 'held'].map(
          (state) => store.by('delivery', 'state', state).length,
        )
        const pending = open.reduce((sum, count) => sum + count, 0)
        return {
          now: written(clock.now()),
          played,
          deliveries: { ...counts, pending },
          ...(problems.length ? { problems } : {}),
        }
      } finally {
        clock.thaw()
      }
    })
  }

  async function playDue(first: Due): Promise<void> {
    if (clock.now() - first.at > late || stepwise.has(first.what)) {
      const target = clock.now()
      clock.freeze(first.at)
      try {
        await stepsTo(target)
      } finally {
        clock.thaw(true)
      }
      return
    }
    for (let due: Due | undefined = first; due && due.at <= clock.now(); due = clock.next())
      await clock.play(due)
    deliveries.flush()
  }

  async function tick(): Promise<void> {
    const due = clock.next()
    if (due && due.at <= clock.now() && !clock.frozen()) {
      await alone(async () => {
        const first = clock.next()
        if (first && first.at <= clock.now() && !stopping) await playDue(first)
      })
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      tick()
        .catch((error) => console.error('sandbox: what fell due failed:', error))
        .finally(() => {
          if (!stopping) schedule()
        })
    }, 200)
  }

  return {
    advanceTo,
    start: schedule,
    async stop() {
      stopping = true
      clearTimeout(timer)
      await alone(async () => undefined)
    },
  }
}

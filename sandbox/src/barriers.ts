import type { Store } from './store.ts'

type Barriers = { id: string; urls: string[] }

/** The addresses that are asked whether they are idle before the clock moves on. */
export const barrierUrls = (store: Store): string[] => store.get<Barriers>('barriers', 'barriers')?.urls ?? []

export function setBarriers(store: Store, urls: string[]): void {
  store.put<Barriers>('barriers', { id: 'barriers', urls })
}

const refusedFor = 2_000
const busyFor = 60_000

export type Answer = { nextDueAt: number | null } | { problem: string }

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function ask(url: string, now: number): Promise<{ idle: boolean; nextDueAt: number | null }> {
  const headers = { 'sandbox-time': new Date(now * 1000).toISOString() }
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  const body = (await response.json()) as { idle?: unknown; nextDueAt?: unknown }
  const due = typeof body.nextDueAt === 'string' ? Math.ceil(Date.parse(body.nextDueAt) / 1000) : null
  return { idle: body.idle === true, nextDueAt: Number.isNaN(due) ? null : due }
}

/**
 * Asks one barrier until it is idle. One that cannot be reached is given up after two seconds, one that stays busy
 * after a minute; both are said in the answer to whoever moves the clock.
 */
export async function waitForBarrier(url: string, now: number): Promise<Answer> {
  const begun = Date.now()
  let lastReached = begun
  for (let wait = 5; ; wait = Math.min(wait * 1.5, 200)) {
    try {
      const { idle, nextDueAt } = await ask(url, now)
      if (idle) return { nextDueAt }
      lastReached = Date.now()
    } catch (error) {
      if (Date.now() - lastReached > refusedFor) {
        const why =
          error instanceof Error
            ? error.cause instanceof Error
              ? error.cause.message
              : error.message
            : String(error)
        return { problem: `The barrier ${url} could not be asked: ${why}. The clock moved on without it.` }
      }
    }
    if (Date.now() - begun > busyFor) {
      return {
        problem: `The barrier ${url} was not idle within ${busyFor / 1000} seconds. The clock moved on without it.`,
      }
    }
    await pause(wait)
  }
}

import { isStartedByNpm } from '../config.ts'

/**
 * In a terminal Ctrl-C comes twice at once, from the terminal and from npm, which passes on what it gets; a person who
 * presses it again takes longer.
 */
const SAME_REQUEST_MS = 700
const PARENT_POLL_MS = 500
const FORCED_EXIT_CODE = 130

export type StopRequest = { isAsked(): boolean; asked: Promise<void> }

/**
 * Tells when the program is asked to stop: Ctrl-C, SIGTERM, a closed terminal, or the end of the npm that runs it.
 * A second Ctrl-C ends it on the spot; the parts in other processes then end themselves.
 */
export function stopRequest(): StopRequest {
  let askedAt: number | undefined
  const asked = new Promise<void>((resolve) => {
    const ask = () => {
      const now = performance.now()
      if (askedAt === undefined) {
        askedAt = now
        resolve()
      } else if (now - askedAt > SAME_REQUEST_MS) {
        process.stderr.write('Stopped at once.\n')
        process.exit(FORCED_EXIT_CODE)
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
    if (isStartedByNpm()) watchParent(ask)
  })
  return { isAsked: () => askedAt !== undefined, asked }
}

/** npm cannot pass on the kill -9 that it got itself, and nobody would know of a server that goes on without it. */
function watchParent(gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, PARENT_POLL_MS)
  timer.unref()
}

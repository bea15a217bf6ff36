import type { FastifyInstance } from 'fastify'
import { hasWorkNow } from '../inbox/store.ts'
import { setBusinessTime, wallNow } from '../lib/clock.ts'
import type { Database } from '../lib/db.ts'
import { nextDueAt, sweep } from '../schedule.ts'

export const BARRIER_PATH = '/internal/barrier'

/**
 * What the sandbox asks before it moves its clock: business time follows the clock, what fell due is put on the
 * queue, and the answer says whether anything is still being worked on and when the next thing falls due.
 */
export function serveBarrier(app: FastifyInstance, { db }: { db: Database }): void {
  app.get(BARRIER_PATH, { config: { rateLimit: false } }, async (request) => {
    const said = request.headers['sandbox-time']
    if (typeof said === 'string' && !Number.isNaN(Date.parse(said))) {
      await db.system((tx) => setBusinessTime(tx, new Date(said)))
    }
    await sweep(db)
    const idle = !(await db.system(hasWorkNow))
    return { idle, nextDueAt: idle ? await nextDueAt(db) : null }
  })
}

/** Brings business time in line with the sandbox's clock and asks it to wait for us when it moves. */
export async function joinSandbox(
  { db }: { db: Database },
  options: { sandboxUrl: string; ownUrl: string },
): Promise<void> {
  const before = wallNow()
  const { now } = (await (await fetch(`${options.sandboxUrl}/_sandbox/clock`)).json()) as { now: string }
  const travelled = wallNow().getTime() - before.getTime()
  await db.system((tx) => setBusinessTime(tx, new Date(Date.parse(now) + travelled)))
  const answer = await fetch(`${options.sandboxUrl}/_sandbox/barriers`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ urls: [`${options.ownUrl}${BARRIER_PATH}`] }),
  })
  if (!answer.ok)
    throw new Error(`the sandbox did not take our barrier: ${answer.status} ${await answer.text()}`)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { seeded } from '../../src/chance.ts'
import { ended, type Running, runSandbox } from '../child.ts'
import { clientOf } from '../start.ts'
import { act, type Choice, type Played } from './actions.ts'
import { begins, furnish, problemsOf, sequenceOf, written } from './sequence.ts'

/** What the sandbox itself plans, and what a call may take away. */
const passing = new Set(['due', 'idempotency', 'clock', 'subscription_item', 'line_item', 'invoiceitem'])

type Kept = { kind: string; object: { id: string; status?: string } }

/** Only a draft can be deleted; an invoice that was final stays. */
const mayGo = ({ kind, object }: Kept) =>
  passing.has(kind) || (kind === 'invoice' && object.status === 'draft')

const nameOf = ({ kind, object }: Kept) => `${kind} ${object.id}`

const snapshotOf = async (url: string): Promise<Kept[]> =>
  ((await (await fetch(`${url}/_sandbox/snapshot`)).json()) as { objects: Kept[] }).objects

/** The call may be answered before the kill, or break with the connection; a failure of the sandbox itself is neither. */
function unlessItFailed(error: unknown): void {
  if (error instanceof Stripe.errors.StripeError && (error.statusCode ?? 0) >= 500) throw error
}

function playedOn({ url, key }: Running): Played {
  const control = async (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') => {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, never>
  }
  return { direct: clientOf(url, key), control, advance: (by) => control('clock/advance', by) }
}

/** Kills the program some milliseconds into a call, and says what it had promised and has no more. */
async function killDuring(
  running: Running,
  after: number,
  call: () => Promise<void>,
): Promise<(again: Running) => Promise<string[]>> {
  const before = await snapshotOf(running.url)
  const killed = ended(running.child)
  setTimeout(() => running.child.kill('SIGKILL'), after)
  await call().catch(unlessItFailed)
  await killed
  return async (again) => {
    const now = new Set((await snapshotOf(again.url)).map(nameOf))
    return before
      .filter((one) => !mayGo(one))
      .map(nameOf)
      .filter((name) => !now.has(name))
  }
}

/**
 * Plays the sequence of a seed in a program that is killed with -9 in the middle of calls and moves and started again.
 * Answers what was lost, or is not sound at its end.
 */
export async function problemOfKilledSeed(seed: number): Promise<string | undefined> {
  const chance = seeded(seed + 1)
  const data = mkdtempSync(join(tmpdir(), 'sandbox-killed-'))
  const done: Choice[] = []
  let running = await runSandbox(data, begins)
  const problems: string[] = []
  try {
    const known = await furnish(playedOn(running))
    for (const choice of sequenceOf(seed)) {
      done.push(choice)
      const call = () => act(playedOn(running), known, choice)
      if (chance() < 0.85) {
        await call()
        continue
      }
      const lostAfter = await killDuring(running, Math.floor(chance() * 40), call)
      running = await runSandbox(data, begins)
      problems.push(...(await lostAfter(running)).map((lost) => `lost: ${lost}`))
    }
    problems.push(...(await problemsOf(playedOn(running))))
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    running.child.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true, maxRetries: 10 })
  }
  return problems.length ? `seed ${seed}:\n${written(done)}\n${problems.join('\n')}` : undefined
}

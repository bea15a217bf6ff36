import type { MovableClock } from './clock.ts'
import type { Release } from './deliveries.ts'
import type { Reply, SandboxRequest } from './server.ts'
import { afterIntervals } from './stripe/periods.ts'

export const json = (body: unknown, status = 200): Reply => ({ status, body: JSON.stringify(body, null, 2) })

export const wrong = (message: string, status = 400): Reply => json({ error: { message } }, status)

/** One control path: its method, its path under `/_sandbox/`, and what it does; what the path captures is the id. */
export type Route = [
  method: string,
  path: RegExp,
  act: (request: SandboxRequest, id: string) => Reply | Promise<Reply>,
]

export class Refused extends Error {}

export function bodyOf(request: SandboxRequest, allowed: string[]): Record<string, unknown> {
  if (request.body.length === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(request.body.toString())
  } catch {
    throw new Refused('The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused('The body must be a JSON object.')
  const unknown = Object.keys(value).find((key) => !allowed.includes(key))
  if (unknown)
    throw new Refused(`Unknown field "${unknown}"; this path knows ${allowed.join(', ') || 'none'}.`)
  return value as Record<string, unknown>
}

export function targetOf(clock: MovableClock, given: Record<string, unknown>): number {
  const { seconds, days, months, to } = given
  const ways = [seconds, days, months, to].filter((value) => value !== undefined)
  if (ways.length !== 1) throw new Refused('Name exactly one of seconds, days, months or to.')
  if (to !== undefined) {
    const at = typeof to === 'number' ? to : Math.floor(Date.parse(String(to)) / 1000)
    if (!Number.isFinite(at)) throw new Refused(`"to" is no instant: ${JSON.stringify(to)}.`)
    if (at < clock.now()) throw new Refused('The clock only moves forward; "to" lies in the past.')
    return at
  }
  const amount = ways[0]
  if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0)
    throw new Refused('The amount must be a number of at least 0.')
  if (months !== undefined) {
    if (!Number.isInteger(amount)) throw new Refused('"months" must be whole.')
    return afterIntervals(clock.now(), 'month', amount)
  }
  return clock.now() + Math.round(amount * (days === undefined ? 1 : 86_400))
}

export function releaseOf(given: Record<string, unknown>): Release {
  const { order = 'as-is', seed, duplicates } = given
  if (order !== 'as-is' && order !== 'reverse' && order !== 'shuffle')
    throw new Refused('"order" must be as-is, reverse or shuffle.')
  if (seed !== undefined && !Number.isInteger(seed)) throw new Refused('"seed" must be a whole number.')
  if (duplicates !== undefined && typeof duplicates !== 'boolean' && !Number.isInteger(duplicates))
    throw new Refused('"duplicates" must be true or a number.')
  return {
    order,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(duplicates === undefined ? {} : { duplicates: duplicates as boolean | number }),
  }
}

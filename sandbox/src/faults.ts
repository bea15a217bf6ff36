import { randomId } from './ids.ts'
import type { SandboxRequest } from './server.ts'
import type { Store } from './store.ts'

export type Provider = 'stripe' | 'twilio'

/** A failure to play on matching requests, `times` often, or until it is deleted where `times` is not given. */
export type Fault = {
  id: string
  provider: Provider
  method?: string
  /** The path itself, or a pattern: `*` stands for any text, `:name` for one segment. */
  path?: string
  effect?: 'timeout' | 'reset' | 'answer-lost' | 'status'
  status?: number
  /** With the status 429: `lock_timeout` in place of `rate_limit`. */
  code?: string
  delayMs?: number
  times?: number
  /** How often it was played. */
  played: number
}

const effects = ['timeout', 'reset', 'answer-lost', 'status']

const isWhole = (value: unknown) => value === undefined || (Number.isInteger(value) && Number(value) >= 0)

/** Checks a fault as it was sent and keeps it. Answers the fault, or the sentence that says what is wrong. */
export function addFault(store: Store, given: Record<string, unknown>): Fault | string {
  const { provider, method, path, effect, status, code, delayMs, times, ...unknown } = given
  const [first] = Object.keys(unknown)
  if (first) return `A fault has no field "${first}".`
  if (provider !== 'stripe' && provider !== 'twilio') return '"provider" must be "stripe" or "twilio".'
  if (effect === undefined && delayMs === undefined) return `"effect" must be one of ${effects.join(', ')}.`
  if (effect !== undefined && !effects.includes(String(effect))) {
    return `"effect" must be one of ${effects.join(', ')}, not ${JSON.stringify(effect)}.`
  }
  if (![status, delayMs, times].every(isWhole)) return '"status", "delayMs" and "times" are whole numbers.'
  if (status !== undefined && (Number(status) < 400 || Number(status) > 599)) {
    return '"status" must be between 400 and 599.'
  }
  if (code !== undefined && (code !== 'lock_timeout' || status !== 429)) {
    return '"code" can only be "lock_timeout", with the status 429.'
  }
  const fault = {
    id: randomId('fault_', 14),
    provider,
    ...(method === undefined ? {} : { method: String(method).toUpperCase() }),
    ...(path === undefined ? {} : { path: String(path) }),
    ...(effect === undefined ? {} : { effect: effect as NonNullable<Fault['effect']> }),
    ...(status === undefined ? {} : { status: Number(status) }),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(delayMs === undefined ? {} : { delayMs: Number(delayMs) }),
    ...(times === undefined ? {} : { times: Number(times) }),
    played: 0,
  } satisfies Fault
  return store.put<Fault>('fault', fault)
}

function matches(pattern: string, path: string): boolean {
  const source = pattern
    .split(/(\*|:[A-Za-z]+)/)
    .map((part) => {
      if (part === '*') return '.*'
      return part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${source}$`).test(path)
}

/** The first fault that fits the request and is not used up. */
export function findFault(store: Store, provider: Provider, request: SandboxRequest): Fault | undefined {
  for (const fault of store.all<Fault>('fault')) {
    const fits = fault.provider === provider && (!fault.method || fault.method === request.method)
    if (!fits || (fault.path && !matches(fault.path, request.path))) continue
    if (fault.times === undefined || fault.played < fault.times) return fault
  }
  return undefined
}

export function takeFault(store: Store, fault: Fault): void {
  store.put('fault', { ...fault, played: fault.played + 1 })
}

import { errorFromAnswer, errorFromSilence, TollgateError } from './error.ts'
import { isWorthRetrying, maxAttempts, retryDelay } from './retry.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** `idempotencyKey`: name your own where the call must stay one call across a restart of your program. */
export type WriteOptions = { idempotencyKey?: string; signal?: AbortSignal }
export type ReadOptions = { signal?: AbortSignal }

export type Outgoing = {
  method: Method
  path: string
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
} & WriteOptions

export type Target = { baseUrl: string; headers: Record<string, string>; fetch: typeof globalThis.fetch }

const attemptTimeoutMs = 30_000

/**
 * Sends one call, again where that is safe, and reads its JSON answer. Reads are retried as they are,
 * writes under one Idempotency-Key for all attempts, so the server does the work at most once.
 * @throws TollgateError for every refusal and every silence; an abort by `signal` is thrown as it is.
 */
export const send = async <Answer>(target: Target, outgoing: Outgoing): Promise<Answer> => {
  const url = addressOf(target.baseUrl, outgoing)
  const init = initOf(target, outgoing)
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(target, url, { init, signal: outgoing.signal })
    if (outcome.answer) return readAnswer<Answer>(outcome.answer)
    if (attempt >= maxAttempts || !isWorthRetrying(outcome.error)) throw outcome.error
    const { retryAfter } = outcome
    await pause(retryDelay(attempt, { retryAfter, chance: Math.random(), now: Date.now() }), outgoing.signal)
  }
}

type Outcome = { answer: Response } | { answer?: never; error: TollgateError; retryAfter: string | null }

const attemptOnce = async (
  target: Target,
  url: string,
  { init, signal }: { init: RequestInit; signal: AbortSignal | undefined },
): Promise<Outcome> => {
  const tooLong = AbortSignal.timeout(attemptTimeoutMs)
  try {
    const limits = signal ? AbortSignal.any([signal, tooLong]) : tooLong
    const answer = await target.fetch(url, { ...init, signal: limits })
    if (answer.ok) return { answer }
    return { error: await errorFromAnswer(answer), retryAfter: answer.headers.get('retry-after') }
  } catch (cause) {
    if (signal?.aborted) throw cause
    return { error: errorFromSilence(cause), retryAfter: null }
  }
}

const readAnswer = async <Answer>(answer: Response): Promise<Answer> => {
  const text = await answer.text()
  if (text === '') return undefined as Answer
  try {
    return JSON.parse(text) as Answer
  } catch (cause) {
    throw new TollgateError(
      {
        status: answer.status,
        code: 'unexpected_answer',
        message: "The answer is not JSON. The base URL may point at something that is not Tollgate's API.",
        requestId: answer.headers.get('x-request-id'),
      },
      cause,
    )
  }
}

const addressOf = (baseUrl: string, { path, query }: Outgoing): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(key, String(value))
  }
  return `${baseUrl.replace(/\/+$/, '')}${path}${search.size > 0 ? `?${search}` : ''}`
}

const initOf = ({ headers }: Target, { method, body, idempotencyKey }: Outgoing): RequestInit => {
  const sent: Record<string, string> = { accept: 'application/json', ...headers }
  if (method !== 'GET') sent['idempotency-key'] = idempotencyKey ?? freshKey()
  if (body === undefined) return { method, headers: sent }
  return { method, headers: { ...sent, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

// randomUUID exists only in secure contexts; a page served over plain http has getRandomValues alone.
const freshKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })

const firstDelayMs = 250
const longestDelayMs = 8_000
const longestAskedDelayMs = 30_000

/** How often one call is tried in all, the first attempt included. */
export const maxAttempts = 4

/**
 * Whether the same request may be sent again. Only what the server does not keep under an Idempotency-Key
 * is worth it: silence (status 0), 429, 5xx, and a 409 that says the first attempt is still being worked
 * on. Any other 402 or 409 needs a person first.
 */
export const isWorthRetrying = ({ status, code }: { status: number; code: string }): boolean =>
  status === 0 || status === 429 || status >= 500 || (status === 409 && code === 'idempotency_in_progress')

/**
 * Milliseconds to wait before attempt `attempt + 1`. `retryAfter` is the header as it came (seconds or an
 * HTTP date) and wins when it can be read; otherwise the delay doubles, and `chance` in [0, 1) spreads
 * callers over it so that they do not all come back at once.
 */
export const retryDelay = (
  attempt: number,
  { retryAfter, chance, now }: { retryAfter: string | null; chance: number; now: number },
): number => {
  const asked = askedDelay(retryAfter, now)
  if (asked !== null) return Math.min(asked, longestAskedDelayMs)
  const ceiling = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs)
  return Math.round(ceiling / 2 + (ceiling / 2) * chance)
}

const askedDelay = (retryAfter: string | null, now: number): number | null => {
  if (retryAfter === null || retryAfter.trim() === '') return null
  const seconds = Number(retryAfter)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

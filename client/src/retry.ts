const firstDelayMs = 250
const longestDelayMs = 8_000
const longestAskedDelayMs = 30_000

/** How often one call is tried in all, the first attempt included. */
export const maxAttempts = 4

/**
 * Whether the same request may be sent again. Only answers that the server does not keep under an
 * Idempotency-Key are worth it: 429 and 5xx. A 402 or 409 needs a person first.
 */
export const isWorthRetrying = (status: number): boolean => status === 429 || status >= 500

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

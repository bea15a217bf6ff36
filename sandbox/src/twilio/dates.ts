import { Refusal } from './refusal.ts'

/** Epoch seconds in the form of the 2010-04-01 API: RFC 2822 with a numeric zone, always UTC. */
export function rfc2822(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toUTCString().replace('GMT', '+0000')
}

export type Span = { from: number; until: number }

/**
 * Reads a date filter of a list, `YYYY-MM-DD` (the whole UTC day) or a full ISO 8601 instant (that second), as
 * epoch seconds, `until` excluded.
 */
function readSpan(name: string, value: string): Span {
  const from = Date.parse(value) / 1000
  if (!/^\d{4}-\d{2}-\d{2}(T.+)?$/.test(value) || Number.isNaN(from)) {
    throw new Refusal(
      20422,
      `Invalid Parameter: ${name} must be YYYY-MM-DD or an ISO 8601 instant, not "${value}".`,
    )
  }
  return { from, until: value.length === 10 ? from + 86_400 : Math.floor(from) + 1 }
}

/**
 * Whether an instant passes the three date filters of a list. `<` means on or before and `>` on or after, both
 * counted from the first second of what was given, as Twilio counts from midnight.
 */
export function inDates(
  at: number | null,
  name: string,
  given: Readonly<Record<string, string | number | boolean | undefined>>,
) {
  const read = (key: string) => (given[key] === undefined ? undefined : readSpan(key, String(given[key])))
  const [on, before, after] = [read(name), read(`${name}<`), read(`${name}>`)]
  if (at === null) return !on && !before && !after
  if (on && (at < on.from || at >= on.until)) return false
  if (before && at > before.from) return false
  return !after || at >= after.from
}

type Style = { locale: string; timeZone?: string }

const minute = 60
const hour = 60 * minute
const day = 24 * hour

const steps = [
  { unit: 'year', seconds: 365 * day },
  { unit: 'month', seconds: 30 * day, from: 60 * day },
  { unit: 'day', seconds: day },
  { unit: 'hour', seconds: hour },
  { unit: 'minute', seconds: minute },
] as const

const zoned = ({ timeZone }: Style) => (timeZone === undefined ? {} : { timeZone })

const yearOf = (at: Date, style: Style) =>
  new Intl.DateTimeFormat('en', { year: 'numeric', ...zoned(style) }).format(at)

/** A calendar day in full: "December 20", with its year where that is not `now`'s. */
export const formatDay = (iso: string, now: Date, style: Style): string => {
  const at = new Date(iso)
  const sameYear = yearOf(at, style) === yearOf(now, style)
  return new Intl.DateTimeFormat(style.locale, {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' as const }),
    ...zoned(style),
  }).format(at)
}

/** A day for columns: "Dec 20, 2026", always with its year. */
export const formatShortDay = (iso: string, style: Style): string =>
  new Intl.DateTimeFormat(style.locale, { dateStyle: 'medium', ...zoned(style) }).format(new Date(iso))

/** The exact instant with its zone, for when that matters: "December 20, 2026 at 2:03 PM UTC". */
export const formatInstant = (iso: string, style: Style): string =>
  new Intl.DateTimeFormat(style.locale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    ...zoned(style),
  }).format(new Date(iso))

/** Day and time for log tables: "Nov 20, 2:03 PM". */
export const formatMoment = (iso: string, style: Style): string =>
  new Intl.DateTimeFormat(style.locale, {
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    ...zoned(style),
  }).format(new Date(iso))

// Words of a sentence, so they are in the language of the pages; figures and dates follow the person's locale.
const distance = new Intl.RelativeTimeFormat('en')

/** How far from `now`: "in 27 days", "2 hours ago", "now" within half a minute. */
export const formatRelative = (iso: string, now: Date): string => {
  const seconds = (Date.parse(iso) - now.getTime()) / 1000
  if (Math.abs(seconds) < minute / 2) return 'now'
  const step = steps.find((each) => Math.abs(seconds) >= ('from' in each ? each.from : each.seconds)) ?? {
    unit: 'minute',
    seconds: Math.abs(seconds),
  }
  return distance.format(Math.round(seconds / step.seconds), step.unit)
}

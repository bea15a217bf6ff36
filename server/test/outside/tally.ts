/** What a checker saw and found, whichever it is. */
export type Report = {
  checker: string
  /** Its own words. */
  summary: string
  /** The kinds of exchanges that it checked. */
  kinds: string[]
  breaches: Breach[]
}

/** `kind`: the exchange in which it was. */
type Breach = { kind: string; what: string }

/** What a checker takes for a breach and is none. */
const FALSE_ALARMS: { checker: string; kind: RegExp; what: RegExp; why: string }[] = [
  {
    checker: 'Stripe',
    kind: /^GET \/v1\/events(\/\{id\})?$/,
    what: /^\[response\] \w+ (data\[\]\.)?(type|data\.object\b)/,
    why: 'every event is compared with the first of all event types; as webhooks they are checked by their own',
  },
  {
    checker: 'Stripe',
    kind: /^event invoice\.upcoming$/,
    what: /^\[event\] missing_field data\.object\.id:/,
    why: 'it tells of an invoice that there is not yet, and Stripe says that it has no id',
  },
  {
    checker: 'Twilio',
    kind: /^GET \S+\/Messages\.json$/,
    what: /^query-invalid: DateSent[<>]? must match format "date-time"/,
    why: 'the description of the parameter, and its example, ask for YYYY-MM-DD',
  },
  {
    checker: 'Twilio',
    kind: /^POST \S+\/IncomingPhoneNumbers\/\{Sid\}\.json$/,
    what: /^semantic: account_sid differs/,
    why: 'a number that is moved to another account is asked for under its old one',
  },
]

type Tally = { passed: string[]; failed: string[]; leftOut: string[] }

/**
 * Each kind of exchange without a breach is passed once, however many reports have it; each distinct breach is failed
 * once. A report without any exchange is a failure: its checker was passed by.
 */
export function tally(reports: Report[]): Tally {
  const kinds = new Set<string>()
  const broken = new Set<string>()
  const failed = new Set<string>()
  const leftOut = new Set<string>()
  for (const { checker, kinds: seen, breaches } of reports) {
    if (seen.length === 0) failed.add(`${checker}: saw no exchange at all`)
    for (const kind of seen) kinds.add(`${checker}: ${kind}`)
    for (const { kind, what } of breaches) {
      const name = `${checker}: ${kind}`
      const alarm = FALSE_ALARMS.find(
        (each) => each.checker === checker && each.kind.test(kind) && each.what.test(what),
      )
      if (alarm) {
        leftOut.add(`${name}: ${alarm.why}`)
        continue
      }
      broken.add(name)
      failed.add(`${name}: ${what}`)
    }
  }
  return {
    passed: [...kinds].filter((name) => !broken.has(name)),
    failed: [...failed],
    leftOut: [...leftOut],
  }
}

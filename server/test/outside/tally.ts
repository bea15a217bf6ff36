/** What a checker saw and found, whichever it is. */
export type Report = {
  checker: string
  /** Its own words. */
  summary: string
  /** The kinds of exchanges that it checked. */
  kinds: string[]
  breaches: Breach[]
}

/** `path`: the field or parameter, where there is one. */
export type Breach = { kind: string; path: string; what: string }

/** What a checker takes for a breach and is none. */
const FALSE_ALARMS: { checker: string; kind: RegExp; path: RegExp; why: string }[] = []

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
    for (const { kind, path, what } of breaches) {
      const name = `${checker}: ${kind}`
      const alarm = FALSE_ALARMS.find(
        (each) => each.checker === checker && each.kind.test(kind) && each.path.test(path),
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

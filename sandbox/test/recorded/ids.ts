const inText =
  /\b(?:acct|bpc|bps|ca|ch|cn|cnli|cs|cus|di|evt|ii|il|in|inpay|payatt|pi|pm|pmc|price|prod|promo|re|seti|si|sub|tr|txn)_(?:test_)?[A-Za-z0-9]{8,}/g
const whole = new RegExp(`^${inText.source}$`)

export const isId = (text: string): boolean => whole.test(text)
const kindOf = (id: string) => id.slice(0, id.indexOf('_'))

/** Which of our objects stands for which recorded one. */
export type Ids = {
  /** Takes two for the same object, or says that they cannot be. */
  pair(recorded: string, ours: string): boolean
  knows(recorded: string): boolean
  /** A text with our ids in the place of the recorded ones. */
  translate(text: string): string
  /** The recorded ids of a text that nothing of ours stands for. */
  unknownIn(text: string): string[]
}

export function createIds(): Ids {
  const ours = new Map<string, string>()
  const recorded = new Map<string, string>()
  return {
    pair(theirs, own) {
      const [known, taken] = [ours.get(theirs), recorded.get(own)]
      if (known !== undefined || taken !== undefined) return known === own && taken === theirs
      if (kindOf(theirs) !== kindOf(own)) return false
      ours.set(theirs, own)
      recorded.set(own, theirs)
      return true
    },
    knows: (id) => ours.has(id),
    translate: (text) => text.replace(inText, (id) => ours.get(id) ?? id),
    unknownIn: (text) => [...text.matchAll(inText)].map(([id]) => id).filter((id) => !ours.has(id)),
  }
}

/** The person's own language for amounts and dates, as the browser says it; some browsers name one that is none. */
export const locale = isLocale(navigator.language) ? navigator.language : 'en'

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

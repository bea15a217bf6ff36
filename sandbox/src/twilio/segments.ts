const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const extended = '^{}\\[~]|€\f'

const widths = new Map<string, number>([
  ...[...basic].map((letter) => [letter, 1] as const),
  ...[...extended].map((letter) => [letter, 2] as const),
])

/**
 * How many SMS segments a text takes: 160 characters of the GSM-7 alphabet (3GPP TS 23.038; its extension costs
 * two), or 153 in each part of a longer one; 70 and 67 UTF-16 units where one letter is outside that alphabet.
 * A letter is never split over two parts.
 */
export function segmentsOf(text: string): number {
  const letters = [...text]
  const isGsm = letters.every((letter) => widths.has(letter))
  const costs = letters.map((letter) => (isGsm ? (widths.get(letter) ?? 1) : letter.length))
  const total = costs.reduce((sum, cost) => sum + cost, 0)
  if (total <= (isGsm ? 160 : 70)) return 1
  const room = isGsm ? 153 : 67
  let parts = 1
  let used = 0
  for (const cost of costs) {
    if (used + cost > room) {
      parts++
      used = 0
    }
    used += cost
  }
  return parts
}

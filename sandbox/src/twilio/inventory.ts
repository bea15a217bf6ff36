import { type Block, countries, type NumberType } from './countries.ts'
import type { Place } from './north-america.ts'

/** A number that the sandbox could sell, whoever may own it now. */
export type StockNumber = Omit<Block, 'prefix' | 'digits' | 'places'> & {
  phoneNumber: string
  place: Place | null
}

const stepBetweenLines = 7919

/** Lines that mean something of their own in the exchange 555. */
const reservedLines = new Set(['1212', '4334'])

function lineAt(block: Block, position: number): string {
  const size = 10 ** block.digits
  // The step has no factor in common with a power of ten, so every line comes once, in an order that looks random.
  const start = Number(block.prefix.slice(-6)) * 31
  return String((start + position * stepBetweenLines) % size).padStart(block.digits, '0')
}

function stockNumber(block: Block, line: string): StockNumber | undefined {
  if (block.areaCode !== null && reservedLines.has(line)) return undefined
  const { prefix, digits: _, places, ...rest } = block
  const place = places[Number(line) % Math.max(places.length, 1)] ?? null
  return { ...rest, phoneNumber: prefix + line, place }
}

const blocks = countries.flatMap((country) => country.blocks)

/** The number as the sandbox knows it, or undefined where it is none of those for sale. */
export function findStock(phoneNumber: string): StockNumber | undefined {
  const block = blocks.find(
    ({ prefix, digits }) => phoneNumber.startsWith(prefix) && phoneNumber.length === prefix.length + digits,
  )
  return block && stockNumber(block, phoneNumber.slice(block.prefix.length))
}

/**
 * All numbers of a country and type in the order in which a search shows them: one of each block in turn, always
 * the same. `wanted` leaves out whole blocks early.
 */
export function* stock(
  country: string,
  type: NumberType,
  wanted: (block: Block) => boolean = () => true,
): Iterable<StockNumber> {
  const chosen = blocks.filter((block) => block.country === country && block.type === type && wanted(block))
  const longest = Math.max(0, ...chosen.map((block) => 10 ** block.digits))
  for (let position = 0; position < longest; position++) {
    for (const block of chosen) {
      if (position >= 10 ** block.digits) continue
      const number = stockNumber(block, lineAt(block, position))
      if (number) yield number
    }
  }
}

/** How Twilio writes a number for people: `(415) 555-2671` in North America, E.164 elsewhere. */
export function friendlyNumber(phoneNumber: string): string {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(phoneNumber)
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : phoneNumber
}

export const isE164 = (text: string) => /^\+[1-9]\d{6,14}$/.test(text)

/** `FromCity`, `FromState`, `FromZip` and `FromCountry` of a number, as far as they are known. */
export function whereabouts(prefix: string, phoneNumber: string): Record<string, string> {
  const number = findStock(phoneNumber)
  return {
    [`${prefix}City`]: number?.place?.locality.toUpperCase() ?? '',
    [`${prefix}State`]: number?.place?.region ?? '',
    [`${prefix}Zip`]: number?.place?.postalCode ?? '',
    [`${prefix}Country`]: number?.country ?? '',
  }
}

import type { MeterName } from 'tollgate-client'
import { formatCost } from './money.ts'

export type MeterNames = Record<string, MeterName> | undefined

/** A meter as the page shows it. `included` null: no limit. `cost` is that of the units above it. */
export type MeterFigures = {
  used: number
  included: number | null
  over: number
  unit: string
  cost: string | null
}

/** Steps at which the account is warned, in percent of what is included. */
const thresholds = [80, 90, 100] as const

const isZero = (decimal: string) => !/[1-9]/.test(decimal)

/** The meter's name for a person: the catalog's, or else its key read aloud: "voice_minutes" is "Voice minutes". */
export const meterTitle = (key: string, names: MeterNames): string => {
  const known = names?.[key]?.name
  if (known !== undefined) return known
  const words = key.replaceAll('_', ' ').replace(/ count$/, '')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** One unit of it: the catalog's word, or else the last word of the key without its plural. */
export const meterUnit = (key: string, names: MeterNames): string => {
  const known = names?.[key]?.unit
  if (known !== undefined) return known
  const word =
    key
      .replace(/_count$/, '')
      .split('_')
      .at(-1) ?? key
  return word.replace(/([^s])s$/, '$1')
}

/** "1 minute", "150 minutes", "10 GB": a unit in capitals has no plural. */
export const countOf = (quantity: number, unit: string, locale: string): string =>
  `${new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(quantity)} ${unitFor(quantity, unit)}`

/** The unit's word for so many of it. */
export const unitFor = (quantity: number, unit: string): string =>
  quantity === 1 || unit === unit.toUpperCase() ? unit : `${unit}s`

/** What the units above the limit cost, from the usage answer's `costs`; null where nothing is charged. */
export const meterCost = (key: string, costs: Record<string, string>, names: MeterNames): string | null => {
  const keys = [names?.[key]?.costKey, `${key}_overage`, `${key.split('_')[0]}_overage`]
  const found = keys.find((each) => each !== undefined && each in costs)
  return found === undefined ? null : (costs[found] ?? null)
}

/** The whole meter in words: "150 of 100 minutes, 50 over, $0.65". */
export const meterSentence = (meter: MeterFigures, style: { currency: string; locale: string }): string => {
  const { used, included, over, unit, cost } = meter
  const number = new Intl.NumberFormat(style.locale, { maximumFractionDigits: 6 })
  if (included === null) return `${countOf(used, unit, style.locale)}, no limit`
  if (included === 0 && used === 0) return 'not included'
  const whole =
    included === 0
      ? `${countOf(used, unit, style.locale)}, none included`
      : `${number.format(used)} of ${countOf(included, unit, style.locale)}`
  const parts = [whole]
  if (over > 0 && included > 0) parts.push(`${number.format(over)} over`)
  if (cost !== null && !isZero(cost)) parts.push(formatCost(cost, style))
  return parts.join(', ')
}

/** Percent of what is included, 100 at a limit of 0, null without a limit. */
export const meterPercent = (used: number, included: number | null): number | null => {
  if (included === null) return null
  return included === 0 ? 100 : (used / included) * 100
}

/** Where bar, limit and thresholds lie on a scale of 0 to 100 that ends at whichever is more, used or included. */
export const meterScale = (used: number, included: number) => {
  const end = Math.max(used, included)
  const place = (quantity: number) => (end === 0 ? 0 : (quantity / end) * 100)
  return {
    within: place(Math.min(used, included)),
    beyond: place(Math.max(0, used - included)),
    ticks: thresholds.map((percent) => ({ percent, at: place((included * percent) / 100) })),
  }
}

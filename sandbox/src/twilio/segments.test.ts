import { expect, test } from 'vitest'
import { segmentsOf } from './segments.ts'

test.each([
  ['nothing', '', 1],
  ['160 of GSM-7', 'a'.repeat(160), 1],
  ['161 of GSM-7', 'a'.repeat(161), 2],
  ['306 of GSM-7', 'a'.repeat(306), 2],
  ['307 of GSM-7', 'a'.repeat(307), 3],
  ['80 euro signs, two septets each', '€'.repeat(80), 1],
  ['81 euro signs', '€'.repeat(81), 2],
  ['153 euro signs, none split between parts', '€'.repeat(153), 3],
  ['accents within GSM-7', 'é'.repeat(160), 1],
  ['70 outside GSM-7', 'я'.repeat(70), 1],
  ['71 outside GSM-7', 'я'.repeat(71), 2],
  ['134 outside GSM-7', 'я'.repeat(134), 2],
  ['135 outside GSM-7', 'я'.repeat(135), 3],
  ['one emoji makes all of it UCS-2', `${'a'.repeat(69)}👍`, 2],
  ['67 emoji, none split between parts', '👍'.repeat(67), 3],
])('%s', (_name, text, segments) => {
  expect(segmentsOf(text)).toBe(segments)
})

import { expect, test } from 'vitest'
import { formatPhone } from './phone.ts'

test.each([
  ['+14155550123', '+1 415 555 0123'],
  ['+442071838750', '+442071838750'],
  ['+1415', '+1415'],
])('%s is written %s', (e164, text) => {
  expect(formatPhone(e164)).toBe(text)
})

import { expect, test } from 'vitest'
import { readContains } from './contains.ts'

test.each([
  ['1415', '+14155550123', true],
  ['1415', '+12125550123', false],
  ['+1415', '+14155550123', true],
  ['+415', '+14155550123', false],
  ['0123$', '+14155550123', true],
  ['5550$', '+14155550123', false],
  ['TAXI', '+14155558294', true],
  ['taxi', '+14155558294', true],
  ['taxi', '+14155558295', false],
  ['415555****', '+14155550123', true],
  ['5550123*', '+14155550123', false],
  ['****0123', '+14155550123', true],
  ['%0123$', '+14155550123', true],
  ['+1415%', '+14155550123', true],
])('%s in %s: %s', (pattern, phoneNumber, fits) => {
  expect(readContains(pattern)(phoneNumber)).toBe(fits)
})

test.each(['5', '1'.repeat(17), '4*5', '***', '4*', '+*15', '15*$', '4-5', '', '4+5', '$45'])(
  'refuses %j',
  (pattern) => {
    expect(() => readContains(pattern)).toThrow(/Contains/)
  },
)

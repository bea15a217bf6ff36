import { expect, test } from 'vitest'
import {
  countOf,
  meterCost,
  meterPercent,
  meterScale,
  meterSentence,
  meterTitle,
  meterUnit,
  unitFor,
} from './meter.ts'

const style = { currency: 'usd', locale: 'en-US' }
const names = { voice_minutes: { name: 'Voice minutes', unit: 'minute', costKey: 'voice_overage' } }

test.each([
  [
    { used: 150, included: 100, over: 50, unit: 'minute', cost: '0.65' },
    '150 of 100 minutes, 50 over, $0.65',
  ],
  [{ used: 40, included: 100, over: 0, unit: 'minute', cost: '0.00' }, '40 of 100 minutes'],
  [{ used: 120, included: 100, over: 20, unit: 'message', cost: null }, '120 of 100 messages, 20 over'],
  [{ used: 0, included: 1, over: 0, unit: 'call', cost: null }, '0 of 1 call'],
  [{ used: 45, included: null, over: 0, unit: 'email', cost: null }, '45 emails, no limit'],
  [{ used: 0, included: 0, over: 0, unit: 'minute', cost: null }, 'not included'],
  [{ used: 5, included: 0, over: 5, unit: 'minute', cost: '0.07' }, '5 minutes, none included, $0.07'],
  [{ used: 1, included: null, over: 0, unit: 'email', cost: null }, '1 email, no limit'],
  [{ used: 12_500.5, included: 20_000, over: 0, unit: 'GB', cost: null }, '12,500.5 of 20,000 GB'],
])('%o reads "%s"', (meter, sentence) => {
  expect(meterSentence(meter, style)).toBe(sentence)
})

test.each([
  ['voice_minutes', undefined, 'Voice minutes', 'minute'],
  ['voice_minutes', names, 'Voice minutes', 'minute'],
  ['email_count', undefined, 'Email', 'email'],
  ['outbound_call', undefined, 'Outbound call', 'call'],
  ['access', undefined, 'Access', 'access'],
  ['sms', { sms: { name: 'Texts', unit: 'text' } }, 'Texts', 'text'],
])('the key %s is read as a title and a unit', (key, known, title, unit) => {
  expect(meterTitle(key, known)).toBe(title)
  expect(meterUnit(key, known)).toBe(unit)
})

test.each([
  ['voice_minutes', { voice_overage: '0.65' }, undefined, '0.65'],
  ['voice_minutes', { voice_overage: '0.65' }, names, '0.65'],
  ['outbound_call', { outbound_call_overage: '2.00', outbound_overage: '9.00' }, undefined, '2.00'],
  ['email_count', { voice_overage: '0.65' }, undefined, null],
])('the cost of %s is found among %o', (key, costs, known, cost) => {
  expect(meterCost(key, costs, known)).toBe(cost)
})

test.each([
  [0, 100, 0],
  [80, 100, 80],
  [150, 100, 150],
  [0, 0, 100],
  [5, null, null],
])('%d of %s is %s percent', (used, included, percent) => {
  expect(meterPercent(used, included)).toBe(percent)
})

test('below the limit the scale ends at the limit', () => {
  expect(meterScale(40, 100)).toEqual({
    within: 40,
    beyond: 0,
    ticks: [
      { percent: 80, at: 80 },
      { percent: 90, at: 90 },
      { percent: 100, at: 100 },
    ],
  })
})

test('above it the scale ends at what is used, and the limit moves left', () => {
  const { within, beyond, ticks } = meterScale(200, 100)
  expect([within, beyond]).toEqual([50, 50])
  expect(ticks.map((tick) => tick.at)).toEqual([40, 45, 50])
})

test('a limit of nothing divides by nothing', () => {
  expect(meterScale(0, 0)).toMatchObject({ within: 0, beyond: 0 })
  expect(meterScale(5, 0)).toMatchObject({ within: 0, beyond: 100 })
})

test.each([
  [1, 'minute', 'minute'],
  [0, 'minute', 'minutes'],
  [2, 'SMS', 'SMS'],
])('%d %s is written %s', (quantity, unit, word) => {
  expect(unitFor(quantity, unit)).toBe(word)
  expect(countOf(quantity, unit, 'en')).toBe(`${quantity} ${word}`)
})

import { expect, test } from 'vitest'
import { formatCost, formatMoney, formatPrice, formatRate, minorDigits, shiftLeft } from './money.ts'

const plain = (text: string) => text.replace(/\s/g, ' ')

test.each([
  ['1.3', 2, '0.013'],
  ['0.75', 2, '0.0075'],
  ['500', 2, '5'],
  ['4580', 2, '45.8'],
  ['5', 2, '0.05'],
  ['0', 2, '0'],
  ['-0.0', 2, '0'],
  ['-5', 2, '-0.05'],
  ['-12345', 2, '-123.45'],
  ['007', 0, '7'],
  ['1500', 3, '1.5'],
  ['9007199254740993.000000000001', 2, '90071992547409.93000000000001'],
])('%s moved by %i places is %s', (decimal, places, moved) => {
  expect(shiftLeft(decimal, places)).toBe(moved)
})

test.each([
  [4580, 'usd', 'en-US', '$45.80'],
  [-2000, 'usd', 'en-US', '-$20.00'],
  [0, 'usd', 'en-US', '$0.00'],
  [299000, 'eur', 'de-DE', '2.990,00 €'],
  [500, 'jpy', 'en-US', '¥500'],
  [1500, 'kwd', 'en-US', 'KWD 1.500'],
  [1000, 'ugx', 'en-US', 'UGX 10.00'],
  [Number.MAX_SAFE_INTEGER, 'usd', 'en-US', '$90,071,992,547,409.91'],
])('%i minor units of %s in %s are %s', (minor, currency, locale, text) => {
  expect(plain(formatMoney(minor, { currency, locale }))).toBe(text)
})

test.each([
  [4000, 'usd', '$40'],
  [4050, 'usd', '$40.50'],
  [0, 'usd', '$0'],
  [2900, 'eur', '€29'],
])('a price of %i %s is headed %s', (minor, currency, text) => {
  expect(formatPrice(minor, { currency, locale: 'en-US' })).toBe(text)
})

test.each([
  ['1.3', 'usd', '$0.013'],
  ['0.75', 'usd', '$0.0075'],
  ['500', 'usd', '$5.00'],
  ['0.000000000001', 'usd', '$0.00000000000001'],
  ['1.3', 'jpy', '¥1.3'],
])('a rate of %s %s per unit is %s', (rate, currency, text) => {
  expect(formatRate(rate, { currency, locale: 'en-US' })).toBe(text)
})

test.each([
  ['0.65', '$0.65'],
  ['5.80', '$5.80'],
  ['0.00', '$0.00'],
])('a cost of "%s" is %s', (cost, text) => {
  expect(formatCost(cost, { currency: 'usd', locale: 'en-US' })).toBe(text)
})

test.each([
  ['JPY', 0],
  ['krw', 0],
  ['kwd', 3],
  ['usd', 2],
  ['isk', 2],
])('%s is counted with %i decimal places', (currency, digits) => {
  expect(minorDigits(currency)).toBe(digits)
})

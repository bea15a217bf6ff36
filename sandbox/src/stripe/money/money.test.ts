import { describe, expect, test } from 'vitest'
import { lineAmount, plainDecimal, proratedPart, writtenAmount } from './money.ts'

describe('a part of a period is billed to the second, rounded to the nearest cent on the total', () => {
  test.each([
    [1000, 445_540, 2_678_400, 166],
    [3252, 445_540, 2_678_400, 541],
    [2500, 2_591_996, 2_592_000, 2500],
    [25_000, 31_535_996, 31_536_000, 25_000],
    [2500, 2_591_997, 2_592_000, 2500],
    [1000, 2_678_328, 2_678_400, 1000],
    [2000, 2_678_328, 2_678_400, 2000],
    [1000, 1, 2, 500],
  ])('%i for %i of %i seconds is %i', (unit, remainingSeconds, periodSeconds, expected) => {
    expect(proratedPart(String(unit), remainingSeconds, periodSeconds)).toBe(expected)
    expect(proratedPart(-unit, remainingSeconds, periodSeconds)).toBe(-expected)
  })

  test('a quantity is rounded once, not seat by seat', () => {
    // 3 × 0.5 is 1.5 and becomes 2; rounded seat by seat it would be 3.
    expect(proratedPart(3 * 10, 1, 20)).toBe(2)
  })
})

test.each([
  ['1.3', 50, 65],
  ['0.75', 20, 15],
  ['0.5', 1, 1],
  ['-0.5', 1, -1],
  ['0.4', 1, 0],
  ['-0.4', 1, 0],
  ['0.000000000001', 500_000_000_000, 1],
  ['4000', 0, 0],
])('%s × %i is %i', (unit, quantity, expected) => {
  expect(lineAmount(unit, quantity)).toBe(expected)
})

test('an amount that cannot be counted exactly is refused', () => {
  expect(() => lineAmount('999999999999999', 999_999)).toThrow('beyond what can be counted')
})

test.each([
  [4580, 'usd', '$45.80'],
  ['1.3', 'usd', '$0.013'],
  [-2000, 'eur', '-€20.00'],
  [500, 'jpy', '¥500'],
  [1234, 'chf', '12.34 CHF'],
])('%s %s reads %s', (amount, currency, expected) => {
  expect(writtenAmount(amount, currency)).toBe(expected)
})

test.each([
  ['1.300', '1.3'],
  ['40.0', '40'],
  ['400', '400'],
  ['0.10', '0.1'],
])('%s is written %s', (given, expected) => {
  expect(plainDecimal(given)).toBe(expected)
})

import { expect, test } from 'vitest'
import { checkCurrency } from './check-currency.ts'
import { currencies, decimalsOf, minimumCharge, smallestStep } from './currencies.ts'
import { writtenAmount } from './money.ts'

test.each([
  ['usd', 2, 1, 50],
  ['eur', 2, 1, 50],
  ['gbp', 2, 1, 30],
  ['aed', 2, 1, 200],
  ['czk', 2, 1, 1500],
  ['dkk', 2, 1, 250],
  ['hkd', 2, 1, 400],
  ['huf', 2, 1, 17_500],
  ['mxn', 2, 1, 1000],
  ['myr', 2, 1, 200],
  ['nok', 2, 1, 300],
  ['pln', 2, 1, 200],
  ['ron', 2, 1, 200],
  ['sek', 2, 1, 300],
  ['thb', 2, 1, 1000],
  ['jpy', 0, 1, 50],
  ['krw', 0, 1, 50],
  ['bhd', 3, 10, 50],
  ['jod', 3, 10, 50],
  ['kwd', 3, 10, 50],
  ['omr', 3, 10, 50],
  ['tnd', 3, 10, 50],
])('%s has %i decimals, is paid in steps of %i and charged from %i on', (currency, decimals, step, least) => {
  expect([decimalsOf(currency), smallestStep(currency), minimumCharge(currency)]).toEqual([
    decimals,
    step,
    least,
  ])
})

test('an amount is written with the decimals of its currency', () => {
  expect(writtenAmount(5120, 'kwd')).toBe('5.120 KWD')
  expect(writtenAmount(500, 'krw')).toBe('500 KRW')
})

test('a currency is known by its three letters, in capitals or not, and no other', () => {
  expect(new Set(currencies).size).toBe(currencies.length)
  expect(checkCurrency('EUR')).toBe('eur')
  expect(() => checkCurrency('xyz')).toThrow(
    /^Invalid currency: xyz\. Stripe currently supports these currencies: usd, /,
  )
  expect(() => checkCurrency('')).toThrow('Invalid currency')
})

import { expect, test } from 'vitest'
import { countries } from './countries.ts'
import { findStock, isE164, stock } from './inventory.ts'
import { prices } from './prices.ts'

function take(country: string, type: 'local' | 'toll free' | 'mobile', count: number) {
  const numbers = []
  for (const number of stock(country, type)) {
    numbers.push(number)
    if (numbers.length === count) break
  }
  return numbers
}

test('every kind of number of every country is E.164, found again as what it was, and has a price', () => {
  for (const { code, blocks } of countries) {
    for (const type of new Set(blocks.map((block) => block.type))) {
      const numbers = take(code, type, 500)
      expect(new Set(numbers.map(({ phoneNumber }) => phoneNumber)).size).toBe(numbers.length)
      expect(numbers.length).toBeGreaterThan(5)
      expect(numbers.every(({ phoneNumber }) => isE164(phoneNumber))).toBe(true)
      for (const number of numbers) expect(findStock(number.phoneNumber)).toEqual(number)
      expect(prices[code]?.numbers[type]).toMatch(/^\d+\.\d\d$/)
    }
  }
})

test('an area code has all of its lines once, but the two that are not for sale', () => {
  const lines = new Set<string>()
  for (const { phoneNumber } of stock('US', 'local', ({ areaCode }) => areaCode === '415'))
    lines.add(phoneNumber)
  expect(lines.size).toBe(9998)
  expect(lines.has('+14155551212')).toBe(false)
})

test.each(['+14155551212', '+14155561234', '+19995550123', '+1415555012', '+141555501234', 'nonsense'])(
  'does not sell %s',
  (phoneNumber) => {
    expect(findStock(phoneNumber)).toBeUndefined()
  },
)

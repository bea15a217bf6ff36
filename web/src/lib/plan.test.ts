import type { Plan } from 'tollgate-client'
import { expect, test } from 'vitest'
import { hasBothIntervals, isFree, limitText, numbersText, planName, priceOf } from './plan.ts'

const style = { currency: 'usd', locale: 'en-US' }
const month = { interval: 'month', currency: 'usd', amountCents: 4000 } as const
const year = { interval: 'year', currency: 'usd', amountCents: 40_000 } as const

const plan = (change: Partial<Plan>): Plan => ({
  slug: 'x',
  name: 'X',
  description: null,
  trialDays: 0,
  features: [],
  prices: [],
  limits: {},
  numbers: null,
  custom: false,
  ...change,
})

test.each([
  [{ included: 100, atLimit: 'overage', overageCents: '1.3' }, '100, then $0.013 a minute'],
  [{ included: 0, atLimit: 'overage', overageCents: '1.3' }, '$0.013 a minute'],
  [{ included: 1000, atLimit: 'block' }, '1,000, then it stops'],
  [{ included: 0, atLimit: 'block' }, 'Not included'],
  [{ included: 100, atLimit: 'allow' }, '100, more at no charge'],
  [{ included: 0, atLimit: 'allow' }, 'Unlimited'],
  [{ included: null, atLimit: 'allow' }, 'Unlimited'],
  [undefined, 'Unlimited'],
] as const)('%o is written "%s"', (limit, text) => {
  expect(limitText(limit, 'minute', style)).toBe(text)
})

test.each([
  [null, 'Not included'],
  [{ provisioned: 0 }, 'Can be added'],
  [{ provisioned: 1 }, '1, in the price'],
  [{ provisioned: 1, monthlyCents: '500' }, '1, $5.00 a month each'],
  [{ provisioned: 1, dedicated: true }, '1, on a line of your own'],
])('numbers %o are written "%s"', (numbers, text) => {
  expect(numbersText(numbers, style)).toBe(text)
})

test('the price follows the interval, and falls back to the only one', () => {
  expect(priceOf(plan({ prices: [month, year] }), 'year')).toBe(year)
  expect(priceOf(plan({ prices: [month] }), 'year')).toBe(month)
  expect(priceOf(plan({}), 'year')).toBeNull()
})

test('the switch is for plans sold both ways, not for two plans sold differently', () => {
  expect(hasBothIntervals([plan({ prices: [month] }), plan({ prices: [year] })])).toBe(false)
  expect(hasBothIntervals([plan({}), plan({ prices: [month, year] })])).toBe(true)
})

test('a plan that the catalog does not show has its slug read aloud', () => {
  const catalog = { plans: [plan({ slug: 'ai_cto', name: 'AI CTO' })] }
  expect(planName('ai_cto', catalog)).toBe('AI CTO')
  expect(planName('ai_secret', catalog)).toBe('Ai secret')
  expect(planName('ai_cto', undefined)).toBe('Ai cto')
})

test('free is without a price and without asking', () => {
  expect([plan({}), plan({ custom: true }), plan({ prices: [month] })].map(isFree)).toEqual([
    true,
    false,
    false,
  ])
})

import type { Plan } from 'tollgate-client'
import { expect, test } from 'vitest'
import { hasBothIntervals, limitText, numbersText, planName, priceOf } from './plan.ts'

const style = { currency: 'usd', locale: 'en-US' }
const numbers = { provisioned: 1, country: 'US', dedicated: false }
const month = { interval: 'month', currency: 'usd', amountCents: 4000 } as const
const year = { interval: 'year', currency: 'usd', amountCents: 40_000 } as const

const plan = (change: Partial<Plan>): Plan => ({
  slug: 'x',
  name: 'X',
  description: '',
  trialDays: 0,
  features: [],
  prices: [],
  limits: {},
  numbers: null,
  free: false,
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
  [{ ...numbers, provisioned: 0 }, 'Can be added'],
  [numbers, '1, in the price'],
  [{ ...numbers, monthlyCents: '500' }, '1, at $5.00 a month'],
  [{ ...numbers, provisioned: 2, monthlyCents: '500' }, '2, at $5.00 a month each'],
  [{ ...numbers, dedicated: true }, '1, on a line of your own'],
])('numbers %o are written "%s"', (given, text) => {
  expect(numbersText(given, style)).toBe(text)
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
  const catalog = { plans: [plan({ slug: 'ai_cto', name: 'AI CTO' })], meters: {}, features: {} }
  expect(planName('ai_cto', catalog)).toBe('AI CTO')
  expect(planName('ai_secret', catalog)).toBe('Ai secret')
  expect(planName('ai_cto', undefined)).toBe('Ai cto')
})

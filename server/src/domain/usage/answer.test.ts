import Big from 'big.js'
import { describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import { checked } from '../../../test/usage-world.ts'
import { answerOf, figuresOf, upgradeFor } from './answer.ts'
import type { Counter } from './usage.ts'

const times = { startsAt: new Date('2025-01-15T00:00:00Z'), endsAt: new Date('2025-02-15T00:00:00Z') }

function counter(used: number | string, included: number | null, rest: Partial<Counter> = {}): Counter {
  const limit = included === null ? null : new Big(included)
  const base = { periodId: 'per_1', meter: 'voice_minutes', ...times, isOpen: true, reserved: new Big(0) }
  return { ...base, used: new Big(used), included: limit, atLimit: 'block', overageCents: null, ...rest }
}

describe('figures', () => {
  it.each([
    ['nothing', counter(0, 50), { remaining: 50, percent: 0, threshold: null }],
    ['just under 80 %', counter('39.9999', 50), { remaining: 10.0001, percent: 79.99, threshold: null }],
    ['80 %', counter(40, 50), { remaining: 10, percent: 80, threshold: 80 }],
    ['90 %', counter(45, 50), { remaining: 5, percent: 90, threshold: 90 }],
    ['all', counter(50, 50), { remaining: 0, percent: 100, threshold: 100 }],
    ['more than all', counter(75, 50), { remaining: 0, percent: 150, threshold: 100 }],
    ['a third', counter(1, 3), { remaining: 2, percent: 33.33, threshold: null }],
    [
      'with some reserved',
      counter(40, 50, { reserved: new Big(8) }),
      { used: 40, reserved: 8, remaining: 2, percent: 96, threshold: 90 },
    ],
    ['a limit of 0', counter(0, 0), { limit: 0, remaining: 0, percent: 100, threshold: 100 }],
    ['no limit', counter(9, null), { limit: null, remaining: null, percent: 0, threshold: null }],
  ])('%s', (_, given, expected) => {
    expect(figuresOf('voice_minutes', given)).toMatchObject(expected)
  })
})

describe('the decision', () => {
  const decide = (given: Counter | undefined, quantity: number, hasAccess = true) => {
    const { allowed, reason } = answerOf({
      meter: 'voice_minutes',
      counter: given,
      quantity: new Big(quantity),
      hasAccess,
    })
    return reason ?? allowed
  }
  it.each([
    ['fits exactly', counter(49, 50), 1, true],
    ['is one too many', counter(50, 50), 1, 'limit_reached'],
    ['counts what is reserved', counter(40, 50, { reserved: new Big(10) }), 1, 'limit_reached'],
    ['goes over where that is billed', counter(50, 50, { atLimit: 'overage' }), 1, true],
    ['goes over where that is allowed', counter(50, 50, { atLimit: 'allow' }), 1, true],
    ['is not limited', counter(1e9, null), 1e9, true],
    ['has no plan', undefined, 1, 'no_access'],
  ] as const)('%s', (_, given, quantity, expected) => {
    expect(decide(given, quantity)).toBe(expected)
  })
  it('needs access, whatever is left', () => {
    expect(decide(counter(0, 50), 1, false)).toBe('no_access')
  })
})

describe('the upgrade', () => {
  const price = (amountCents: number, interval: 'month' | 'year' = 'month', currency = 'usd') => ({
    interval,
    currency,
    amountCents,
  })
  const plan = (slug: string, included: number | null, rest: object = {}) => {
    const others = { sms_messages: { included: null }, email_count: { included: null } }
    return {
      slug,
      name: slug,
      prices: [price(1000)],
      limits: { voice_minutes: { included }, ...others },
      ...rest,
    }
  }
  const upgrade = (plans: ReturnType<typeof plan>[], used = 50, quantity = 1) => {
    const catalog = checked({ ...assistant, plans })
    return upgradeFor({ catalog, currency: 'usd', counter: counter(used, 50), quantity: new Big(quantity) })
  }

  it('is the cheapest by the month', () => {
    const plans = [
      plan('dear', 100, { prices: [price(2000)] }),
      plan('yearly', 100, { prices: [price(12_000, 'year')] }),
    ]
    expect(upgrade(plans)).toEqual({ plan: 'yearly', name: 'yearly', included: 100 })
  })
  it('may be unlimited', () => {
    expect(upgrade([plan('all', null)])).toEqual({ plan: 'all', name: 'all', included: null })
  })
  it('has room for what is asked', () => {
    const plans = [plan('small', 60), plan('large', 500, { prices: [price(9000)] })]
    expect(upgrade(plans, 50, 20)?.plan).toBe('large')
    expect(upgrade(plans, 50, 1000)).toBeUndefined()
  })
  it.each([
    ['includes no more', plan('same', 50)],
    ['is hidden', plan('hidden', 100, { public: false })],
    ['is given by an operator', plan('custom', 100, { custom: true })],
    ['is not sold in the currency', plan('euro', 100, { prices: [price(1000, 'month', 'eur')] })],
  ])('is none that %s', (_, only) => {
    expect(upgrade([only])).toBeUndefined()
  })
})

import Big from 'big.js'
import { describe, expect, it } from 'vitest'
import { catalog as assistant } from '../../../../examples/assistant/catalog.ts'
import { checkCatalog, planOf } from '../catalog/catalog.ts'
import type { Counter } from '../usage/usage.ts'
import { planSeals } from './seal.ts'

const { catalog } = checkCatalog(assistant)
const plan = catalog && planOf(catalog, 'ai_secretary')
if (catalog === undefined || plan === undefined) throw new Error('the example has changed')
const times = { startsAt: new Date('2025-01-15T00:00:00Z'), endsAt: new Date('2025-02-15T00:00:00Z') }

function counter(meter: string, used: number | string, included: number | null, cents?: string): Counter {
  return {
    ...{ periodId: 'per_1', meter, ...times, isOpen: false, used: new Big(used), reserved: new Big(0) },
    included: included === null ? null : new Big(included),
    atLimit: cents === undefined ? 'allow' : 'overage',
    overageCents: cents === undefined ? null : new Big(cents),
  }
}

function seal(one: Counter, { currency = 'usd', carriedIn = '0' } = {}) {
  const free = { ...plan, numbers: null } as NonNullable<typeof plan>
  const carried = { [one.meter]: new Big(carriedIn) }
  const input = {
    counters: [one],
    numbersHeld: 0,
    plan: free,
    catalog: catalog as NonNullable<typeof catalog>,
  }
  const [sealed] = planSeals({ ...input, currency, carriedIn: carried })
  if (sealed === undefined) throw new Error('every counter has a seal')
  return sealed
}

const units = (sealed: ReturnType<typeof seal>) => {
  const { recorded, carriedIn, included, billed, waived, unbilled, carriedOut } = sealed
  expect(recorded.plus(carriedIn).toFixed()).toBe(
    included.plus(billed).plus(waived).plus(unbilled).plus(carriedOut).toFixed(),
  )
  return [included, billed, waived, unbilled].map((each) => each.toNumber())
}

describe('the seals of a period', () => {
  it('of the worked example bill 65, 15 and 500 cents', () => {
    const counters = [
      counter('email_count', 45, null),
      counter('sms_messages', 120, 100, '0.75'),
      counter('voice_minutes', 150, 100, '1.3'),
    ]
    const seals = planSeals({ counters, numbersHeld: 1, plan, catalog, currency: 'usd', carriedIn: {} })
    expect(seals.map((each) => [each.meter, each.amountCents, each.description])).toEqual([
      ['email_count', 0n, '0 emails (at $0.00 each)'],
      ['sms_messages', 15n, '20 SMS over the 100 included (at $0.0075 each)'],
      ['voice_minutes', 65n, '50 voice minutes over the 100 included (at $0.013 each)'],
      ['phone_number', 500n, '1 phone number (at $5.00 each)'],
    ])
  })

  it.each([
    ['nothing used', counter('voice_minutes', 0, 100, '1.3'), [0, 0, 0, 0], 0n],
    ['less than included', counter('voice_minutes', '99.5', 100, '1.3'), [99.5, 0, 0, 0], 0n],
    ['more than included', counter('voice_minutes', '101.5', 100, '1.3'), [100, 1.5, 0, 0], 2n],
    ['half a cent', counter('voice_minutes', 101, 100, '0.5'), [100, 1, 0, 0], 1n],
    ['just under half a cent', counter('voice_minutes', 101, 100, '0.499999999999'), [100, 1, 0, 0], 0n],
    ['unlimited', counter('email_count', 45, null), [45, 0, 0, 0], 0n],
    ['over what is allowed without a charge', counter('voice_minutes', 120, 100), [100, 0, 20, 0], 0n],
    ['over what blocks', { ...counter('voice_minutes', 120, 100), atLimit: 'block' }, [100, 0, 0, 20], 0n],
    ['nothing included', counter('voice_minutes', 3, 0, '100'), [0, 3, 0, 0], 300n],
  ] as [string, Counter, number[], bigint][])('with %s', (_, given, expected, amount) => {
    const sealed = seal(given)
    expect(units(sealed)).toEqual(expected)
    expect(sealed.amountCents).toBe(amount)
  })

  it('settles units carried in from an earlier period', () => {
    const sealed = seal(counter('voice_minutes', 98, 100, '10'), { carriedIn: '5' })
    expect(units(sealed)).toEqual([100, 3, 0, 0])
    expect(sealed.amountCents).toBe(30n)
  })

  it.each([
    [counter('voice_minutes', 101, 100, '1.3'), 'usd', '1 minute over the 100 included (at $0.013 each)'],
    [
      counter('voice_minutes', '2600.25', 1000, '1.3'),
      'usd',
      '1,600.25 voice minutes over the 1,000 included (at $0.013 each)',
    ],
    [counter('sms_messages', 2, 0, '200'), 'eur', '2 SMS (at €2.00 each)'],
    [
      counter('voice_minutes', 102, 100, '1.3'),
      'jpy',
      '2 voice minutes over the 100 included (at ¥1.3 each)',
    ],
    [counter('fax_pages', 12, 10, '1'), 'usd', '2 fax_pages over the 10 included (at $0.01 each)'],
  ])('is described in words: case %#', (given, currency, words) => {
    expect(seal(given, { currency }).description).toBe(words)
  })
})

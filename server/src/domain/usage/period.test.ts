import { describe, expect, it } from 'vitest'
import { monthsAfter, periodToOpen, planConfirmation, windowAt } from './period.ts'
import type { Period } from './usage.ts'

const day = (date: string) => new Date(date.includes('T') ? date : `${date}T00:00:00Z`)

function period(from: string, to: string, rest: Partial<Period> = {}): Period {
  const ids = { accountId: 'acc_1', periodId: `per_${from}`, subscriptionId: 'sub_1' }
  const terms = { plan: 'ai_secretary', catalogVersion: 1, interval: 'month' as const, isRolling: true }
  const times = { startsAt: day(from), endsAt: day(to), anchor: day(from) }
  return { ...ids, ...terms, ...times, status: 'confirmed', ...rest }
}

describe('boundaries from an anchor', () => {
  it('keeps the 31st through fourteen months, a leap year among them', () => {
    const days = Array.from({ length: 15 }, (_, months) =>
      monthsAfter(day('2023-01-31T10:30:00.005Z'), months).toISOString(),
    )
    expect(days.map((each) => each.slice(0, 10))).toEqual([
      '2023-01-31',
      '2023-02-28',
      '2023-03-31',
      '2023-04-30',
      '2023-05-31',
      '2023-06-30',
      '2023-07-31',
      '2023-08-31',
      '2023-09-30',
      '2023-10-31',
      '2023-11-30',
      '2023-12-31',
      '2024-01-31',
      '2024-02-29',
      '2024-03-31',
    ])
    expect(days.every((each) => each.endsWith('T10:30:00.005Z'))).toBe(true)
  })

  it.each([
    ['2025-01-31', 'month', '2025-01-31', '2025-01-31', '2025-02-28'],
    ['2025-01-31', 'month', '2025-02-27T23:59:59.999Z', '2025-01-31', '2025-02-28'],
    ['2025-01-31', 'month', '2025-02-28', '2025-02-28', '2025-03-31'],
    ['2025-01-31', 'month', '2025-03-30', '2025-02-28', '2025-03-31'],
    ['2025-01-31', 'month', '2024-12-31', '2024-12-31', '2025-01-31'],
    ['2025-01-31', 'month', '2024-02-29', '2024-02-29', '2024-03-31'],
    ['2025-01-15', 'month', '2026-03-14', '2026-02-15', '2026-03-15'],
    ['2024-02-29', 'year', '2025-02-27', '2024-02-29', '2025-02-28'],
    ['2024-02-29', 'year', '2028-02-28', '2027-02-28', '2028-02-29'],
    ['2024-02-29', 'year', '2023-06-01', '2023-02-28', '2024-02-29'],
  ] as const)('anchored on %s per %s, %s lies in %s to %s', (anchor, interval, at, from, to) => {
    expect(windowAt(day(anchor), interval, day(at))).toEqual({ startsAt: day(from), endsAt: day(to) })
  })
})

describe('the period that begins by itself', () => {
  const freePlan = { plan: 'ai_buddy', catalogVersion: 7 }
  const created = day('2025-01-10')
  const open = (at: string, rest: Partial<Parameters<typeof periodToOpen>[0]> = {}) => {
    const found = periodToOpen({
      at: day(at),
      before: undefined,
      after: undefined,
      accountCreatedAt: created,
      freePlan,
      ...rest,
    })
    return (
      found && [
        found.plan,
        found.startsAt.toISOString().slice(0, 10),
        found.endsAt.toISOString().slice(0, 10),
      ]
    )
  }

  it('is the free plan, monthly from the account, where there is no other', () => {
    expect(open('2025-03-10')).toEqual(['ai_buddy', '2025-03-10', '2025-04-10'])
    expect(open('2025-01-09')).toBeUndefined()
    expect(open('2025-03-10', { freePlan: undefined })).toBeUndefined()
  })

  it('is the next of a subscription that goes on, counted from its anchor', () => {
    const before = period('2025-01-31', '2025-02-28')
    expect(open('2025-03-30', { before, freePlan: undefined })).toEqual([
      'ai_secretary',
      '2025-02-28',
      '2025-03-31',
    ])
    expect(open('2025-05-30', { before })).toEqual(['ai_secretary', '2025-04-30', '2025-05-31'])
  })

  it('is the free plan from where a subscription ended', () => {
    const before = period('2025-01-31', '2025-02-20', { isRolling: false })
    expect(open('2025-03-25', { before })).toEqual(['ai_buddy', '2025-03-20', '2025-04-20'])
    expect(open('2025-03-25', { before, freePlan: undefined })).toBeUndefined()
  })

  it('keeps the free plan’s own anchor from month to month', () => {
    const before = period('2025-01-31', '2025-02-28', { subscriptionId: null, plan: 'ai_buddy' })
    expect(open('2025-03-01', { before })).toEqual(['ai_buddy', '2025-02-28', '2025-03-31'])
  })

  it('fills no more than the gap between its neighbours', () => {
    const before = period('2025-01-15', '2025-02-20')
    const after = period('2025-03-01', '2025-04-01')
    expect(open('2025-02-25', { before, after })).toEqual(['ai_secretary', '2025-02-20', '2025-03-01'])
  })
})

describe('what a confirmation changes', () => {
  const named = (from: string, to: string) => {
    const { accountId: _, periodId: __, status: ___, ...terms } = period(from, to)
    return terms
  }
  const plan = (periods: Period[], from: string, to: string) => {
    const steps = planConfirmation(periods, named(from, to))
    return (
      steps && {
        cut: steps.cut?.periodId,
        remove: steps.remove.map((each) => each.periodId),
        target: steps.target?.periodId,
        from: steps.terms.startsAt.toISOString().slice(0, 10),
        to: steps.terms.endsAt.toISOString().slice(0, 10),
      }
    )
  }
  const guess = { status: 'provisional' as const }
  const frozen = { status: 'frozen' as const }

  it('is nothing where Stripe says what is there', () => {
    expect(
      plan(
        [period('2025-01-15', '2025-02-15'), period('2025-02-15', '2025-03-15', guess)],
        '2025-01-15',
        '2025-02-15',
      ),
    ).toBeUndefined()
  })

  it('confirms a guess and takes back the guesses after it', () => {
    const periods = [period('2025-02-15', '2025-03-15', guess), period('2025-03-15', '2025-04-15', guess)]
    const steps = { cut: undefined, remove: ['per_2025-03-15'], target: 'per_2025-02-15' }
    expect(plan(periods, '2025-02-15', '2025-03-15')).toEqual({
      ...steps,
      from: '2025-02-15',
      to: '2025-03-15',
    })
  })

  it('cuts what reaches into it and moves what begins inside', () => {
    const periods = [period('2025-01-10', '2025-02-10'), period('2025-02-10', '2025-03-10', guess)]
    const steps = { cut: 'per_2025-01-10', remove: [], target: 'per_2025-02-10' }
    expect(plan(periods, '2025-02-01', '2025-03-01')).toEqual({
      ...steps,
      from: '2025-02-01',
      to: '2025-03-01',
    })
  })

  it('leaves what is frozen, and takes only the time that it leaves', () => {
    expect(plan([period('2025-01-15', '2025-02-15', frozen)], '2025-01-15', '2025-02-15')).toBeUndefined()
    const steps = { cut: undefined, remove: [], target: undefined }
    expect(plan([period('2025-01-15', '2025-02-15', frozen)], '2025-02-01', '2025-03-01')).toEqual({
      ...steps,
      from: '2025-02-15',
      to: '2025-03-01',
    })
    expect(plan([period('2025-02-15', '2025-03-15', frozen)], '2025-02-01', '2025-03-01')).toEqual({
      ...steps,
      from: '2025-02-01',
      to: '2025-02-15',
    })
  })

  it('never removes a confirmed period that comes after it', () => {
    const periods = [period('2025-01-15', '2025-02-15', guess), period('2025-02-15', '2025-03-15')]
    expect(plan(periods, '2025-01-15', '2025-02-15')?.remove).toEqual([])
  })
})

import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { expect, test } from 'vitest'
import { afterIntervals, periodAt, writtenDay } from './periods.ts'

const at = (text: string) => Date.parse(text) / 1000
const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)

test('months are counted from the anchor, so that the 31st comes back', () => {
  const anchor = at('2026-01-31T10:00:00Z')
  const turns = [1, 2, 3, 13, 25].map((months) => day(afterIntervals(anchor, 'month', months)))
  expect(turns).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2027-02-28', '2028-02-29'])
})

test.each([
  ['2026-01-31T10:00:00Z', '2026-01-31', '2026-02-28'],
  ['2026-02-28T09:59:59Z', '2026-01-31', '2026-02-28'],
  ['2026-02-28T10:00:00Z', '2026-02-28', '2026-03-31'],
  ['2029-12-31T10:00:00Z', '2029-12-31', '2030-01-31'],
])('the monthly period at %s is %s to %s', (now, start, end) => {
  const period = periodAt(at('2026-01-31T10:00:00Z'), { interval: 'month', interval_count: 1 }, at(now))
  expect([day(period.start), day(period.end)]).toEqual([start, end])
})

test('years, weeks and several months at once', () => {
  const anchor = at('2024-02-29T00:00:00Z')
  const of = (interval: 'year' | 'week' | 'month', interval_count: number, now: string) => {
    const period = periodAt(anchor, { interval, interval_count }, at(now))
    return [day(period.start), day(period.end)]
  }
  expect(of('year', 1, '2026-06-01T00:00:00Z')).toEqual(['2026-02-28', '2027-02-28'])
  expect(of('month', 3, '2024-06-01T00:00:00Z')).toEqual(['2024-05-29', '2024-08-29'])
  expect(of('week', 2, '2024-03-14T00:00:00Z')).toEqual(['2024-03-14', '2024-03-28'])
})

test('days, weeks, months and years are counted as the calendar counts them', () => {
  const anchors = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') })
  const intervals = fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const)
  fc.assert(
    fc.property(anchors, intervals, fc.integer({ min: -40, max: 200 }), (anchor, interval, count) => {
      const start = Temporal.Instant.fromEpochMilliseconds(anchor * 1000).toZonedDateTimeISO('UTC')
      const expected = start.add({ [`${interval}s`]: count }).epochMilliseconds / 1000
      expect(afterIntervals(anchor, interval, count)).toBe(expected)
    }),
  )
})

test('a day is written as on proration lines', () => {
  expect([writtenDay(at('2025-11-10T23:59:59Z')), writtenDay(at('2026-09-01T00:00:00Z'))]).toEqual([
    '10 Nov 2025',
    '01 Sep 2026',
  ])
})

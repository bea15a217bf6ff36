import { expect, test } from 'vitest'
import { datesOf, endOf, type Span } from './dates.ts'

const seconds = (day: string) => Date.parse(`${day}T10:00:00Z`) / 1000
const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10)
const months = (count: number): Span['lasts'] => ({ interval: 'month', interval_count: count })

test.each([
  ['2026-01-31', 'month', 1, '2026-01-31', '2026-02-28'],
  ['2026-02-28', 'month', 1, '2026-01-31', '2026-03-31'],
  ['2026-02-28', 'month', 2, '2026-01-31', '2026-04-30'],
  ['2026-02-28', 'month', 1, '2026-02-28', '2026-03-28'],
  ['2026-02-28', 'year', 1, '2026-01-31', '2027-02-28'],
  ['2028-01-31', 'month', 1, '2026-01-31', '2028-02-29'],
  ['2026-02-10', 'month', 1, '2026-01-31', '2026-03-10'],
  ['2026-02-10', 'week', 2, '2026-01-31', '2026-02-24'],
  ['2026-02-10', 'day', 3, '2026-02-09', '2026-02-13'],
  ['2025-12-31', 'month', 2, '2026-01-31', '2026-02-28'],
] as const)(
  'from %s on for %s × %s with an anchor of %s ends on %s',
  (start, interval, count, anchor, end) => {
    const lasts = { interval, interval_count: count }
    expect(day(endOf(seconds(start), lasts, seconds(anchor)))).toBe(end)
  },
)

const written = (spans: Span[], start: string, anchor = start) =>
  datesOf(spans, { start: seconds(start), anchor: seconds(anchor) }).map((one) => [
    day(one.start),
    day(one.end),
  ])

test('each phase begins where the one before ends, on the billing cycle of the first', () => {
  const plain = { lasts: months(1), anchors: false }
  expect(written([plain, plain, plain], '2026-01-31')).toEqual([
    ['2026-01-31', '2026-02-28'],
    ['2026-02-28', '2026-03-31'],
    ['2026-03-31', '2026-04-30'],
  ])
})

test('a phase that moves the anchor sets the cycle of those after it', () => {
  const plain = { lasts: months(1), anchors: false }
  expect(written([plain, { ...plain, anchors: true }, plain], '2026-01-31')).toEqual([
    ['2026-01-31', '2026-02-28'],
    ['2026-02-28', '2026-03-28'],
    ['2026-03-28', '2026-04-28'],
  ])
})

test('a trial moves the anchor to its end', () => {
  const trial: Span = { lasts: { interval: 'day', interval_count: 3 }, anchors: false, trial: true }
  expect(written([trial, { lasts: months(1), anchors: false }], '2026-01-28')).toEqual([
    ['2026-01-28', '2026-01-31'],
    ['2026-01-31', '2026-02-28'],
  ])
  const within: Span = { lasts: months(1), anchors: false, end: seconds('2026-03-15') }
  expect(
    written(
      [
        { ...within, trialEnd: seconds('2026-02-15') },
        { lasts: months(1), anchors: false },
      ],
      '2026-01-31',
    ),
  ).toEqual([
    ['2026-01-31', '2026-03-15'],
    ['2026-03-15', '2026-04-15'],
  ])
})

test('a phase ends where the next is said to begin, or at its own end', () => {
  const next: Span = { lasts: months(1), anchors: false, start: seconds('2026-02-10') }
  expect(written([{ lasts: months(6), anchors: false }, next], '2026-01-31')).toEqual([
    ['2026-01-31', '2026-02-10'],
    ['2026-02-10', '2026-03-10'],
  ])
})

import { expect, test } from 'vitest'
import { formatDay, formatInstant, formatMoment, formatRelative, formatShortDay } from './time.ts'

const plain = (text: string) => text.replace(/\s/g, ' ')
const now = new Date('2026-11-20T12:00:00Z')
const utc = { locale: 'en-US', timeZone: 'UTC' }

test.each([
  ['2026-12-20T14:03:00Z', utc, 'December 20'],
  ['2027-01-20T14:03:00Z', utc, 'January 20, 2027'],
  ['2026-12-20T14:03:00Z', { locale: 'de-DE', timeZone: 'UTC' }, '20. Dezember'],
  ['2026-12-31T23:30:00Z', { locale: 'en-US', timeZone: 'Europe/Berlin' }, 'January 1, 2027'],
])('the day of %s in %o is %s', (iso, style, text) => {
  expect(formatDay(iso, now, style)).toBe(text)
})

test('an instant names its zone, a short day its year, a moment its time', () => {
  expect(plain(formatInstant('2026-12-20T14:03:00Z', utc))).toBe('December 20, 2026 at 2:03 PM UTC')
  expect(formatShortDay('2026-12-20T14:03:00Z', utc)).toBe('Dec 20, 2026')
  expect(plain(formatMoment('2026-12-20T14:03:00Z', utc))).toBe('Dec 20, 2:03 PM')
})

test.each([
  ['2026-11-20T12:00:10Z', 'now'],
  ['2026-11-20T12:00:40Z', 'in 1 minute'],
  ['2026-11-20T11:59:15Z', '1 minute ago'],
  ['2026-11-20T14:00:00Z', 'in 2 hours'],
  ['2026-11-19T12:00:00Z', '1 day ago'],
  ['2026-12-20T12:00:00Z', 'in 30 days'],
  ['2027-02-20T12:00:00Z', 'in 3 months'],
  ['2028-11-20T12:00:00Z', 'in 2 years'],
])('%s is %s', (iso, text) => {
  expect(formatRelative(iso, now)).toBe(text)
})

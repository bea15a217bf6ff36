import { describe, expect, test } from 'vitest'
import type { Plan } from '../catalog/catalog.ts'
import { isRetried, preferenceFor, retryDelaySeconds, searchesFor } from './number.ts'

const plan = { numbers: { provisioned: 1, country: 'US', areaCode: '415', dedicated: false } } as Plan

describe('where a number should be', () => {
  test.each([
    ['as the plan says', {}, { country: 'US', areaCode: '415' }],
    ['in the area asked for', { areaCode: '212' }, { country: 'US', areaCode: '212' }],
    ['in another country, without the plan’s area', { country: 'GB' }, { country: 'GB' }],
    ['with the digits asked for', { contains: '777' }, { country: 'US', areaCode: '415', contains: '777' }],
  ])('%s', (_, asked, expected) => {
    expect(preferenceFor(plan, asked)).toEqual(expected)
  })
})

describe('the searches go from the wish to anything', () => {
  const wishes = (preference: Parameters<typeof searchesFor>[0]) =>
    searchesFor(preference).map(({ areaCode, contains, capabilities }) => ({
      areaCode,
      contains,
      sms: capabilities?.includes('sms'),
    }))

  test('with an area and digits', () => {
    expect(wishes({ country: 'US', areaCode: '415', contains: '777' })).toEqual([
      { areaCode: '415', contains: '777', sms: true },
      { areaCode: '415', sms: true },
      { contains: '777', sms: true },
      { sms: true },
      { sms: false },
    ])
  })

  test('each search once where there is no wish', () => {
    expect(wishes({ country: 'US' })).toEqual([{ sms: true }, { sms: false }])
  })

  test('without an area code where countries have none', () => {
    const searches = searchesFor({ country: 'gb', areaCode: '415' })
    expect(searches.map(({ country, areaCode }) => ({ country, areaCode }))).toEqual([
      { country: 'GB' },
      { country: 'GB' },
    ])
  })
})

test('the waits between attempts grow up to six hours', () => {
  expect([1, 2, 3, 4, 5, 6, 40].map(retryDelaySeconds)).toEqual([60, 300, 1800, 7200, 21_600, 21_600, 21_600])
})

test('what is included is always tried again, what was asked for only where its end is unknown', () => {
  const failed = (kind: 'none_found' | 'unknown') => ({ kind, error: '' })
  expect(isRetried('included', failed('none_found'))).toBe(true)
  expect(isRetried('requested', failed('none_found'))).toBe(false)
  expect(isRetried('requested', failed('unknown'))).toBe(true)
})

import { describe, expect, test } from 'vitest'
import { type AnchorConfig, billingPeriod, configuredAnchor, stretches } from './anchor.ts'

const at = (text: string) => Date.parse(`${text}Z`) / 1000
const written = (instant: number) => new Date(instant * 1000).toISOString().slice(0, 19)
const config = (more: Partial<AnchorConfig> & { day_of_month: number }): AnchorConfig => ({
  hour: null,
  minute: null,
  month: null,
  second: null,
  ...more,
})
const month = { interval: 'month' as const, interval_count: 1 }

test.each<[string, AnchorConfig, string, string]>([
  ['the first of next month', config({ day_of_month: 1 }), '2026-05-15T10:20:30', '2026-06-01T10:20:30'],
  ['still this month', config({ day_of_month: 20 }), '2026-05-15T10:20:30', '2026-05-20T10:20:30'],
  ['later today', config({ day_of_month: 15, hour: 11 }), '2026-05-15T10:20:30', '2026-05-15T11:20:30'],
  ['now is not later', config({ day_of_month: 15 }), '2026-05-15T10:20:30', '2026-06-15T10:20:30'],
  ['the last of a short month', config({ day_of_month: 31 }), '2026-02-10T00:00:00', '2026-02-28T00:00:00'],
  ['a long month after', config({ day_of_month: 31 }), '2026-02-28T00:00:00', '2026-03-31T00:00:00'],
  [
    'a month of its own',
    config({ day_of_month: 1, month: 7, hour: 0, minute: 0, second: 0 }),
    '2026-07-01T00:00:00',
    '2027-07-01T00:00:00',
  ],
])('an anchor by its day: %s', (_, given, now, expected) => {
  expect(written(configuredAnchor(given, at(now)))).toBe(expected)
})

describe('periods on the anchor', () => {
  test.each<[AnchorConfig | null, string[]]>([
    [config({ day_of_month: 31 }), ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']],
    [null, ['2026-02-28', '2026-03-28', '2026-04-28', '2026-05-28']],
  ])('an anchor in February with %j', (given, expected) => {
    const subscription = {
      billing_cycle_anchor: at('2026-02-28T00:00:00'),
      billing_cycle_anchor_config: given,
    }
    let turn = subscription.billing_cycle_anchor
    const turns = expected.map(() => {
      const here = turn
      turn = billingPeriod(subscription, month, here).end
      return written(here).slice(0, 10)
    })
    expect(turns).toEqual(expected)
  })

  test('from a start in the past there is a stretch for every period up to the current one', () => {
    const subscription = {
      billing_cycle_anchor: at('2026-03-01T00:00:00'),
      billing_cycle_anchor_config: null,
    }
    const now = at('2026-03-01T00:00:00')
    const found = stretches(at('2026-01-15T00:00:00'), now, (when) =>
      billingPeriod(subscription, month, when),
    )
    const days = found.map(({ start, end, whole }) =>
      [start, end, whole.start].map((one) => written(one).slice(0, 10)),
    )
    expect(days).toEqual([
      ['2026-01-15', '2026-02-01', '2026-01-01'],
      ['2026-02-01', '2026-03-01', '2026-02-01'],
      ['2026-03-01', '2026-04-01', '2026-03-01'],
    ])
  })
})

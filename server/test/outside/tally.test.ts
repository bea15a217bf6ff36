import { expect, test } from 'vitest'
import { type Report, tally } from './tally.ts'

const report = (checker: string, more: Partial<Report>): Report => ({
  checker,
  summary: '',
  kinds: [],
  breaches: [],
  ...more,
})

test('a kind counts once over all reports, and is passed only where none found a breach in it', () => {
  const [a, b, c] = ['GET /v1/a', 'GET /v1/b', 'GET /v1/c']
  const breaches = ['[response] type x', '[response] type y', '[response] type x'].map((what) => ({
    kind: 'GET /v1/b',
    what,
  }))
  const counted = tally([
    report('Stripe', { kinds: [a, b] }),
    report('Stripe', { kinds: [b, c], breaches }),
    report('Twilio', { kinds: [a] }),
  ])
  expect(counted).toEqual({
    passed: ['Stripe: GET /v1/a', 'Stripe: GET /v1/c', 'Twilio: GET /v1/a'],
    failed: ['Stripe: GET /v1/b: [response] type x', 'Stripe: GET /v1/b: [response] type y'],
    leftOut: [],
  })
})

test('a checker that was passed by is a failure', () => {
  expect(tally([report('Twilio', {})]).failed).toEqual(['Twilio: saw no exchange at all'])
})

test.each([
  ['GET /v1/events', '[response] enum data[].type: "product.created" is none of'],
  ['GET /v1/events/{id}', '[response] extra_field data.object.active: not in the schema'],
  ['event invoice.upcoming', '[event] missing_field data.object.id: required by the schema'],
])('what a checker takes for a breach and is none is left out: %s', (kind, what) => {
  const { passed, failed, leftOut } = tally([report('Stripe', { kinds: [kind], breaches: [{ kind, what }] })])
  expect([passed.length, failed.length, leftOut.length]).toEqual([1, 0, 1])
})

test.each([
  ['Stripe', 'GET /v1/events', '[response] missing_field data[].pending_webhooks: required'],
  ['Stripe', 'GET /v1/events', '[request] param_unknown type: no such parameter'],
  ['Stripe', 'event product.created', '[response] enum type: none of'],
  ['Stripe', 'event invoice.created', '[event] missing_field data.object.id: required by the schema'],
  ['Stripe', 'event invoice.upcoming', '[event] missing_field data.object.lines: required by the schema'],
  ['Stripe', 'GET /v1/prices', '[response] type data[].type: expected string'],
  ['Twilio', 'GET api.twilio.com/a/Messages.json', 'query-invalid: To must match format "date-time"'],
  ['Twilio', 'POST api.twilio.com/a/Messages.json', "semantic: account_sid differs from the path's"],
])('but nothing else is left out: %s %s %s', (checker, kind, what) => {
  const { passed, failed } = tally([report(checker, { kinds: [kind], breaches: [{ kind, what }] })])
  expect([passed.length, failed.length]).toEqual([0, 1])
})

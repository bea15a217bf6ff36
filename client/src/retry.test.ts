import { expect, test } from 'vitest'
import { isWorthRetrying, retryDelay } from './retry.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

test.each([
  { attempt: 1, chance: 0, delay: 125 },
  { attempt: 1, chance: 0.5, delay: 188 },
  { attempt: 2, chance: 0, delay: 250 },
  { attempt: 3, chance: 0.999, delay: 1000 },
  { attempt: 9, chance: 0.999, delay: 7996 },
])('before a retry of attempt $attempt, chance $chance: $delay ms', ({ attempt, chance, delay }) => {
  expect(retryDelay(attempt, { retryAfter: null, chance, now })).toBe(delay)
})

test.each([
  { retryAfter: '2', delay: 2_000 },
  { retryAfter: '0', delay: 0 },
  { retryAfter: '86400', delay: 30_000 },
  { retryAfter: 'Thu, 01 Jan 2026 00:00:05 GMT', delay: 5_000 },
  { retryAfter: 'Wed, 31 Dec 2025 00:00:00 GMT', delay: 0 },
  { retryAfter: 'soon', delay: 125 },
  { retryAfter: '', delay: 125 },
])('Retry-After "$retryAfter" waits $delay ms', ({ retryAfter, delay }) => {
  expect(retryDelay(1, { retryAfter, chance: 0, now })).toBe(delay)
})

test.each([
  [0, 'network_error', true],
  [400, 'bad_input', false],
  [402, 'payment_failed', false],
  [409, 'already_subscribed', false],
  [409, 'idempotency_in_progress', true],
  [429, 'rate_limited', true],
  [500, 'internal', true],
  [503, 'not_ready', true],
])('%i %s is worth a retry: %s', (status, code, worth) => {
  expect(isWorthRetrying({ status, code })).toBe(worth)
})

import { expect, test } from 'vitest'
import { paymentWord, readAloud, reasonText, subscriptionWord } from './words.ts'

test.each([
  ['active', false, 'Active'],
  ['active', true, 'Ending'],
  ['trialing', true, 'Ending'],
  ['past_due', true, 'Payment overdue'],
  ['canceled', true, 'Ended'],
] as const)('a subscription that is %s (ending: %s) reads "%s"', (status, cancelAtPeriodEnd, text) => {
  expect(subscriptionWord({ status, cancelAtPeriodEnd }).text).toBe(text)
})

test.each([
  ['paid', 0, 'Paid'],
  ['paid', 100, 'Partly refunded'],
  ['paid', 4580, 'Refunded'],
  ['open', 0, 'Open'],
] as const)('a payment that is %s with %i refunded reads "%s"', (status, refundedCents, text) => {
  expect(paymentWord({ status, refundedCents, amountCents: 4580 }).text).toBe(text)
})

test.each([
  ['number_released', 'Number released'],
  ['invoice.will_be_due', 'Invoice will be due'],
])('a code without a word of its own, %s, is read as "%s"', (code, text) => {
  expect(readAloud(code)).toBe(text)
  expect(reasonText(code)).toBe(text)
})

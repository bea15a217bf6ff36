import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sdkOperations } from '../scripts/stripe-operations.ts'
import { coveragePage, shapeOf } from '../scripts/write-coverage.ts'
import { operations } from '../src/stripe/main.ts'

test('every operation of the sandbox is one of Stripe’s, and there is only one of each', () => {
  const theirs = new Set(sdkOperations().map(({ method, path }) => `${method} ${shapeOf(path)}`))
  const ours = operations.map(({ method, path }) => `${method} ${shapeOf(path)}`)
  expect(ours.filter((one) => !theirs.has(one))).toEqual([])
  expect(ours.length).toBe(new Set(ours).size)
})

test('COVERAGE.md is up to date: node sandbox/scripts/write-coverage.ts', () => {
  expect(readFileSync(new URL('../COVERAGE.md', import.meta.url), 'utf8')).toBe(coveragePage())
})

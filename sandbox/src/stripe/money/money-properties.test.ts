import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isEligible, sumOf, takeOff } from '../discounts/take-off.ts'
import { lineAmount, percentOf, proratedPart, splitAmount } from './money.ts'

const cents = fc.integer({ min: 0, max: 10_000_000 })
const decimalCents = fc
  .tuple(fc.nat(1_000_000), fc.bigInt({ min: 0n, max: 999_999_999_999n }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(12, '0')}`)
const month = fc.integer({ min: 28 * 86_400, max: 31 * 86_400 })
const whole = (amounts: number[]) => amounts.every((amount) => Number.isSafeInteger(amount))
const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)

test('the parts of an amount add up to it, are whole, and none is above its weight', () => {
  fc.assert(
    fc.property(
      fc.array(cents, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (weights, share) => {
        const amount = Math.floor(sum(weights) * share)
        const parts = splitAmount(amount, weights)
        expect(whole(parts)).toBe(true)
        expect(sum(parts)).toBe(sum(weights) === 0 ? 0 : amount)
        expect(parts.every((part, position) => part >= 0 && part <= (weights[position] ?? 0))).toBe(true)
      },
    ),
  )
})

test('discounts never leave a fraction nor less than nothing, and lines add up to the total', () => {
  const line = fc.record({
    amount: fc.integer({ min: -1_000_000, max: 10_000_000 }),
    product: fc.constantFrom('prod_a', 'prod_b', null),
    discountable: fc.boolean(),
  })
  const terms = fc.record({
    percentOff: fc.option(fc.integer({ min: 1, max: 10_000 }).map((hundredths) => hundredths / 100)),
    amountOff: cents,
    products: fc.option(fc.constant<string[]>(['prod_a'])),
  })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(terms, { maxLength: 4 }), (lines, discounts) => {
      const off = takeOff(lines, discounts)
      const left = lines.map(({ amount }, position) =>
        off.reduce((net, shares) => net - (shares[position] ?? 0), amount),
      )
      expect(whole(left)).toBe(true)
      expect(sum(left)).toBe(sum(lines.map(({ amount }) => amount)) - sumOf(off))
      lines.forEach((one, position) => {
        if (one.amount >= 0) expect(left[position]).toBeGreaterThanOrEqual(0)
        if (!discounts.some((discount) => isEligible(one, discount))) expect(left[position]).toBe(one.amount)
      })
    }),
  )
})

test('a line is whole and within half a cent of quantity × unit amount', () => {
  fc.assert(
    fc.property(decimalCents, fc.nat(10_000), (unit, quantity) => {
      const amount = lineAmount(unit, quantity)
      expect(Number.isSafeInteger(amount)).toBe(true)
      // In units of 10⁻¹² of a cent, so that nothing is lost in comparing.
      const exact = BigInt(unit.replace('.', '')) * BigInt(quantity)
      const distance = BigInt(amount) * 10n ** 12n - exact
      expect(distance > -(10n ** 12n) / 2n && distance <= 10n ** 12n / 2n).toBe(true)
    }),
  )
})

test('what is credited for the rest of a period is what the same rest is debited', () => {
  fc.assert(
    fc.property(cents, month, fc.double({ min: 0, max: 1, noNaN: true }), (amount, period, share) => {
      const left = Math.floor(period * share)
      expect(proratedPart(amount, left, period) + proratedPart(-amount, left, period)).toBe(0)
      expect(proratedPart(amount, period, period)).toBe(amount)
      expect(proratedPart(amount, left, period)).toBeLessThanOrEqual(amount)
    }),
  )
})

test('a percentage is never more than all of it', () => {
  fc.assert(
    fc.property(cents, fc.integer({ min: 0, max: 10_000 }), (amount, hundredths) => {
      const off = percentOf(amount, hundredths / 100)
      expect(Number.isSafeInteger(off) && off >= 0 && off <= amount).toBe(true)
    }),
  )
})

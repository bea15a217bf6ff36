import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amountOf, type Charge, chargesOf, exactAmountOf, type Rates, type RateTier } from './tiers.ts'

const tier = (
  upTo: number | null,
  unitAmount: string | null,
  flatAmount: string | null = null,
): RateTier => ({
  upTo,
  unitAmount,
  flatAmount,
})
const tiered = (kind: 'graduated' | 'volume', ...tiers: RateTier[]): Rates => ({ kind, tiers })
const perUnit = (unitAmount: string, divide: { by: number; round: 'up' | 'down' } | null = null): Rates => ({
  kind: 'per_unit',
  unitAmount,
  divide,
})

/** Five for $7, five more for $6.50, the rest for $6, as the documentation of tiered pricing has it. */
const documented = [tier(5, '700'), tier(10, '650'), tier(null, '600')]
const withFees = [tier(5, '500', '1000'), tier(10, '400', '2000'), tier(null, '300', '3000')]

describe('tiers as docs.stripe.com/products-prices/pricing-models has them', () => {
  test.each<[string, Rates, number | string, number]>([
    ['volume: one', tiered('volume', ...documented), 1, 700],
    ['volume: the first tier full', tiered('volume', ...documented), 5, 3500],
    ['volume: all at the second tier', tiered('volume', ...documented), 6, 3900],
    ['volume: all at the last tier', tiered('volume', ...documented), 20, 12_000],
    ['volume: none', tiered('volume', ...documented), 0, 0],
    ['graduated: one', tiered('graduated', ...documented), 1, 700],
    ['graduated: the first tier full', tiered('graduated', ...documented), 5, 3500],
    ['graduated: one more', tiered('graduated', ...documented), 6, 4150],
    ['graduated: three tiers', tiered('graduated', ...documented), 20, 12_750],
    ['graduated: none', tiered('graduated', ...documented), 0, 0],
    ['volume with a fee', tiered('volume', ...withFees), 6, 2400 + 2000],
    [
      'graduated with the fees of the tiers reached',
      tiered('graduated', ...withFees),
      6,
      2500 + 1000 + 400 + 2000,
    ],
    ['graduated: the first fee is due for nothing as well', tiered('graduated', ...withFees), 0, 1000],
    ['volume: so it is in volume', tiered('volume', ...withFees), 0, 1000],
    ['fractions of a cent', tiered('graduated', tier(1000, '0', '900'), tier(null, '3.6', '0')), 1031, 1012],
    ['a fraction of use', tiered('graduated', tier(1, '100'), tier(null, '50')), '1.5', 125],
    ['packages, rounded up', perUnit('1000', { by: 60, round: 'up' }), 150, 3000],
    ['packages, rounded down', perUnit('1000', { by: 60, round: 'down' }), 150, 2000],
    ['packages, just full', perUnit('8', { by: 60, round: 'up' }), 120, 16],
    ['packages of seconds', perUnit('8', { by: 60, round: 'up' }), 9892, 1320],
    ['per unit', perUnit('1.3'), 50, 65],
  ])('%s', (_what, rates, quantity, expected) => {
    expect(amountOf(rates, quantity)).toBe(expected)
  })
})

test('each tier that was reached is a charge, rounded by itself, and each flat fee another without a quantity', () => {
  const rates = tiered('graduated', tier(1000, '0', '900'), tier(2000, '3.6', '0'), tier(null, '3', '5'))
  const shown = ({ amount, quantity, unitAmount, fee, tier: which }: Charge) => [
    which,
    quantity,
    unitAmount,
    fee,
    amount,
  ]
  expect(chargesOf(rates, 1031).map(shown)).toEqual([
    [1, '1000', '0', null, 0],
    [1, '0', null, '900', 900],
    [2, '31', '3.6', null, 112],
    [2, '0', null, '0', 0],
  ])
  expect(chargesOf(tiered('volume', ...withFees), 6).map(shown)).toEqual([
    [2, '6', '400', null, 2400],
    [2, '0', null, '2000', 2000],
  ])
})

test('the exact amount keeps what rounding takes', () => {
  expect(exactAmountOf(tiered('graduated', tier(1, '0.4'), tier(null, '0.4')), 2)).toBe('0.8')
  expect(amountOf(tiered('graduated', tier(1, '0.4'), tier(null, '0.4')), 2)).toBe(0)
  expect(exactAmountOf(perUnit('1.3'), '2.5')).toBe('3.25')
})

/** Twelve decimals as whole numbers of 10⁻¹² of a minor unit. */
const scale = 10n ** 12n
const decimalText = (scaled: bigint) => {
  const text = scaled.toString().padStart(13, '0')
  return `${text.slice(0, -12)}.${text.slice(-12)}`.replace(/\.?0+$/, '')
}
const scaled = fc.bigInt({ min: 0n, max: 100_000n * scale })
const tiersOfAnyKind = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 0, maxLength: 4 }),
    fc.tuple(...Array.from({ length: 5 }, () => fc.record({ unit: scaled, fee: fc.option(scaled) }))),
  )
  .map(([ends, amounts]) => {
    const bounds = [...ends].sort((a, b) => a - b)
    return [...bounds, null].map((upTo, position) => ({
      upTo,
      ...(amounts[position] ?? { unit: 0n, fee: null }),
    }))
  })
const halfUp = (amount: bigint) => Number((amount + scale / 2n) / scale)

test('any tiers agree with counting unit by unit, and never leave a fraction', () => {
  const kinds = fc.constantFrom('graduated' as const, 'volume' as const)
  fc.assert(
    fc.property(tiersOfAnyKind, kinds, fc.nat(120), (tiers, kind, quantity) => {
      const rates: Rates = {
        kind,
        tiers: tiers.map(({ upTo, unit, fee }) => ({
          upTo,
          unitAmount: decimalText(unit),
          flatAmount: fee === null ? null : decimalText(fee),
        })),
      }
      // Slowly: each unit goes to the first tier that is not full; a volume takes all units to the last one's tier.
      const tierOf = (unit: number) => tiers.findIndex(({ upTo }) => upTo === null || unit <= upTo)
      const units = tiers.map(() => 0n)
      for (let unit = 1; unit <= quantity; unit++) {
        const at = tierOf(kind === 'volume' ? quantity : unit)
        units[at] = (units[at] ?? 0n) + 1n
      }
      const top = tierOf(quantity)
      const expected = tiers.reduce((sum, { unit, fee }, at) => {
        const reached = kind === 'volume' ? at === top : at <= top
        return reached ? sum + halfUp((units[at] ?? 0n) * unit) + (fee === null ? 0 : halfUp(fee)) : sum
      }, 0)
      const charges = chargesOf(rates, quantity)
      expect(amountOf(rates, quantity)).toBe(expected)
      expect(charges.every(({ amount }) => Number.isSafeInteger(amount) && amount >= 0)).toBe(true)
      expect(charges.reduce((sum, { amount }) => sum + amount, 0)).toBe(expected)
      expect(charges.reduce((sum, charge) => sum + Number(charge.quantity), 0)).toBe(quantity)
    }),
  )
})

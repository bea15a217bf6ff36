import { Big } from 'big.js'
import { lineAmount } from './money.ts'

/** Amounts are decimal minor units with up to 12 places; `upTo` is the last unit of the tier, null for the rest. */
export type RateTier = { upTo: number | null; unitAmount: string | null; flatAmount: string | null }

/** What a price asks for in one currency. */
export type Rates =
  | { kind: 'per_unit'; unitAmount: string; divide: { by: number; round: 'up' | 'down' } | null }
  | { kind: 'graduated' | 'volume'; tiers: RateTier[] }

/**
 * One line's worth: `amount` in whole minor units, `exact` before rounding. A tier's flat fee is a charge of its own,
 * of the quantity 0 and without a unit amount. `tier` counts from 1, null where there are none.
 */
export type Charge = {
  amount: number
  exact: string
  quantity: string
  unitAmount: string | null
  fee: string | null
  tier: number | null
}

function charge(unitAmount: string, units: Big, quantity: Big, tier: number | null): Charge {
  return {
    amount: lineAmount(unitAmount, units.toFixed()),
    exact: units.times(unitAmount).toFixed(),
    quantity: quantity.toFixed(),
    unitAmount,
    fee: null,
    tier,
  }
}

function tierCharges({ unitAmount, flatAmount }: RateTier, units: Big, tier: number): Charge[] {
  const used = charge(unitAmount ?? '0', units, units, tier)
  if (flatAmount === null) return [used]
  const amount = lineAmount(flatAmount, 1)
  return [used, { amount, exact: flatAmount, quantity: '0', unitAmount: null, fee: flatAmount, tier }]
}

/** The units that fall into each tier that was reached; the first is reached by a quantity of nothing as well. */
function graduated(tiers: RateTier[], quantity: Big): Charge[] {
  let below = new Big(0)
  return tiers.flatMap((tier, position) => {
    const reached = position === 0 || quantity.gt(below)
    const from = below
    const to = tier.upTo === null || quantity.lt(tier.upTo) ? quantity : new Big(tier.upTo)
    if (tier.upTo !== null) below = new Big(tier.upTo)
    return reached ? tierCharges(tier, to.minus(from), position + 1) : []
  })
}

function volume(tiers: RateTier[], quantity: Big): Charge[] {
  const position = tiers.findIndex(({ upTo }) => upTo === null || quantity.lte(upTo))
  const tier = tiers[position]
  if (!tier) throw new Error(`No tier holds the quantity ${quantity.toFixed()}.`)
  return tierCharges(tier, quantity, position + 1)
}

/**
 * What a quantity costs, charge by charge, each rounded once: one for a price per unit, in graduated tiers one for each
 * tier that was reached, in volume tiers one at the tier that holds the whole quantity, and a further one for each flat
 * fee (docs.stripe.com/products-prices/pricing-models; lines of real invoices).
 */
export function chargesOf(rates: Rates, quantity: number | string): Charge[] {
  const units = new Big(quantity)
  if (rates.kind !== 'per_unit')
    return rates.kind === 'graduated' ? graduated(rates.tiers, units) : volume(rates.tiers, units)
  const { divide, unitAmount } = rates
  const mode = divide?.round === 'up' ? Big.roundUp : Big.roundDown
  const packages = divide ? units.div(divide.by).round(0, mode) : units
  return [charge(unitAmount, packages, units, null)]
}

/** The sum of the charges in whole minor units: the total of the lines that show them. */
export const amountOf = (rates: Rates, quantity: number | string): number =>
  chargesOf(rates, quantity).reduce((sum, { amount }) => sum + amount, 0)

/** The sum before any rounding, of which a proration takes its part. */
export const exactAmountOf = (rates: Rates, quantity: number | string): string =>
  chargesOf(rates, quantity)
    .reduce((sum, { exact }) => sum.plus(exact), new Big(0))
    .toFixed()

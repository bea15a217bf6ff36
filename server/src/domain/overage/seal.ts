import Big from 'big.js'
import { formatMoney, priceOf } from '../../lib/money.ts'
import type { Catalog, Plan } from '../catalog/catalog.ts'
import { NUMBERS_HELD } from '../catalog/catalog.ts'
import type { Counter } from '../usage/usage.ts'

/**
 * What closes one meter's use in one period, in units:
 * recorded + carriedIn = included + billed + waived + unbilled + carriedOut.
 */
export type SealTerms = {
  meter: string
  recorded: Big
  carriedIn: Big
  included: Big
  /** Charged at `unitCents`, which may be a fraction of a cent. */
  billed: Big
  /** Above what is included, and allowed by the plan without a charge. */
  waived: Big
  /** Recorded although a limit blocks: it happened, and nobody agreed on a price. */
  unbilled: Big
  carriedOut: Big
  unitCents: Big
  amountCents: bigint
  /** The words of the invoice line. */
  description: string
}

export type Seal = SealTerms & {
  accountId: string
  sealId: string
  periodId: string
  /** `attached`: what it bills stands on the invoice. `finalised`: the invoice cannot change any more. */
  status: 'frozen' | 'attached' | 'finalised'
  currency: string
  stripeInvoiceId: string
  refusedCount: number
}

const NONE = new Big(0)

/**
 * How a frozen period is closed: one seal for each of its counters, and one for the numbers held where the plan
 * charges for them. Pure. `carriedIn` are units of earlier periods that are settled with this one, by meter.
 */
export function planSeals(input: {
  counters: Counter[]
  numbersHeld: number
  plan: Plan
  catalog: Catalog
  currency: string
  carriedIn: Record<string, Big>
}): SealTerms[] {
  const { counters, numbersHeld, plan, catalog, currency, carriedIn } = input
  const seals = counters.map((counter) => {
    const meter = catalog.meters[counter.meter] ?? { name: counter.meter, unit: 'unit' }
    return sealMeter(counter, carriedIn[counter.meter] ?? NONE, { meter, currency })
  })
  const monthlyCents = plan.numbers?.monthlyCents
  return monthlyCents === undefined ? seals : [...seals, sealNumbers(numbersHeld, monthlyCents, currency)]
}

function sealMeter(
  counter: Counter,
  carriedIn: Big,
  { meter, currency }: { meter: { name: string; unit: string }; currency: string },
): SealTerms {
  const total = counter.used.plus(carriedIn)
  const limit = counter.included
  const included = limit === null || total.lt(limit) ? total : limit
  const over = total.minus(included)
  const unitCents = counter.overageCents ?? NONE
  const billed = counter.atLimit === 'overage' ? over : NONE
  const beyond = limit === null || limit.eq(0) ? '' : ` over the ${inWords(limit)} included`
  return {
    meter: counter.meter,
    recorded: counter.used,
    carriedIn,
    included,
    billed,
    waived: counter.atLimit === 'allow' ? over : NONE,
    unbilled: counter.atLimit === 'block' ? over : NONE,
    carriedOut: NONE,
    unitCents,
    amountCents: priceOf(billed, unitCents),
    description: `${unitsInWords(billed, meter)}${beyond} (at ${rateInWords(unitCents, currency)} each)`,
  }
}

function sealNumbers(held: number, monthlyCents: string, currency: string): SealTerms {
  const count = new Big(held)
  const unitCents = new Big(monthlyCents)
  return {
    meter: NUMBERS_HELD,
    recorded: count,
    carriedIn: NONE,
    included: NONE,
    billed: count,
    waived: NONE,
    unbilled: NONE,
    carriedOut: NONE,
    unitCents,
    amountCents: priceOf(count, unitCents),
    description: `${inWords(count)} phone number${held === 1 ? '' : 's'} (at ${rateInWords(unitCents, currency)} each)`,
  }
}

function unitsInWords(units: Big, { name, unit }: { name: string; unit: string }): string {
  if (units.eq(1)) return `1 ${unit}`
  // "Voice minutes" within a sentence is "voice minutes"; "SMS" stays "SMS".
  const noun = /^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name
  return `${inWords(units)} ${noun}`
}

function inWords(units: Big): string {
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: 12 }).format(units.toFixed() as `${number}`)
}

/** A rate with all of its digits: 1.3 cents are $0.013. */
function rateInWords(cents: Big, currency: string): string {
  if (cents.eq(cents.round())) return formatMoney(BigInt(cents.toFixed(0)), currency)
  const formatter = new Intl.NumberFormat('en-US', { style: 'currency', currency, maximumFractionDigits: 14 })
  const shift = new Big(10).pow(formatter.resolvedOptions().minimumFractionDigits ?? 2)
  return formatter.format(cents.div(shift).toFixed() as `${number}`)
}

import { findTaxRate } from '../catalog/tax-rates.ts'
import { findCustomer } from '../customers/balance.ts'
import { type DiscountAmount, discountLines } from '../discounts/discount.ts'
import { taxesOn } from '../money/money.ts'
import type { World } from '../world.ts'
import type { Invoice } from './invoice.ts'
import { type Line, type LineTax, linesOf } from './lines.ts'

/** The rates of a line: its own, those of the subscription's item that it bills, or the invoice's usual ones. */
function ratesOf(world: World, invoice: Invoice, line: Line): string[] {
  if (line.hidden.rates) return line.hidden.rates
  const itemId = line.parent.subscription_item_details?.subscription_item
  const item =
    itemId === undefined
      ? undefined
      : world.store.get<{ tax_rates?: string[] | null }>('subscription_item', itemId)
  return item?.tax_rates?.length ? item.tax_rates : invoice.default_tax_rates
}

const reasons: Record<string, string> = { exempt: 'customer_exempt', reverse: 'reverse_charge' }

/** What the rates make of a line of `net` minor units; a customer who is exempt pays nothing. */
function taxesOfLine(world: World, invoice: Invoice, ids: string[], net: number): LineTax[] {
  if (ids.length === 0) return []
  const rates = ids.map((id) => findTaxRate(world, id))
  const exemption = reasons[findCustomer(world, invoice.customer).tax_exempt]
  const amounts = exemption ? rates.map(() => 0) : taxesOn(net, rates)
  const included = rates.reduce((sum, rate, at) => sum + (rate.inclusive ? (amounts[at] ?? 0) : 0), 0)
  return rates.map((rate, at) => ({
    amount: amounts[at] ?? 0,
    tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
    tax_rate_details: { tax_rate: rate.id },
    taxability_reason: exemption ?? 'not_available',
    taxable_amount: net - included,
    type: 'tax_rate_details',
  }))
}

/** The sum of each rate over all lines, in the order in which they first stand. */
export function summedTaxes(taxes: LineTax[]): LineTax[] {
  const sums = new Map<string, LineTax>()
  for (const tax of taxes) {
    const key = `${tax.tax_rate_details.tax_rate} ${tax.taxability_reason}`
    const before = sums.get(key)
    sums.set(key, {
      ...tax,
      amount: tax.amount + (before?.amount ?? 0),
      taxable_amount: tax.taxable_amount + (before?.taxable_amount ?? 0),
    })
  }
  return [...sums.values()]
}

export const sumTaxes = (taxes: LineTax[], behavior?: LineTax['tax_behavior']): number =>
  taxes.reduce(
    (sum, tax) => sum + (behavior === undefined || tax.tax_behavior === behavior ? tax.amount : 0),
    0,
  )

/** Discounts in the form in which they stand among what reduces an amount before tax. */
export const pretaxCredits = (amounts: DiscountAmount[]): object[] =>
  amounts.map((one) => ({ ...one, type: 'discount' }))

const sumOf = (amounts: { amount: number }[]) => amounts.reduce((sum, { amount }) => sum + amount, 0)

/**
 * What an invoice's lines come to, in minor units: the discounts of the lines are in the subtotal already, those of
 * the invoice and exclusive taxes are not. Each line is written its discounts and taxes.
 */
export function totalsOf(world: World, invoice: Invoice) {
  const lines = linesOf(world, invoice.id)
  const { own, shared, totals } = discountLines(world, lines, invoice.discounts)
  const counts = { subtotal: 0, untaxed: 0, net: 0 }
  const taxes = lines.flatMap((line, at) => {
    const reduced = line.amount - sumOf(own[at] ?? [])
    const net = reduced - sumOf(shared[at] ?? [])
    const rates = ratesOf(world, invoice, line)
    const lineTaxes = line.hidden.taxes ?? taxesOfLine(world, invoice, rates, net)
    counts.subtotal += reduced
    counts.net += net
    // Before the invoice's own discounts there is more to tax.
    const before =
      line.hidden.taxes || net === reduced ? lineTaxes : taxesOfLine(world, invoice, rates, reduced)
    counts.untaxed += reduced - sumTaxes(before, 'inclusive')
    const amounts = [...(own[at] ?? []), ...(shared[at] ?? [])]
    if (amounts.length + lineTaxes.length + line.discount_amounts.length + line.taxes.length > 0)
      world.store.put<Line>('line_item', {
        ...line,
        discount_amounts: amounts,
        pretax_credit_amounts: pretaxCredits(amounts),
        taxes: lineTaxes,
      })
    return lineTaxes
  })
  const total = counts.net + sumTaxes(taxes, 'exclusive')
  return {
    subtotal: counts.subtotal,
    subtotal_excluding_tax: counts.untaxed,
    total,
    total_discount_amounts: totals,
    total_excluding_tax: total - sumTaxes(taxes),
    total_pretax_credit_amounts: pretaxCredits(totals),
    total_taxes: summedTaxes(taxes),
  }
}

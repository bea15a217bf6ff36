import { findTaxRate } from '../catalog/tax-rates.ts'
import type { Discount } from '../discounts/discount.ts'
import type { World } from '../world.ts'
import type { Invoice } from './invoice.ts'

export type Row = { words: string; amount: number }

const shown = (rows: Row[]): Row[] => rows.filter(({ amount }) => amount !== 0)

/** What a discount is called: its coupon's name, where that is still there and has one. */
function nameOf(world: World, id: string): string {
  const coupon = world.store.get<Discount>('discount', id)?.source.coupon ?? ''
  return world.store.get<{ name: string | null }>('coupon', coupon)?.name ?? 'Discount'
}

/**
 * What stands on an invoice for a person besides its lines, in minor units: `before` its total, which they make of the
 * lines, and `after` it, from the total to what is left to be paid.
 */
export function summaryOf(world: World, invoice: Invoice): { before: Row[]; after: Row[] } {
  const discounts = invoice.total_discount_amounts.map(({ amount, discount }) => ({
    words: nameOf(world, discount),
    amount: -amount,
  }))
  const taxes = invoice.total_taxes
    .filter(({ tax_behavior: behavior }) => behavior === 'exclusive')
    .map(({ amount, tax_rate_details: details }) => {
      const { display_name: name, percentage } = findTaxRate(world, details.tax_rate)
      return { words: `${name} ${percentage} %`, amount }
    })
  const credited = invoice.pre_payment_credit_notes_amount
  const paid = { words: 'Amount paid', amount: -invoice.amount_paid }
  const balance = invoice.amount_due + credited - invoice.total
  return {
    before: shown([...discounts, ...taxes]),
    after: shown([
      { words: 'Customer balance', amount: balance },
      { words: 'Credit notes', amount: -credited },
      paid,
    ]),
  }
}

import { invalid } from '../api/errors.ts'
import {
  boolean,
  clearable,
  decimal,
  integer,
  list,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { newTaxRate, taxTypes } from '../catalog/tax-rates.ts'
import type { World } from '../world.ts'
import type { Invoice } from './invoice.ts'
import { type LineTax, linesOf } from './lines.ts'

const taxAmount = {
  amount: required(integer),
  taxable_amount: required(integer),
  tax_rate_data: required(
    object({
      country: text,
      description: text,
      display_name: required(text),
      inclusive: required(boolean),
      jurisdiction: text,
      jurisdiction_level: oneOf('city', 'country', 'county', 'district', 'multiple', 'state'),
      percentage: required(decimal),
      state: text,
      tax_type: taxTypes,
    }),
  ),
  taxability_reason: oneOf(
    'customer_exempt',
    'not_collecting',
    'not_subject_to_tax',
    'not_supported',
    'portion_product_exempt',
    'portion_reduced_rated',
    'portion_standard_rated',
    'product_exempt',
    'product_exempt_holiday',
    'proportionally_rated',
    'reduced_rated',
    'reverse_charge',
    'standard_rated',
    'taxable_basis_reduced',
    'zero_rated',
  ),
}
export type GivenTax = Values<typeof taxAmount>
export const taxAmountsParam = clearable(list(object(taxAmount)))

const mostAmounts = 10

/**
 * Taxes that somebody else has computed, as a line has them (docs.stripe.com/invoicing/taxes/manual-tax-amounts); a
 * rate is made for each. They do not go together with rates or automatic tax anywhere on the invoice.
 */
export function taxesByHand(world: World, invoice: Invoice, given: GivenTax[], param: string): LineTax[] {
  const rated =
    invoice.default_tax_rates.length > 0 || linesOf(world, invoice.id).some((line) => line.hidden.rates)
  if (rated || invoice.automatic_tax.enabled) {
    throw invalid('You cannot set tax amounts on an invoice that has tax rates or automatic tax.', { param })
  }
  if (given.length > mostAmounts)
    throw invalid(`You can set at most ${mostAmounts} tax amounts on a line.`, { param })
  return given.map((tax, position) => {
    const rate = newTaxRate(
      world,
      { ...tax.tax_rate_data, active: false },
      `${param}[${position}][tax_rate_data][percentage]`,
    )
    return {
      amount: tax.amount,
      tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
      tax_rate_details: { tax_rate: rate.id },
      taxability_reason: tax.taxability_reason ?? 'not_available',
      taxable_amount: tax.taxable_amount,
      type: 'tax_rate_details',
    }
  })
}

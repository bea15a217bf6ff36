import { invalid, missing } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { checkTaxRates, findTaxRate } from '../catalog/tax-rates.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { type Line, type LineTax, linesOf } from '../invoices/lines.ts'
import { pretaxCredits } from '../invoices/totals.ts'
import { lineAmount, quantityForms, shareOf, taxesOn } from '../money/money.ts'
import { longId, type World } from '../world.ts'
import { type CreditLine, issuedFor } from './credit-note.ts'
import type { GivenLine } from './parameters.ts'

const blank = () => ({
  id: longId('cnli_'),
  object: 'credit_note_line_item',
  livemode: false,
})

/** What was credited of a line of the invoice before, in minor units and in whole quantities. */
function creditedBefore(world: World, line: Line): { amount: number; quantity: number } {
  const lines = issuedFor(world, line.invoice)
    .flatMap(({ hidden }) => hidden.lines)
    .filter((one) => one.invoice_line_item === line.id)
  return {
    amount: lines.reduce((sum, { amount }) => sum + amount, 0),
    quantity: lines.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0),
  }
}

/** How much of a line is credited: an amount, or a quantity at the line's own price. */
function shareAsked(
  line: Line,
  given: GivenLine,
  before: { amount: number; quantity: number },
  param: string,
): Pick<CreditLine, 'amount' | 'quantity' | 'unit_amount' | 'unit_amount_decimal'> {
  if (given.amount !== undefined && given.quantity !== undefined)
    throw invalid('You may only specify one of these parameters: amount, quantity.', {
      param: `${param}[quantity]`,
    })
  if (given.amount !== undefined) {
    if (given.amount < 1 || given.amount > line.amount - before.amount) {
      throw invalid(
        `The amount credited for a line must be at least 1 and at most ${line.amount - before.amount}, which is what is left of it.`,
        { param: `${param}[amount]` },
      )
    }
    return { amount: given.amount, quantity: null, unit_amount: null, unit_amount_decimal: null }
  }
  const quantity = given.quantity ?? line.quantity - before.quantity
  const amount = line.quantity === 0 ? 0 : shareOf(line.amount, quantity, line.quantity)
  if (quantity > line.quantity - before.quantity || amount > line.amount - before.amount) {
    throw invalid(`Only ${line.quantity - before.quantity} of this line are left to be credited.`, {
      param: `${param}[quantity]`,
    })
  }
  const unit = line.pricing?.unit_amount_decimal ?? null
  const whole = unit !== null && /^-?\d+$/.test(unit) ? Number(unit) : null
  return { amount, quantity, unit_amount: whole, unit_amount_decimal: unit }
}

/** A line that credits one of the invoice's: its discounts and taxes go with it in proportion. */
function ofInvoiceLine(world: World, invoice: Invoice, given: GivenLine, param: string): CreditLine {
  const id = given.invoice_line_item
  if (id === undefined)
    throw invalid(`Missing required param: ${param}[invoice_line_item].`, {
      param: `${param}[invoice_line_item]`,
      code: 'parameter_missing',
    })
  const line = linesOf(world, invoice.id).find((one) => one.id === id)
  if (!line) throw missing('invoice line item', id, `${param}[invoice_line_item]`)
  for (const name of ['description', 'unit_amount', 'unit_amount_decimal', 'tax_rates'] as const) {
    if (given[name] !== undefined)
      throw invalid(`${name} is only valid for lines of type custom_line_item.`, {
        param: `${param}[${name}]`,
      })
  }
  const share = shareAsked(line, given, creditedBefore(world, line), param)
  const part = (amount: number) => (line.amount === 0 ? 0 : shareOf(amount, share.amount, line.amount))
  const discounts = line.discount_amounts.map(({ amount, discount }) => ({ amount: part(amount), discount }))
  const taxes = line.taxes.map((tax) => ({
    ...tax,
    amount: part(tax.amount),
    taxable_amount: part(tax.taxable_amount),
  }))
  return {
    ...blank(),
    ...share,
    description: line.description,
    discount_amount: discounts.reduce((sum, { amount }) => sum + amount, 0),
    discount_amounts: discounts,
    invoice_line_item: line.id,
    metadata: mergeMetadata({}, given.metadata),
    pretax_credit_amounts: pretaxCredits(discounts),
    tax_rates: line.taxes.map(({ tax_rate_details: details }) => details.tax_rate),
    taxes,
    type: 'invoice_line_item',
  }
}

/** A line of one's own words and amount, taxed by its own rates. */
function ofOneself(world: World, given: GivenLine, param: string): CreditLine {
  for (const name of ['amount', 'invoice_line_item'] as const) {
    if (given[name] !== undefined)
      throw invalid(`${name} is only valid for lines of type invoice_line_item.`, {
        param: `${param}[${name}]`,
      })
  }
  const { unit_amount: whole, unit_amount_decimal: exact, quantity = 1 } = given
  if ((whole === undefined) === (exact === undefined)) {
    throw invalid('You must specify exactly one of unit_amount and unit_amount_decimal.', {
      param: `${param}[unit_amount]`,
    })
  }
  const unit = exact ?? String(whole)
  const amount = lineAmount(unit, quantity)
  const ids = checkTaxRates(world, given.tax_rates ?? null, `${param}[tax_rates]`)
  const rates = ids.map((id) => findTaxRate(world, id))
  const amounts = taxesOn(amount, rates)
  const included = rates.reduce((sum, { inclusive }, at) => sum + (inclusive ? (amounts[at] ?? 0) : 0), 0)
  return {
    ...blank(),
    amount,
    description: given.description ?? null,
    discount_amount: 0,
    discount_amounts: [],
    metadata: mergeMetadata({}, given.metadata),
    pretax_credit_amounts: [],
    quantity: quantityForms(quantity).quantity,
    tax_rates: ids,
    taxes: rates.map(
      (rate, at): LineTax => ({
        amount: amounts[at] ?? 0,
        tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
        tax_rate_details: { tax_rate: rate.id },
        taxability_reason: 'not_available',
        taxable_amount: amount - included,
        type: 'tax_rate_details',
      }),
    ),
    type: 'custom_line_item',
    unit_amount: /^-?\d+$/.test(unit) ? Number(unit) : null,
    unit_amount_decimal: unit,
  }
}

/** The lines of a credit note: those that are asked for, or one of the whole amount. */
export function creditLines(
  world: World,
  invoice: Invoice,
  given: { lines?: GivenLine[]; amount?: number },
): CreditLine[] {
  if (given.lines === undefined && given.amount === undefined) {
    throw invalid('One of amount, lines, or shipping_cost must be provided.', {
      param: 'amount',
      code: 'parameter_missing',
    })
  }
  if (given.lines === undefined)
    return [ofOneself(world, { type: 'custom_line_item', unit_amount: given.amount ?? 0 }, 'lines[0]')]
  return given.lines.map((line, position) => {
    const param = `lines[${position}]`
    return line.type === 'custom_line_item'
      ? ofOneself(world, line, param)
      : ofInvoiceLine(world, invoice, line, param)
  })
}

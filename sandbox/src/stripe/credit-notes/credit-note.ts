import { missing } from '../api/errors.ts'
import { shownTaxRates } from '../catalog/tax-rates.ts'
import { findInvoice } from '../invoices/invoice.ts'
import type { LineTax } from '../invoices/lines.ts'
import { present, type Stored, type World } from '../world.ts'

type DiscountAmount = { amount: number; discount: string }

export type CreditLine = Stored & {
  amount: number
  description: string | null
  discount_amount: number
  discount_amounts: DiscountAmount[]
  invoice_line_item?: string
  metadata: Record<string, string>
  pretax_credit_amounts: object[]
  quantity: number | null
  /** Ids; the API shows the rates whole. */
  tax_rates: string[]
  taxes: LineTax[]
  type: 'custom_line_item' | 'invoice_line_item'
  unit_amount: number | null
  unit_amount_decimal: string | null
}

type LinkedRefund = {
  amount_refunded: number
  payment_record_refund: null
  refund: string
  type: 'refund'
}

export type CreditNote = Stored & {
  amount: number
  created: number
  currency: string
  customer: string
  customer_balance_transaction: string | null
  discount_amount: number
  discount_amounts: DiscountAmount[]
  effective_at: number | null
  invoice: string
  memo: string | null
  metadata: Record<string, string>
  number: string
  out_of_band_amount: number | null
  post_payment_amount: number
  pre_payment_amount: number
  reason: string | null
  refunds: LinkedRefund[]
  status: 'issued' | 'void'
  subtotal: number
  total: number
  type: 'pre_payment' | 'post_payment' | 'mixed'
  voided_at: number | null
  /** The lines stand and fall with their note, so that they are kept in it. */
  hidden: { lines: CreditLine[] }
}

export function findCreditNote(world: World, id: string): CreditNote {
  const found = world.store.get<CreditNote>('credit_note', id)
  if (!found) throw missing('credit note', id)
  return found
}

/** An invoice's credit notes that count. */
export const issuedFor = (world: World, invoice: string): CreditNote[] =>
  world.store.by<CreditNote>('credit_note', 'invoice', invoice).filter(({ status }) => status === 'issued')

/** `CN-01` and so on, after the invoice's own number; a number is never given twice. */
export function nextNumber(world: World, invoice: string): string {
  const count = world.store.by<CreditNote>('credit_note', 'invoice', invoice).length + 1
  return `${findInvoice(world, invoice).number}-CN-${String(count).padStart(2, '0')}`
}

/** A line as the API shows it: with its tax rates whole. */
export const viewCreditLine = (world: World, line: CreditLine): object => ({
  ...line,
  tax_rates: shownTaxRates(world, line.tax_rates),
})

/** A credit note as the API shows it: with the first ten of its lines. */
export function viewCreditNote(world: World, { hidden, ...shown }: CreditNote): object {
  const most = 10
  return {
    ...shown,
    lines: {
      object: 'list',
      data: hidden.lines.slice(0, most).map((line) => present(world, line)),
      has_more: hidden.lines.length > most,
      url: `/v1/credit_notes/${shown.id}/lines`,
    },
  }
}

import {
  clearableText,
  count,
  decimal,
  integer,
  list,
  metadata,
  notYetAll,
  notYetValues,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'

const line = {
  amount: integer,
  description: text,
  invoice_line_item: text,
  metadata,
  quantity: count,
  tax_rates: list(text),
  type: required(oneOf('custom_line_item', 'invoice_line_item')),
  unit_amount: integer,
  unit_amount_decimal: decimal,
  ...notYetAll('tax_amounts'),
}
export type GivenLine = Values<typeof line>

export const creation = {
  invoice: required(text),
  amount: integer,
  credit_amount: count,
  effective_at: integer,
  /** No mail leaves in test mode. */
  email_type: oneOf('credit_note', 'none'),
  lines: list(object(line)),
  memo: clearableText,
  metadata,
  out_of_band_amount: count,
  reason: oneOf('duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'),
  refund_amount: count,
  refunds: list(
    object({
      amount_refunded: integer,
      refund: required(text),
      type: notYetValues(oneOf('refund'), 'payment_record_refund'),
      ...notYetAll('payment_record_refund'),
    }),
  ),
  ...notYetAll('shipping_cost'),
}
export type Given = Values<typeof creation>

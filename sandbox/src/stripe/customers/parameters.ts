import {
  address,
  clearable,
  clearableText,
  count,
  integer,
  list,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
} from '../api/params.ts'
import { newTaxParam, taxParam } from './tax.ts'

/** What a customer is updated with. */
export const fields = {
  address: clearable(address),
  balance: integer,
  business_name: clearableText,
  description: clearableText,
  email: clearableText,
  individual_name: clearableText,
  invoice_prefix: text,
  invoice_settings: object({
    custom_fields: clearable(list(object({ name: required(text), value: required(text) }))),
    default_payment_method: clearableText,
    footer: clearableText,
    rendering_options: clearable(
      object({
        amount_tax_display: clearable(oneOf('exclude_tax', 'include_inclusive_tax')),
        ...notYetAll('template'),
      }),
    ),
  }),
  metadata,
  name: clearableText,
  next_invoice_sequence: count,
  phone: clearableText,
  preferred_locales: list(text),
  shipping: clearable(object({ address, name: text, phone: clearableText })),
  tax_exempt: clearable(oneOf('none', 'exempt', 'reverse')),
  ...notYetAll('cash_balance', 'source', 'validate'),
}

export const updating = { ...fields, tax: taxParam, ...notYetAll('default_source') }

export const creation = {
  ...fields,
  payment_method: text,
  tax: newTaxParam,
  tax_id_data: list(object({ type: required(text), value: required(text) })),
  test_clock: text,
}

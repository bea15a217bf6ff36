import { invalid, notImplemented } from '../api/errors.ts'
import {
  address,
  boolean,
  clearable,
  clearableText,
  count,
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
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { discountsParam } from '../discounts/redeem.ts'
import { formerMethodTypes, otherMethodTypes } from '../payments/payment-method-types.ts'
import { findPaymentMethod } from '../payments/payment-methods.ts'
import type { World } from '../world.ts'
import { automaticTax } from './blank.ts'
import type { Invoice } from './invoice.ts'

export const fields = {
  auto_advance: boolean,
  automatic_tax: object({ enabled: required(boolean), ...notYetAll('liability') }),
  automatically_finalizes_at: integer,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  custom_fields: clearable(list(object({ name: required(text), value: required(text) }))),
  days_until_due: count,
  default_payment_method: clearableText,
  default_tax_rates: list(text),
  description: clearableText,
  discounts: discountsParam,
  due_date: integer,
  effective_at: clearable(integer),
  footer: clearableText,
  issuer: object({ type: required(notYetValues(oneOf('self'), 'account')), ...notYetAll('account') }),
  metadata,
  number: clearableText,
  payment_settings: object({
    payment_method_types: clearable(
      list(notYetValues(oneOf('card'), ...otherMethodTypes, ...formerMethodTypes)),
    ),
    ...notYetAll('default_mandate', 'payment_method_options'),
  }),
  rendering: object({
    amount_tax_display: clearable(oneOf('exclude_tax', 'include_inclusive_tax')),
    pdf: object({ page_size: oneOf('a4', 'auto', 'letter') }),
    ...notYetAll('template', 'template_version'),
  }),
  shipping_details: clearable(
    object({ address: required(address), name: required(text), phone: clearableText }),
  ),
  statement_descriptor: clearableText,
  ...notYetAll(
    'account_tax_ids',
    'application_fee_amount',
    'default_source',
    'on_behalf_of',
    'shipping_cost',
    'transfer_data',
  ),
}
export type Fields = Values<typeof fields>

const day = 86_400

/** The collection method and the day on which a sent invoice is due, which only such a one has. */
function dueOf(world: World, now: Invoice, given: Fields): Partial<Invoice> {
  const method = given.collection_method ?? now.collection_method
  const { due_date: date, days_until_due: days } = given
  const named = date === undefined ? 'days_until_due' : 'due_date'
  if (date !== undefined && days !== undefined) {
    throw invalid('You may only specify one of these parameters: due_date, days_until_due.', {
      param: 'days_until_due',
    })
  }
  if (method === 'charge_automatically') {
    if (date === undefined && days === undefined)
      return given.collection_method ? { collection_method: method, due_date: null } : {}
    throw invalid(`You can only specify ${named} when collection_method is send_invoice.`, { param: named })
  }
  if (date === undefined && days === undefined && now.due_date === null) {
    throw invalid(
      'If collection_method is send_invoice, you must specify either a due_date or days_until_due.',
      { param: 'due_date', code: 'parameter_missing' },
    )
  }
  if (date !== undefined && date <= world.clock.now())
    throw invalid('due_date must be in the future.', { param: 'due_date' })
  const due = days === undefined ? (date ?? now.due_date) : now.created + days * day
  return { collection_method: method, due_date: due }
}

const mostCustomFields = 4

function checkTexts(world: World, now: Invoice, given: Fields): void {
  if ((given.custom_fields?.length ?? 0) > mostCustomFields) {
    throw invalid(`You can specify up to ${mostCustomFields} custom fields.`, { param: 'custom_fields' })
  }
  const taken =
    given.number != null &&
    world.store.by<Invoice>('invoice', 'number', given.number).some(({ id }) => id !== now.id)
  if (taken) throw invalid(`The invoice number ${given.number} is used already.`, { param: 'number' })
  const method = given.default_payment_method
  if (!method) return
  if (findPaymentMethod(world, method, 'default_payment_method').customer === now.customer) return
  throw invalid('The payment method must be attached to the customer of the invoice.', {
    param: 'default_payment_method',
  })
}

function taxOf(world: World, now: Invoice, given: Fields): Partial<Invoice> {
  const rates =
    given.default_tax_rates &&
    checkTaxRates(world, given.default_tax_rates, 'default_tax_rates', now.default_tax_rates)
  const enabled = given.automatic_tax?.enabled ?? now.automatic_tax.enabled
  if (enabled && (rates ?? now.default_tax_rates).length) {
    throw invalid('You cannot set tax rates on an invoice with automatic tax.', {
      param: rates ? 'default_tax_rates' : 'automatic_tax[enabled]',
    })
  }
  return {
    ...(rates ? { default_tax_rates: rates } : {}),
    ...(given.automatic_tax ? { automatic_tax: automaticTax(enabled) } : {}),
  }
}

const wholeAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

/** The fields of a draft that the parameters ask for, but for its discounts, its metadata and when it advances. */
export function fieldsOf(world: World, now: Invoice, given: Fields): Partial<Invoice> {
  checkTexts(world, now, given)
  const { custom_fields: custom, shipping_details: shipping, rendering, payment_settings: settings } = given
  if (settings?.payment_method_types?.length === 0)
    throw notImplemented('an invoice without payment methods', 'payment_settings[payment_method_types]')
  const plain = Object.fromEntries(
    (
      [
        'default_payment_method',
        'description',
        'effective_at',
        'footer',
        'number',
        'statement_descriptor',
      ] as const
    ).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
  return {
    ...plain,
    ...dueOf(world, now, given),
    ...taxOf(world, now, given),
    ...(custom === undefined ? {} : { custom_fields: custom?.length ? custom : null }),
    ...(settings ? { payment_settings: { ...now.payment_settings, ...settings } } : {}),
    ...(rendering
      ? {
          rendering: {
            amount_tax_display: rendering.amount_tax_display ?? now.rendering?.amount_tax_display ?? null,
            pdf: { page_size: rendering.pdf?.page_size ?? now.rendering?.pdf?.page_size ?? 'auto' },
            template: null,
            template_version: null,
          },
        }
      : {}),
    ...(shipping === undefined
      ? {}
      : {
          shipping_details: shipping && {
            carrier: null,
            phone: null,
            tracking_number: null,
            ...shipping,
            address: { ...wholeAddress, ...shipping.address },
          },
        }),
  }
}

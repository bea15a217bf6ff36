import {
  boolean,
  clearable,
  clearableText,
  count,
  either,
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
import { intervalParam, namedPriceData } from '../catalog/price-parameters.ts'
import { discountsParam } from '../discounts/redeem.ts'
import { prorationBehavior } from '../subscriptions/parameters.ts'

const oneTimePriceData = namedPriceData
const recurringPriceData = object({ ...oneTimePriceData, recurring: required(intervalParam) })

const instant = either(oneOf('now'), integer)
const anchor = oneOf('automatic', 'phase_start')
const automaticTax = object({ enabled: required(boolean), ...notYetAll('liability') })
const termsOfInvoices = {
  days_until_due: count,
  issuer: object({ type: required(notYetValues(oneOf('self'), 'account')), ...notYetAll('account') }),
  ...notYetAll('account_tax_ids'),
}
const invoiceSettings = object({
  ...termsOfInvoices,
  custom_fields: clearable(list(object({ name: required(text), value: required(text) }))),
  description: clearableText,
  footer: clearableText,
})

const addition = object({
  discountable: boolean,
  discounts: discountsParam,
  metadata,
  period: object({
    end: required(
      object({ type: required(oneOf('min_item_period_end', 'phase_end', 'timestamp')), timestamp: integer }),
    ),
    start: required(
      object({
        type: required(oneOf('max_item_period_start', 'phase_start', 'timestamp')),
        timestamp: integer,
      }),
    ),
  }),
  price: text,
  price_data: object(oneTimePriceData),
  quantity: count,
  tax_rates: list(text),
})

const item = object({
  discounts: discountsParam,
  metadata,
  price: text,
  price_data: recurringPriceData,
  quantity: count,
  tax_rates: list(text),
  ...notYetAll('billing_thresholds', 'plan'),
})

const phase = {
  add_invoice_items: list(addition),
  automatic_tax: automaticTax,
  billing_cycle_anchor: anchor,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  currency: text,
  default_payment_method: text,
  default_tax_rates: list(text),
  description: clearableText,
  discounts: discountsParam,
  duration: intervalParam,
  end_date: instant,
  invoice_settings: invoiceSettings,
  items: required(list(item)),
  metadata,
  proration_behavior: prorationBehavior,
  start_date: instant,
  trial: boolean,
  trial_end: instant,
  ...notYetAll('application_fee_percent', 'billing_thresholds', 'on_behalf_of', 'transfer_data'),
}

const { start_date: __, ...newPhase } = { ...phase, end_date: integer, trial_end: integer }

const defaultSettings = object({
  automatic_tax: automaticTax,
  billing_cycle_anchor: anchor,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  default_payment_method: text,
  description: clearableText,
  invoice_settings: invoiceSettings,
  ...notYetAll('application_fee_percent', 'billing_thresholds', 'on_behalf_of', 'transfer_data'),
})

const shared = {
  default_settings: defaultSettings,
  end_behavior: oneOf('cancel', 'none', 'release', 'renew'),
  metadata,
  ...notYetAll('pause_schedules'),
}

export const creation = {
  ...shared,
  billing_mode: object({
    type: required(notYetValues(oneOf('flexible'), 'classic')),
    ...notYetAll('flexible'),
  }),
  customer: text,
  from_subscription: text,
  phases: list(object(newPhase)),
  start_date: instant,
  ...notYetAll('customer_account'),
}

export const updating = { ...shared, phases: list(object(phase)), proration_behavior: prorationBehavior }

export const cancelling = { invoice_now: boolean, prorate: boolean }

export const releasing = { preserve_cancel_date: boolean }

/** What a preview may change about a schedule, or say of one that is not made yet. */
export const scheduleDetails = object({
  billing_mode: object({
    type: required(notYetValues(oneOf('flexible'), 'classic')),
    ...notYetAll('flexible'),
  }),
  end_behavior: oneOf('cancel', 'release'),
  // What an invoice says of itself cannot be previewed.
  phases: list(object({ ...phase, invoice_settings: object(termsOfInvoices) })),
  proration_behavior: prorationBehavior,
  ...notYetAll('pause_schedules'),
})

export type GivenPhase = Values<typeof phase>
export type GivenSettings = Values<typeof creation>['default_settings']

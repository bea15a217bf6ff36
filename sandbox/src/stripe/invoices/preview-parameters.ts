import {
  address,
  boolean,
  clearable,
  clearableText,
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
import { discountsParam } from '../discounts/redeem.ts'
import { scheduleDetails } from '../schedules/parameters.ts'
import { cancelAtParam } from '../subscriptions/fields.ts'
import { changedItem, prorationBehavior } from '../subscriptions/parameters.ts'
import { pausing } from '../subscriptions/pause.ts'
import { pricingParams } from './item-pricing.ts'

const details = object({
  billing_cycle_anchor: object({
    type: required(oneOf('now', 'unchanged', 'timestamp')),
    timestamp: integer,
  }),
  billing_mode: object({
    type: required(oneOf('classic', 'flexible')),
    flexible: object({ proration_discounts: notYetValues(oneOf('included'), 'itemized') }),
  }),
  cancel_at: cancelAtParam,
  cancel_at_period_end: boolean,
  cancel_now: boolean,
  default_tax_rates: list(text),
  items: list(object(changedItem)),
  metadata,
  pause: object(pausing),
  proration_behavior: prorationBehavior,
  proration_date: integer,
  resume_at: oneOf('now'),
  start_date: integer,
  trial_end: either(oneOf('now'), integer),
  ...notYetAll('billing_schedules'),
})

const { pricing: _, ...itemPricing } = pricingParams

const previewItem = object({
  ...itemPricing,
  currency: text,
  invoiceitem: text,
  price: text,
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  tax_code: clearableText,
  unit_amount: integer,
})

/** A customer who is not stored, or what is supposed of one who is. */
const customerDetails = object({
  address: clearable(address),
  shipping: clearable(object({ address: required(address), name: required(text), phone: clearableText })),
  tax: object({ ip_address: clearableText }),
  tax_exempt: clearable(oneOf('exempt', 'none', 'reverse')),
  ...notYetAll('tax_ids'),
})

export const previewing = {
  automatic_tax: object({ enabled: required(boolean), ...notYetAll('liability') }),
  currency: text,
  customer: text,
  customer_details: customerDetails,
  discounts: discountsParam,
  invoice_items: list(previewItem),
  issuer: object({ type: required(notYetValues(oneOf('self'), 'account')), ...notYetAll('account') }),
  preview_mode: oneOf('next', 'recurring'),
  schedule: text,
  schedule_details: scheduleDetails,
  subscription: text,
  subscription_details: details,
  ...notYetAll('customer_account', 'on_behalf_of'),
}
export type Previewing = Values<typeof previewing>
export type Details = NonNullable<Previewing['subscription_details']>
export type PreviewItem = NonNullable<Previewing['invoice_items']>[number]

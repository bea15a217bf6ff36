import { invalid, notImplemented } from '../errors.ts'
import {
  boolean,
  count,
  integer,
  list,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../params.ts'
import { priceData, recurringParam } from '../prices.ts'

const lineItem = object({
  price: text,
  price_data: object({ ...priceData, recurring: required(recurringParam) }),
  quantity: count,
  metadata,
  ...notYetAll('adjustable_quantity', 'dynamic_tax_rates', 'tax_rates'),
})

const trialSettings = object({
  end_behavior: required(
    object({
      missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')),
      ...notYetAll('billing_cycle_anchor'),
    }),
  ),
})

export const creation = {
  mode: required(oneOf('payment', 'setup', 'subscription')),
  success_url: text,
  cancel_url: text,
  customer: text,
  customer_email: text,
  client_reference_id: text,
  currency: text,
  line_items: list(lineItem),
  metadata,
  subscription_data: object({
    description: text,
    metadata,
    trial_end: integer,
    trial_period_days: count,
    trial_settings: trialSettings,
    billing_mode: object({ type: required(oneOf('flexible')), ...notYetAll('flexible') }),
    ...notYetAll(
      'application_fee_percent',
      'billing_cycle_anchor',
      'billing_cycle_anchor_config',
      'default_tax_rates',
      'invoice_settings',
      'on_behalf_of',
      'pending_invoice_item_interval',
      'proration_behavior',
      'transfer_data',
    ),
  }),
  payment_method_collection: oneOf('always', 'if_required'),
  billing_address_collection: oneOf('auto', 'required'),
  automatic_tax: object({ enabled: required(boolean), ...notYetAll('liability') }),
  customer_update: object({
    address: oneOf('auto', 'never'),
    name: oneOf('auto', 'never'),
    shipping: oneOf('auto', 'never'),
  }),
  expires_at: integer,
  locale: text,
  ui_mode: oneOf('hosted_page', 'embedded_page', 'elements', 'form'),
  allow_promotion_codes: boolean,
  discounts: list(object({ coupon: text, promotion_code: text, ...notYetAll('coupon_data') })),
  phone_number_collection: object({ enabled: required(boolean) }),
  ...notYetAll(
    'adaptive_pricing',
    'after_expiration',
    'allowed_payment_method_types',
    'branding_settings',
    'consent_collection',
    'custom_fields',
    'custom_text',
    'customer_account',
    'customer_creation',
    'excluded_payment_method_types',
    'integration_identifier',
    'invoice_creation',
    'managed_payments',
    'name_collection',
    'optional_items',
    'origin_context',
    'payment_intent_data',
    'payment_method_configuration',
    'payment_method_data',
    'payment_method_options',
    'permissions',
    'redirect_on_completion',
    'return_url',
    'saved_payment_method_options',
    'setup_intent_data',
    'shipping_address_collection',
    'shipping_options',
    'submit_type',
    'tax_id_collection',
    'wallet_options',
  ),
}

export type Given = Values<typeof creation>

export function checkModes(given: Given): void {
  if (given.mode !== 'subscription') throw notImplemented(`Checkout in ${given.mode} mode`, 'mode')
  if (given.ui_mode && given.ui_mode !== 'hosted_page')
    throw notImplemented(`the ui_mode ${given.ui_mode}`, 'ui_mode')
  if (given.phone_number_collection?.enabled)
    throw notImplemented('phone_number_collection', 'phone_number_collection[enabled]')
  if (!given.success_url)
    throw invalid('Missing required param: success_url.', { param: 'success_url', code: 'parameter_missing' })
  if (given.customer !== undefined && given.customer_email !== undefined) {
    throw invalid('You may only specify one of these parameters: customer, customer_email.', {
      param: 'customer',
    })
  }
  if (given.discounts?.length && given.allow_promotion_codes !== undefined) {
    throw invalid('You may only specify one of these parameters: allow_promotion_codes, discounts.', {
      param: 'allow_promotion_codes',
    })
  }
  if ((given.discounts?.length ?? 0) > 1)
    throw invalid('A Checkout Session takes at most one discount.', { param: 'discounts' })
  if (given.customer_update && given.customer === undefined) {
    throw invalid('`customer_update` can only be used with `customer`.', { param: 'customer_update' })
  }
  for (const name of ['success_url', 'cancel_url'] as const) {
    const url = given[name]
    if (url !== undefined && !/^https?:\/\/.+/.test(url))
      throw invalid('Not a valid URL', { param: name, code: 'url_invalid' })
  }
  if (
    given.subscription_data?.trial_end !== undefined &&
    given.subscription_data.trial_period_days !== undefined
  ) {
    throw invalid('You may only specify one of these parameters: trial_end, trial_period_days.', {
      param: 'subscription_data[trial_end]',
    })
  }
}

export function checkLocation(given: Given, customer: { address: object | null } | null): void {
  if (
    !given.automatic_tax?.enabled ||
    !customer ||
    customer.address ||
    given.customer_update?.address === 'auto'
  )
    return
  throw invalid(
    "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
    { code: 'customer_tax_location_invalid' },
  )
}

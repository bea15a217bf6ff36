import {
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
import { intervalParam, priceData } from '../catalog/price-parameters.ts'
import { otherMethodTypesBut } from '../payments/payment-method-types.ts'
import { fields } from '../subscriptions/fields.ts'
import { collection } from './collection.ts'

const adjustable = object({ enabled: required(boolean), maximum: integer, minimum: integer })

/** How one line of a session may be given, at creation and later. */
export const lineItem = {
  adjustable_quantity: adjustable,
  metadata,
  price: text,
  price_data: object({ ...priceData, recurring: intervalParam }),
  quantity: count,
  tax_rates: clearable(list(text)),
}
export type GivenLine = Values<typeof lineItem>

const methodOptions = object({
  card: object({
    request_three_d_secure: oneOf('any', 'automatic', 'challenge'),
    ...notYetAll(
      'capture_method',
      'installments',
      'request_extended_authorization',
      'request_incremental_authorization',
      'request_multicapture',
      'request_overcapture',
      'restrictions',
      'setup_future_usage',
      'statement_descriptor_suffix_kana',
      'statement_descriptor_suffix_kanji',
    ),
  }),
  ...notYetAll(
    ...otherMethodTypesBut('bizum', 'custom', 'mb_way', 'nz_bank_account', 'paypay', 'promptpay', 'zip'),
    'demo_pay',
  ),
})

const issuer = object({ type: required(notYetValues(oneOf('self'), 'account')), ...notYetAll('account') })

const anchorConfig = object({
  day_of_month: required(count),
  hour: count,
  minute: count,
  month: count,
  second: count,
})

const trialSettings = object({
  end_behavior: required(
    object({
      missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')),
    }),
  ),
})

/** What the subscription takes over as it is given. */
const subscriptionFields = {
  default_tax_rates: fields.default_tax_rates,
  invoice_settings: fields.invoice_settings,
  pending_invoice_item_interval: fields.pending_invoice_item_interval,
}
export type SubscriptionFields = Values<typeof subscriptionFields>

const subscriptionData = object({
  billing_cycle_anchor: integer,
  billing_cycle_anchor_config: anchorConfig,
  billing_mode: object({
    type: required(notYetValues(oneOf('flexible'), 'classic')),
    ...notYetAll('flexible'),
  }),
  description: text,
  metadata,
  proration_behavior: oneOf('create_prorations', 'none'),
  trial_end: integer,
  trial_period_days: count,
  trial_settings: trialSettings,
  ...subscriptionFields,
  ...notYetAll('application_fee_percent', 'on_behalf_of', 'transfer_data'),
})

const paymentIntentData = object({
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  description: text,
  metadata,
  receipt_email: text,
  setup_future_usage: oneOf('off_session', 'on_session'),
  statement_descriptor: text,
  statement_descriptor_suffix: text,
  ...notYetAll('application_fee_amount', 'on_behalf_of', 'shipping', 'transfer_data', 'transfer_group'),
})

const invoiceCreation = object({
  enabled: required(boolean),
  invoice_data: object({
    custom_fields: clearable(list(object({ name: required(text), value: required(text) }))),
    description: text,
    footer: text,
    issuer,
    metadata,
    ...notYetAll('account_tax_ids', 'rendering_options'),
  }),
})

export const creation = {
  mode: required(oneOf('payment', 'setup', 'subscription')),
  ui_mode: oneOf('hosted_page', 'embedded_page', 'elements', 'form'),
  success_url: text,
  cancel_url: text,
  client_reference_id: text,
  currency: text,
  customer: text,
  customer_creation: oneOf('always', 'if_required'),
  customer_email: text,
  customer_update: object({
    address: oneOf('auto', 'never'),
    name: oneOf('auto', 'never'),
    shipping: oneOf('auto', 'never'),
  }),
  line_items: list(object(lineItem)),
  metadata,
  ...collection,
  adaptive_pricing: object({ enabled: boolean }),
  after_expiration: object({
    recovery: object({ allow_promotion_codes: boolean, enabled: required(boolean) }),
  }),
  allow_promotion_codes: boolean,
  allowed_payment_method_types: list(text),
  automatic_tax: object({ enabled: required(boolean), liability: issuer }),
  discounts: list(object({ coupon: text, promotion_code: text })),
  excluded_payment_method_types: list(text),
  expires_at: integer,
  integration_identifier: text,
  invoice_creation: invoiceCreation,
  locale: text,
  origin_context: oneOf('mobile_app', 'web'),
  payment_intent_data: paymentIntentData,
  payment_method_collection: oneOf('always', 'if_required'),
  payment_method_options: methodOptions,
  payment_method_data: object({ allow_redisplay: oneOf('always', 'limited', 'unspecified') }),
  saved_payment_method_options: object({
    allow_redisplay_filters: list(oneOf('always', 'limited', 'unspecified')),
    payment_method_save: oneOf('disabled', 'enabled'),
    ...notYetAll('payment_method_remove'),
  }),
  setup_intent_data: object({ description: text, metadata, ...notYetAll('on_behalf_of') }),
  submit_type: oneOf('auto', 'book', 'donate', 'pay', 'subscribe'),
  subscription_data: subscriptionData,
  wallet_options: object({ link: object({ display: oneOf('auto', 'never') }) }),
  ...notYetAll(
    'branding_settings',
    'customer_account',
    'managed_payments',
    'optional_items',
    'payment_method_configuration',
    'permissions',
    'redirect_on_completion',
    'return_url',
    'shipping_address_collection',
    'shipping_options',
  ),
}

export type Given = Values<typeof creation>

/** What may be changed while a session is open. */
export const updating = {
  line_items: list(
    object({ ...lineItem, id: text, metadata: clearable(metadata), price_data: lineItem.price_data }),
  ),
  metadata: clearable(metadata),
  payment_intent_data: object({
    description: clearableText,
    metadata: clearable(metadata),
    setup_future_usage: clearable(oneOf('off_session', 'on_session')),
    statement_descriptor: clearableText,
    statement_descriptor_suffix: clearableText,
  }),
  ...notYetAll('collected_information', 'shipping_options'),
}

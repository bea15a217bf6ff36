import {
  boolean,
  clearable,
  clearableText,
  either,
  integer,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
} from '../api/params.ts'
import { otherMethodTypesBut } from './payment-method-types.ts'
import { shippingParam } from './shipping.ts'

const usage = oneOf('off_session', 'on_session')
const captureMethod = oneOf('automatic', 'automatic_async', 'manual')

/** Options of the other kinds of payment methods, none of which the sandbox has. */
const otherOptions = notYetAll(...otherMethodTypesBut('custom'), 'card_present', 'interac_present')

export const methodOptions = object({
  card: clearable(
    object({
      request_three_d_secure: oneOf('any', 'automatic', 'challenge'),
      ...notYetAll(
        'capture_method',
        'cvc_token',
        'installments',
        'mandate_options',
        'moto',
        'network',
        'request_extended_authorization',
        'request_incremental_authorization',
        'request_multicapture',
        'request_overcapture',
        'require_cvc_recollection',
        'setup_credential_usage',
        'setup_future_usage',
        'stored_credential_usage',
        'statement_descriptor_suffix_kana',
        'statement_descriptor_suffix_kanji',
        'three_d_secure',
      ),
    }),
  ),
  ...otherOptions,
})

const described = {
  description: clearableText,
  metadata,
  payment_method_options: methodOptions,
  receipt_email: clearableText,
  setup_future_usage: clearable(usage),
  shipping: clearable(shippingParam),
  statement_descriptor_suffix: clearableText,
}

/** What stands for Connect, other payment methods, card fields of the browser and the like. */
const refused = notYetAll(
  'allowed_payment_method_types',
  'amount_details',
  'customer_account',
  'excluded_payment_method_types',
  'hooks',
  'payment_details',
  'payment_method_data',
)

const confirming = {
  error_on_requires_action: boolean,
  off_session: either(boolean, oneOf('one_off', 'recurring')),
  return_url: text,
  use_stripe_sdk: boolean,
}

export const creation = {
  ...described,
  ...confirming,
  amount: required(integer),
  automatic_payment_methods: object({
    allow_redirects: oneOf('always', 'never'),
    enabled: required(boolean),
  }),
  capture_method: captureMethod,
  confirm: boolean,
  confirmation_method: oneOf('automatic', 'manual'),
  currency: required(text),
  customer: text,
  payment_method: text,
  statement_descriptor: text,
  transfer_group: text,
  ...refused,
  ...notYetAll(
    'application_fee_amount',
    'confirmation_token',
    'mandate',
    'mandate_data',
    'on_behalf_of',
    'payment_method_configuration',
    'radar_options',
    'transfer_data',
  ),
}

export const updating = {
  ...described,
  amount: integer,
  capture_method: captureMethod,
  currency: text,
  customer: text,
  payment_method: text,
  statement_descriptor: text,
  transfer_group: text,
  ...refused,
  ...notYetAll('application_fee_amount', 'payment_method_configuration', 'transfer_data'),
}

export const confirmation = {
  ...confirming,
  capture_method: captureMethod,
  payment_method: text,
  payment_method_options: methodOptions,
  receipt_email: clearableText,
  setup_future_usage: clearable(usage),
  shipping: clearable(shippingParam),
  ...notYetAll(
    'allowed_payment_method_types',
    'amount_details',
    'amount_to_confirm',
    'confirmation_token',
    'excluded_payment_method_types',
    'hooks',
    'mandate',
    'mandate_data',
    'payment_details',
    'payment_method_data',
    'radar_options',
  ),
}

export const capturing = {
  amount_to_capture: integer,
  metadata,
  statement_descriptor_suffix: text,
  ...notYetAll(
    'amount_details',
    'application_fee_amount',
    'final_capture',
    'hooks',
    'payment_details',
    'statement_descriptor',
    'transfer_data',
  ),
}

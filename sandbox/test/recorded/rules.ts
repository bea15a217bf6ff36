import type { Exchange, Json, Param } from './cassettes.ts'
import type { Pair } from './compare.ts'
import { isId } from './ids.ts'
import { moments } from './when.ts'

/** What is not compared, and why. */
export type Rule<T> = { name: string; why: string; fits: (given: T) => boolean }

const given = ({ params }: Exchange, name: RegExp) => params.find(([key]) => name.test(key))?.[1]

export const exchangeRules: Rule<Exchange>[] = [
  {
    name: 'Connect',
    why: 'accounts of other accounts, and money moved to them, are not in the sandbox',
    fits: (exchange) =>
      /^\/v1\/(transfers|accounts\/)/.test(exchange.path) ||
      given(exchange, /^(application_fee_amount|transfer_data\b)/) !== undefined,
  },
  {
    name: 'ways to pay other than cards',
    why: 'the sandbox takes cards only, and says so by name',
    fits: (exchange) =>
      exchange.path === '/v1/payment_methods' &&
      exchange.method === 'POST' &&
      given(exchange, /^type$/) !== 'card',
  },
]

const bothText = ({ recorded, ours }: Pair) => typeof recorded === 'string' && typeof ours === 'string'
const bothNumbers = ({ recorded, ours }: Pair) => typeof recorded === 'number' && typeof ours === 'number'
const fromDash = (value: Json | undefined) => String(value).replace(/^[^-]*/, '')

/** Whether a value is one of those named `object: field`. */
const among = (...names: string[]) => {
  const wanted = new Set(names)
  return ({ object, field }: Pair) => wanted.has(`${object}: ${field}`)
}

const addresses = among(
  'answer: error.request_log_url',
  'billing_portal.session: url',
  'charge: receipt_url',
  'checkout.session: url',
  'credit_note: pdf',
  'invoice: hosted_invoice_url',
  'invoice: invoice_pdf',
  'payment_intent: next_action.redirect_to_url.url',
)

const drawn = among(
  'charge: payment_method_details.card.authorization_code',
  'charge: payment_method_details.card.fingerprint',
  'charge: payment_method_details.card.network_transaction_id',
  'customer: invoice_prefix',
  'invoice: confirmation_secret.client_secret',
  'payment_intent: client_secret',
  'payment_method: card.fingerprint',
  'setup_intent: client_secret',
)

/** Fields by the version of the API that brought them, as the changelog of its SDK tells. */
const since: Record<string, string> = {
  'charge: payment_method_details.card.electronic_commerce_indicator': '2026-09-30.endive',
  'charge: payment_method_details.card.transaction_link_id': '2026-06-24.dahlia',
  'checkout.session: allowed_payment_method_types': '2026-09-30.endive',
  'checkout.session: managed_payments': '2026-04-22.dahlia',
  'credit_note: customer_account': '2025-12-15.clover',
  'credit_note_line_item: metadata': '2026-03-25.dahlia',
  'customer: customer_account': '2025-12-15.clover',
  'discount: customer_account': '2025-12-15.clover',
  'invoice: customer_account': '2025-12-15.clover',
  'invoice: status_details': '2026-09-30.endive',
  'invoiceitem: customer_account': '2025-12-15.clover',
  'invoiceitem: quantity_decimal': '2026-03-25.dahlia',
  'line_item: quantity_decimal': '2026-03-25.dahlia',
  'line_item: subtotal': '2025-12-15.clover',
  'payment_intent: allowed_payment_method_types': '2026-07-29.dahlia',
  'payment_intent: customer_account': '2025-12-15.clover',
  'payment_intent: managed_payments': '2026-04-22.dahlia',
  'payment_intent: payment_record': '2026-09-30.endive',
  'payment_method: customer_account': '2025-12-15.clover',
  'refund: customer': '2026-07-29.dahlia',
  'refund: customer_account': '2026-07-29.dahlia',
  'refund: payment_method': '2026-07-29.dahlia',
  'setup_intent: allowed_payment_method_types': '2026-07-29.dahlia',
  'setup_intent: customer_account': '2025-12-15.clover',
  'setup_intent: managed_payments': '2026-04-22.dahlia',
  'subscription: billing_schedules': '2026-05-27.dahlia',
  'subscription: cancellation_details.feedback_option': '2026-08-26.dahlia',
  'subscription: customer_account': '2025-12-15.clover',
  'subscription: invoice_settings.custom_fields': '2026-06-24.dahlia',
  'subscription: invoice_settings.description': '2026-06-24.dahlia',
  'subscription: invoice_settings.footer': '2026-06-24.dahlia',
  'subscription: managed_payments': '2026-04-22.dahlia',
  'subscription: status_details': '2026-09-30.endive',
  'subscription: trial_settings.end_behavior.billing_cycle_anchor': '2026-09-30.endive',
  'subscription_item: current_trial': '2026-09-30.endive',
}

/** A time that is counted from one of those moments. */
const fromMoment = among('charge: payment_method_details.card.capture_before')

const waysToPay = /^payment_method_(types|options\.(?!card\b)|configuration_details)/

export const pairRules: Rule<Pair>[] = [
  {
    name: 'newer than the recording',
    why: 'a later version of the API brought the field',
    fits: ({ object, field, recorded, version }) => {
      const brought = since[`${object}: ${field}`]
      return recorded === undefined && brought !== undefined && version < brought
    },
  },
  {
    name: 'seconds within a request',
    why: 'the real API needs some between the first and the last of what one request does; here none passes',
    fits: (pair) =>
      (moments.has(pair.field.replace(/^.*\./, '')) || fromMoment(pair)) &&
      bothNumbers(pair) &&
      Math.abs(Number(pair.recorded) - Number(pair.ours)) <= 3,
  },
  {
    name: 'drawn at random',
    why: 'no two of them are the same',
    fits: (pair) => drawn(pair) && bothText(pair),
  },
  {
    name: 'addresses',
    why: 'they lead to this server instead of the provider’s',
    fits: (pair) => addresses(pair) && bothText(pair),
  },
  {
    name: 'numbers by prefix',
    why: 'the customer’s prefix is drawn at random; what follows it is compared',
    fits: (pair) =>
      among('credit_note: number', 'invoice: number')(pair) &&
      bothText(pair) &&
      fromDash(pair.recorded) === fromDash(pair.ours),
  },
  {
    name: 'risk score',
    why: 'only the provider can estimate it',
    fits: (pair) => among('charge: outcome.risk_score')(pair) && bothNumbers(pair),
  },
  {
    name: 'the account’s name',
    why: 'each account has its own',
    fits: (pair) =>
      among(
        'charge: calculated_statement_descriptor',
        'checkout.session: branding_settings.display_name',
        'invoice: account_name',
      )(pair) && bothText(pair),
  },
  {
    name: 'the account’s ways to pay',
    why: 'the recorded account had switched on more than cards, and the sandbox has cards only',
    fits: ({ object, field }) =>
      ['checkout.session', 'payment_intent', 'setup_intent'].includes(object) && waysToPay.test(field),
  },
  {
    name: 'what Stripe.js uses',
    why: 'the step after `use_stripe_sdk` is between Stripe.js and its server; here it is a page’s address',
    fits: ({ object, field }) =>
      object === 'payment_intent' && field.startsWith('next_action.use_stripe_sdk.'),
  },
  {
    name: 'Connect',
    why: 'some were asked in the name of a connected account',
    fits: ({ field, recorded, ours }) =>
      field === 'application' && typeof recorded === 'string' && isId(recorded) && ours === null,
  },
  {
    name: 'cut to 25 characters',
    why: 'so were references before 2026-03-25.dahlia',
    fits: (pair) =>
      among('payment_intent: payment_details.order_reference')(pair) &&
      pair.version < '2026-03-25.dahlia' &&
      bothText(pair) &&
      String(pair.recorded).length === 25,
  },
]

/** Parameters by their name when they were recorded, with the present one. */
export const renamed: Record<string, string> = {
  // A timestamp at creation, an object on updates since 2026-09-30.endive.
  billing_cycle_anchor: 'billing_cycle_anchor[type]',
}

/** The parameters as the present version of the API names them. */
export const adapted = (params: Param[]): Param[] =>
  params.map(([name, value]) => [Object.hasOwn(renamed, name) ? String(renamed[name]) : name, value])

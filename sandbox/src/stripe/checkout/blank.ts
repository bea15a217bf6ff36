import { randomId } from '../../ids.ts'
import { invalid } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import type { findCustomer } from '../customers/balance.ts'
import type { World } from '../world.ts'
import { collectionOf } from './collection.ts'
import type { Given } from './parameters.ts'
import { detailsOf, type PaymentData, type Session, type SessionLine } from './session.ts'

const day = 86_400

function expiryOf(world: World, asked: number | undefined): number {
  const now = world.clock.now()
  if (asked === undefined) return now + day
  if (asked < now + 1800 || asked > now + day) {
    throw invalid(
      'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
      { param: 'expires_at' },
    )
  }
  return asked
}

function paymentOf(given: Given['payment_intent_data'] = {}): PaymentData {
  return {
    captureMethod: given.capture_method ?? 'automatic_async',
    description: given.description ?? null,
    descriptorSuffix: given.statement_descriptor_suffix ?? null,
    futureUsage: given.setup_future_usage ?? null,
    metadata: mergeMetadata({}, given.metadata),
    receiptEmail: given.receipt_email ?? null,
  }
}

/** What the session remembers for the moment at which it is completed. */
export function hiddenOf(params: Given, lines: SessionLine[]): Session['hidden'] {
  const data = params.subscription_data ?? {}
  return {
    lines,
    amounts: [],
    coupons: [],
    updates: {
      address: params.customer_update?.address === 'auto',
      name: params.customer_update?.name === 'auto',
    },
    redisplay: params.payment_method_data?.allow_redisplay ?? null,
    payment: paymentOf(params.payment_intent_data),
    subscription: {
      anchor: data.billing_cycle_anchor ?? null,
      anchorConfig: data.billing_cycle_anchor_config
        ? { hour: null, minute: null, month: null, second: null, ...data.billing_cycle_anchor_config }
        : null,
      description: data.description ?? null,
      fields: {
        ...(data.default_tax_rates ? { default_tax_rates: data.default_tax_rates } : {}),
        ...(data.invoice_settings ? { invoice_settings: data.invoice_settings } : {}),
        ...(data.pending_invoice_item_interval === undefined
          ? {}
          : { pending_invoice_item_interval: data.pending_invoice_item_interval }),
      },
      metadata: mergeMetadata({}, data.metadata),
      missing: data.trial_settings?.end_behavior.missing_payment_method ?? null,
      proration: data.proration_behavior ?? null,
      trialDays: data.trial_period_days ?? null,
      trialEnd: data.trial_end ?? null,
    },
  }
}

function invoiceCreationOf(given: Given): Session['invoice_creation'] {
  if (given.mode !== 'payment') return null
  const data = given.invoice_creation?.invoice_data ?? {}
  return {
    enabled: given.invoice_creation?.enabled ?? false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: data.custom_fields ?? null,
      description: data.description ?? null,
      footer: data.footer ?? null,
      issuer: data.issuer ?? null,
      metadata: mergeMetadata({}, data.metadata),
      rendering_options: null,
    },
  }
}

/** The fields that differ between the modes, before anything is counted (recorded answers of the real API). */
function ofMode(given: Given, customer: string | null): Partial<Session> {
  if (given.mode === 'setup') {
    return {
      ...{ adaptive_pricing: { enabled: false } },
      amount_subtotal: null,
      amount_total: null,
      customer_creation: given.customer_creation ?? null,
      discounts: null,
      payment_method_collection: 'always',
      payment_status: 'no_payment_required',
      saved_payment_method_options: null,
      total_details: null,
    }
  }
  const creates = given.mode === 'payment' ? (given.customer_creation ?? 'if_required') : 'always'
  const collects = given.mode === 'payment' ? 'if_required' : 'always'
  return {
    ...{ adaptive_pricing: { enabled: given.adaptive_pricing?.enabled ?? true } },
    customer_creation: customer === null ? creates : null,
    payment_method_collection: given.payment_method_collection ?? collects,
    payment_status: 'unpaid',
    saved_payment_method_options: {
      allow_redisplay_filters: given.saved_payment_method_options?.allow_redisplay_filters ?? ['always'],
      payment_method_remove: 'disabled',
      payment_method_save: given.saved_payment_method_options?.payment_method_save ?? null,
    },
  }
}

type Customer = ReturnType<typeof findCustomer>

function personOf(given: Given, customer: Customer | null): Partial<Session> {
  const known = customer ?? (given.customer_email === undefined ? null : { email: given.customer_email })
  // Of a customer only the e-mail address is shown before the session is complete (recorded answers of the real API).
  const exempt = known && 'tax_exempt' in known ? known.tax_exempt : 'none'
  const details =
    known && detailsOf({ email: known.email, tax_exempt: given.mode === 'setup' ? null : exempt })
  return {
    customer: customer?.id ?? null,
    customer_details: details,
    customer_email: given.customer_email ?? null,
  }
}

function afterExpirationOf(given: Given): Session['after_expiration'] {
  const recovery = given.after_expiration?.recovery
  if (!given.after_expiration) return null
  return {
    recovery: recovery
      ? {
          allow_promotion_codes: recovery.allow_promotion_codes ?? false,
          enabled: recovery.enabled,
          expires_at: null,
          url: null,
        }
      : null,
  }
}

/** A session as it begins, without lines and amounts. */
export function blank(world: World, given: Given, customer: Customer | null): Session {
  // Sessions that save a card have ids of their own kind (recorded answers of the real API).
  const id = `cs_test_${given.mode === 'setup' ? 'c' : 'a'}1${randomId('', 56)}`
  const taxed = given.automatic_tax?.enabled ?? false
  return {
    id,
    object: 'checkout.session',
    ...constants,
    ...collectionOf(given),
    ...ofMode(given, customer?.id ?? null),
    ...personOf(given, customer),
    after_expiration: afterExpirationOf(given),
    allow_promotion_codes: given.allow_promotion_codes ?? null,
    ...{ allowed_payment_method_types: given.allowed_payment_method_types ?? null },
    automatic_tax: {
      enabled: taxed,
      liability: taxed ? { type: 'self' } : null,
      provider: taxed ? 'stripe' : null,
      status: taxed ? 'requires_location_inputs' : null,
    },
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    created: world.clock.now(),
    currency: null,
    ...(given.excluded_payment_method_types === undefined
      ? {}
      : { excluded_payment_method_types: given.excluded_payment_method_types }),
    expires_at: expiryOf(world, given.expires_at),
    ...{ integration_identifier: given.integration_identifier ?? null },
    invoice_creation: invoiceCreationOf(given),
    ...{ locale: given.locale ?? null },
    metadata: mergeMetadata({}, given.metadata),
    mode: given.mode,
    ...{ origin_context: given.origin_context ?? null },
    payment_method_options: {
      card: {
        request_three_d_secure: given.payment_method_options?.card?.request_three_d_secure ?? 'automatic',
      },
    },
    ...{ payment_method_configuration_details: { id: configurationOf(world), parent: null } },
    submit_type: given.submit_type ?? null,
    success_url: given.success_url ?? '',
    url: `${world.address()}/c/pay/${id}`,
    ...(given.wallet_options ? { wallet_options: given.wallet_options } : {}),
  } as Session
}

/** The account's one configuration of payment methods; it stands in every session and has no routes of its own. */
const configurationOf = (world: World) => `pmc_1${world.account.id.slice(-15)}sandbox0`

const constants = {
  branding_settings: {
    background_color: '#ffffff',
    border_style: 'rounded',
    button_color: '#0074d4',
    display_name: 'Sandbox',
    font_family: 'default',
    icon: null,
    logo: null,
  },
  client_secret: null,
  currency_conversion: null,
  customer_account: null,
  invoice: null,
  livemode: false,
  managed_payments: null,
  payment_intent: null,
  payment_link: null,
  payment_method_types: ['card'],
  permissions: null,
  recovered_from: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  status: 'open',
  subscription: null,
  ui_mode: 'hosted_page',
  wallet_options: null,
}

import { randomId } from '../../ids.ts'
import { findCustomer } from '../balance.ts'
import { invalid } from '../errors.ts'
import { mergeMetadata } from '../params.ts'
import { checkCurrency, createPrice, type Price, unitAmountOf } from '../prices.ts'
import { createProduct, findProduct } from '../products.ts'
import { checkPrices } from '../subscriptions/create.ts'
import { type Call, present, shortId, type World } from '../world.ts'
import { withDiscounts } from './discounts.ts'
import { checkLocation, checkModes, type Given } from './parameters.ts'
import { detailsOf, type Session, type SessionLine } from './session.ts'

function linesOf(world: World, given: Given): SessionLine[] {
  if (!given.line_items?.length) {
    throw invalid('Missing required param: line_items.', { param: 'line_items', code: 'parameter_missing' })
  }
  return given.line_items.map((line, position) => {
    const param = `line_items[${position}]`
    const data = line.price_data
    if ((line.price === undefined) === (data === undefined)) {
      throw invalid(`You must specify either \`price\` or \`price_data\` in ${param}.`, {
        param: `${param}[price]`,
      })
    }
    let price = line.price ?? ''
    if (data) {
      const product = data.product_data
        ? createProduct(world, data.product_data as { name: string })
        : findProduct(world, data.product ?? '', `${param}[price_data][product]`)
      const unitAmount = unitAmountOf(data, `${param}[price_data][unit_amount]`)
      price = createPrice(world, {
        currency: checkCurrency(data.currency),
        product: product.id,
        unitAmount,
        recurring: data.recurring,
      } as Parameters<typeof createPrice>[1]).id
    }
    if (line.quantity === undefined)
      throw invalid(`Quantity is required. Add \`quantity\` to \`${param}\``, {
        param: `${param}[quantity]`,
        code: 'parameter_missing',
      })
    if (line.quantity < 1)
      throw invalid('This value must be greater than or equal to 1.', {
        param: `${param}[quantity]`,
        code: 'parameter_invalid_integer',
      })
    return { id: shortId('li_'), price, quantity: line.quantity, metadata: mergeMetadata({}, line.metadata) }
  })
}

function expiryOf(world: World, asked: number | undefined): number {
  const now = world.clock.now()
  if (asked === undefined) return now + 86_400
  if (asked < now + 1800 || asked > now + 86_400) {
    throw invalid(
      'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
      { param: 'expires_at' },
    )
  }
  return asked
}

/** What the session remembers for the moment at which it is paid. */
function hiddenOf(params: Given, lines: SessionLine[]): Session['hidden'] {
  const data = params.subscription_data ?? {}
  return {
    lines,
    coupons: [],
    automaticTax: params.automatic_tax?.enabled ?? false,
    needsAddress: params.billing_address_collection === 'required',
    updates: {
      address: params.customer_update?.address === 'auto',
      name: params.customer_update?.name === 'auto',
    },
    subscription: {
      metadata: mergeMetadata({}, data.metadata),
      description: data.description ?? null,
      trialDays: data.trial_period_days ?? null,
      trialEnd: data.trial_end ?? null,
      missing: data.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    },
  }
}

export function create({ world, params }: Call<Given>): object {
  checkModes(params)
  const customer = params.customer === undefined ? null : findCustomer(world, params.customer, 'customer')
  checkLocation(params, customer)
  const lines = linesOf(world, params)
  const prices = checkPrices(world, lines, undefined, 'line_items')
  const currency = (prices[0] as Price).currency
  const id = `cs_test_a1${randomId('', 56)}`
  const taxed = params.automatic_tax?.enabled ?? false
  const blank: Session = {
    id,
    object: 'checkout.session',
    ...constants,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    amount_subtotal: 0,
    amount_total: 0,
    automatic_tax: {
      enabled: taxed,
      liability: taxed ? { type: 'self' } : null,
      provider: taxed ? 'stripe' : null,
      status: taxed ? 'requires_location_inputs' : null,
    },
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    created: world.clock.now(),
    currency,
    customer: customer?.id ?? null,
    customer_creation: customer ? null : 'always',
    customer_details:
      customer || params.customer_email
        ? detailsOf(customer ?? { email: params.customer_email ?? null })
        : null,
    customer_email: params.customer_email ?? null,
    expires_at: expiryOf(world, params.expires_at),
    invoice: null,
    locale: params.locale ?? null,
    metadata: mergeMetadata({}, params.metadata),
    mode: 'subscription',
    payment_method_collection: params.payment_method_collection ?? 'always',
    payment_status: 'unpaid',
    status: 'open',
    subscription: null,
    success_url: params.success_url ?? '',
    url: `${world.address()}/c/pay/${id}`,
    hidden: hiddenOf(params, lines),
  } as Session
  const session = withDiscounts(world, blank, params.discounts ?? [])
  world.store.put('checkout.session', session)
  world.clock.schedule({ id: `session ${id}`, at: session.expires_at, what: 'checkout.expire', object: id })
  return present(world, session)
}

const constants = {
  adaptive_pricing: null,
  after_expiration: null,
  allowed_payment_method_types: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  customer_account: null,
  discounts: [],
  integration_identifier: null,
  invoice_creation: null,
  livemode: false,
  managed_payments: null,
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: { card: { request_three_d_secure: 'automatic' } },
  payment_method_types: ['card'],
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: {
    allow_redisplay_filters: ['always'],
    payment_method_remove: 'disabled',
    payment_method_save: null,
  },
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  ui_mode: 'hosted_page',
  wallet_options: null,
}

import { randomId } from '../../ids.ts'
import { findCustomer } from '../balance.ts'
import { invalid, missing, notImplemented } from '../errors.ts'
import { change, emit } from '../events.ts'
import { page, paging, pagingAndCreated } from '../lists.ts'
import { lineAmount } from '../money.ts'
import {
  boolean,
  clearable,
  count,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../params.ts'
import {
  checkCurrency,
  createPrice,
  findPrice,
  type Price,
  priceData,
  recurringParam,
  unitAmountOf,
} from '../prices.ts'
import { createProduct, findProduct, type Product } from '../products.ts'
import { checkPrices } from '../subscriptions/create.ts'
import type { Missing } from '../subscriptions/subscription.ts'
import {
  type Call,
  innerList,
  operation,
  present,
  type Resource,
  type Stored,
  shortId,
  type World,
} from '../world.ts'

export type SessionLine = { id: string; price: string; quantity: number; metadata: Record<string, string> }
export type Session = Stored & {
  amount_subtotal: number
  amount_total: number
  cancel_url: string | null
  client_reference_id: string | null
  created: number
  currency: string
  customer: string | null
  customer_details: { email: string | null; name: string | null; [field: string]: unknown } | null
  customer_email: string | null
  expires_at: number
  invoice: string | null
  metadata: Record<string, string>
  payment_method_collection: 'always' | 'if_required'
  payment_status: 'paid' | 'unpaid' | 'no_payment_required'
  status: 'open' | 'complete' | 'expired'
  subscription: string | null
  success_url: string
  url: string | null
  hidden: {
    lines: SessionLine[]
    automaticTax: boolean
    needsAddress: boolean
    updates: { address: boolean; name: boolean }
    subscription: {
      metadata: Record<string, string>
      description: string | null
      trialDays: number | null
      trialEnd: number | null
      missing: Missing
    }
  }
}

export function findSession(world: World, id: string): Session {
  const found = world.store.get<Session>('checkout.session', id)
  if (!found) throw missing('checkout.session', id)
  return found
}

/** When the session's trial would end if it were completed now; null without a trial. */
export function trialEndOf(world: World, session: Session): number | null {
  const { trialDays, trialEnd } = session.hidden.subscription
  return trialEnd ?? (trialDays ? world.clock.now() + trialDays * 86_400 : null)
}

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

const creation = {
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
    'discounts',
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
type Given = Values<typeof creation>

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

function checkModes(given: Given): void {
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

function checkLocation(given: Given, customer: { address: object | null } | null): void {
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

function create({ world, params }: Call<Given>): object {
  checkModes(params)
  const customer = params.customer === undefined ? null : findCustomer(world, params.customer, 'customer')
  checkLocation(params, customer)
  const lines = linesOf(world, params)
  const prices = checkPrices(world, lines, undefined, 'line_items')
  const currency = (prices[0] as Price).currency
  const data = params.subscription_data ?? {}
  const trial = Boolean(data.trial_period_days || data.trial_end)
  const total = trial
    ? 0
    : lines.reduce(
        (sum, line, position) =>
          sum + lineAmount((prices[position] as Price).unit_amount_decimal, line.quantity),
        0,
      )
  const id = `cs_test_a1${randomId('', 56)}`
  const taxed = params.automatic_tax?.enabled ?? false
  const session: Session = {
    id,
    object: 'checkout.session',
    ...constants,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    amount_subtotal: total,
    amount_total: total,
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
    hidden: {
      lines,
      automaticTax: taxed,
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
    },
  } as Session
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

export const detailsOf = (of: {
  email?: string | null
  name?: string | null
  phone?: string | null
  address?: object | null
  tax_exempt?: string
}) => ({
  address: of.address ?? null,
  business_name: null,
  email: of.email ?? null,
  individual_name: null,
  name: of.name ?? null,
  phone: of.phone ?? null,
  tax_exempt: of.tax_exempt ?? 'none',
  tax_ids: [],
})

/** Closes an open session for good. */
export function expireSession(world: World, session: Session): Session {
  if (session.status !== 'open') {
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    )
  }
  world.clock.cancel(`session ${session.id}`)
  const expired = world.store.put<Session>('checkout.session', { ...session, status: 'expired', url: null })
  emit(world, 'checkout.session.expired', expired)
  return expired
}

/** The lines of a session as API objects. */
export function shownLines(world: World, session: Session): Record<string, unknown>[] {
  return session.hidden.lines.map((line) => {
    const price = findPrice(world, line.price)
    const whole = lineAmount(price.unit_amount_decimal, line.quantity)
    const amount = trialEndOf(world, session) === null ? whole : 0
    return {
      id: line.id,
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: world.store.get<Product>('product', price.product)?.name ?? null,
      metadata: line.metadata,
      price: present(world, price),
      quantity: line.quantity,
    }
  })
}

export const checkoutSessions: Resource = {
  object: 'checkout.session',
  links: {
    customer: 'customer',
    invoice: 'invoice',
    payment_intent: 'payment_intent',
    payment_link: 'payment_link',
    setup_intent: 'setup_intent',
    subscription: 'subscription',
    line_items: (world, session) => {
      const stored = findSession(world, String(session.id))
      return innerList(`/v1/checkout/sessions/${stored.id}/line_items`, shownLines(world, stored), 10)
    },
  },
  start(world) {
    world.store.index<Session>('checkout.session', 'customer', ({ customer }) => customer)
    world.store.index<Session>('checkout.session', 'subscription', ({ subscription }) => subscription)
    world.clock.on('checkout.expire', ({ object }) => {
      const session = world.store.get<Session>('checkout.session', object)
      if (session?.status === 'open') expireSession(world, session)
    })
  },
  operations: [
    operation('POST /v1/checkout/sessions', creation, create),
    operation(
      'GET /v1/checkout/sessions',
      {
        ...pagingAndCreated,
        customer: text,
        subscription: text,
        status: oneOf('complete', 'expired', 'open'),
        payment_intent: text,
        customer_details: object({ email: required(text) }),
        ...notYetAll('customer_account', 'payment_link'),
      },
      (call) => {
        const {
          customer,
          subscription,
          status,
          payment_intent: intent,
          customer_details: details,
        } = call.params
        const { store } = call.world
        const from =
          subscription !== undefined
            ? store.by<Session>('checkout.session', 'subscription', subscription)
            : customer !== undefined
              ? store.by<Session>('checkout.session', 'customer', customer)
              : [...store.all<Session>('checkout.session')]
        const fits = (session: Session) =>
          (status === undefined || session.status === status) &&
          (customer === undefined || session.customer === customer) &&
          intent === undefined &&
          (details === undefined || session.customer_details?.email === details.email)
        return page(call, from.filter(fits))
      },
    ),
    operation('GET /v1/checkout/sessions/{id}', {}, ({ world, ids }) =>
      present(world, findSession(world, ids.id ?? '')),
    ),
    operation(
      'POST /v1/checkout/sessions/{id}',
      {
        metadata: clearable(metadata),
        ...notYetAll('automatic_tax', 'collected_information', 'line_items', 'shipping_options'),
      },
      ({ world, params, ids }) => {
        const before = findSession(world, ids.id ?? '')
        return present(
          world,
          change(world, before, { metadata: mergeMetadata(before.metadata, params.metadata) }, null),
        )
      },
    ),
    operation('POST /v1/checkout/sessions/{id}/expire', {}, ({ world, ids }) =>
      present(world, expireSession(world, findSession(world, ids.id ?? ''))),
    ),
    operation('GET /v1/checkout/sessions/{id}/line_items', paging, (call) => {
      const lines = shownLines(call.world, findSession(call.world, call.ids.id ?? ''))
      return page(call, lines.reverse() as unknown as Stored[])
    }),
  ],
}

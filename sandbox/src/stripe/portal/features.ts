import { invalid, notImplemented } from '../api/errors.ts'
import {
  boolean,
  integer,
  list,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { findPrice } from '../catalog/prices.ts'
import { findProduct } from '../catalog/products.ts'
import type { World } from '../world.ts'

export const reasons = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
] as const
export type Reason = (typeof reasons)[number]

const updates = ['address', 'email', 'name', 'phone', 'shipping', 'tax_id'] as const
type CustomerField = (typeof updates)[number]
type Proration = 'always_invoice' | 'create_prorations' | 'none'
type Condition = { type: 'decreasing_item_amount' | 'shortening_interval' }

export type PortalProduct = {
  adjustable_quantity: { enabled: boolean; maximum: number | null; minimum: number }
  prices: string[]
  product: string
}

export type Features = {
  customer_update: { allowed_updates: CustomerField[]; enabled: boolean }
  invoice_history: { enabled: boolean }
  payment_method_update: { enabled: boolean; payment_method_configuration: null }
  subscription_cancel: {
    cancellation_reason: { enabled: boolean; feedback_options: null; options: Reason[] }
    enabled: boolean
    mode: 'at_period_end' | 'immediately'
    proration_behavior: Proration
  }
  subscription_pause: { duration: { interval_options: object[]; type: 'interval_options' }; enabled: false }
  subscription_update: {
    billing_cycle_anchor: 'now' | 'unchanged' | null
    default_allowed_updates: ('price' | 'promotion_code' | 'quantity')[]
    enabled: boolean
    products: PortalProduct[]
    proration_behavior: Proration
    schedule_at_period_end: { conditions: Condition[] }
    trial_update_behavior: 'continue_trial' | 'end_trial'
  }
}

/** A list that can also be emptied. */
const some = <const T extends string>(...allowed: readonly T[]) => list(oneOf(...allowed))
const prorations = oneOf('always_invoice', 'create_prorations', 'none')

const product = object({
  adjustable_quantity: object({ enabled: required(boolean), maximum: integer, minimum: integer }),
  prices: required(list(text)),
  product: required(text),
})

const condition = object({ type: required(oneOf('decreasing_item_amount', 'shortening_interval')) })

/** A feature's fields; at its creation it must be said whether it is on. */
const shapes = {
  customer_update: { allowed_updates: some(...updates) },
  subscription_cancel: {
    cancellation_reason: object({
      enabled: required(boolean),
      options: some(...reasons),
      ...notYetAll('feedback_options'),
    }),
    mode: oneOf('at_period_end', 'immediately'),
    proration_behavior: prorations,
  },
  subscription_update: {
    billing_cycle_anchor: oneOf('now', 'unchanged'),
    default_allowed_updates: some('price', 'promotion_code', 'quantity'),
    products: list(product),
    proration_behavior: prorations,
    schedule_at_period_end: object({ conditions: list(condition) }),
    trial_update_behavior: oneOf('continue_trial', 'end_trial'),
  },
}

const always = {
  invoice_history: object({ enabled: required(boolean) }),
  payment_method_update: object({ enabled: required(boolean), ...notYetAll('payment_method_configuration') }),
  subscription_pause: object({ enabled: boolean, ...notYetAll('duration') }),
}

export const newFeatures = object({
  customer_update: object({ ...shapes.customer_update, enabled: required(boolean) }),
  ...always,
  subscription_cancel: object({ ...shapes.subscription_cancel, enabled: required(boolean) }),
  subscription_update: object({ ...shapes.subscription_update, enabled: required(boolean) }),
})

export const changedFeatures = object({
  customer_update: object({ ...shapes.customer_update, enabled: boolean }),
  ...always,
  subscription_cancel: object({ ...shapes.subscription_cancel, enabled: boolean }),
  subscription_update: object({ ...shapes.subscription_update, enabled: boolean }),
})

type Given = NonNullable<ReturnType<(typeof changedFeatures)['parse']>>
type GivenProduct = Values<{ products: typeof shapes.subscription_update.products }>['products']

/** What a configuration has that names nothing. */
export const noFeatures: Features = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: { enabled: false, feedback_options: null, options: [] },
    enabled: false,
    mode: 'at_period_end',
    proration_behavior: 'none',
  },
  subscription_pause: {
    duration: { interval_options: [{ interval: 'month', interval_count: 1 }], type: 'interval_options' },
    enabled: false,
  },
  subscription_update: {
    billing_cycle_anchor: null,
    default_allowed_updates: [],
    enabled: false,
    products: [],
    proration_behavior: 'none',
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: 'end_trial',
  },
}

const at = (feature: string, field: string) => `features[${feature}][${field}]`

function productsOf(world: World, given: NonNullable<GivenProduct>): PortalProduct[] {
  const field = at('subscription_update', 'products')
  if (given.length > 10) throw invalid('A portal configuration takes at most 10 products.', { param: field })
  return given.map((one, position) => {
    const param = `${field}[${position}]`
    const { id } = findProduct(world, one.product, `${param}[product]`)
    one.prices.forEach((name, which) => {
      const price = findPrice(world, name, `${param}[prices][${which}]`)
      const about = { param: `${param}[prices][${which}]` }
      if (price.product !== id)
        throw invalid(`The price \`${price.id}\` does not belong to the product \`${id}\`.`, about)
      if (!price.recurring) throw invalid(`The price \`${price.id}\` is not recurring.`, about)
    })
    const { enabled = false, maximum = null, minimum = 1 } = one.adjustable_quantity ?? {}
    return { adjustable_quantity: { enabled, maximum, minimum }, prices: one.prices, product: id }
  })
}

/** Refuses features that cannot be together. */
function check(features: Features): void {
  const { subscription_cancel: cancel, subscription_update: update } = features
  if (update.enabled && !features.payment_method_update.enabled)
    throw invalid('Cannot enable subscription updates while payment method update is disabled.', {
      param: at('payment_method_update', 'enabled'),
    })
  if (update.enabled && update.default_allowed_updates.length === 0)
    throw invalid('You must specify the allowed updates when enabling subscription updates.', {
      param: at('subscription_update', 'default_allowed_updates'),
    })
  if (update.enabled && update.products.length === 0)
    throw invalid('You must specify the products when enabling subscription updates.', {
      param: at('subscription_update', 'products'),
    })
  if (features.customer_update.enabled && features.customer_update.allowed_updates.length === 0)
    throw invalid('You must specify the allowed updates when enabling customer updates.', {
      param: at('customer_update', 'allowed_updates'),
    })
  const reasons = cancel.cancellation_reason
  if (reasons.enabled && reasons.options.length === 0)
    throw invalid('You must specify the options when enabling the cancellation reason.', {
      param: at('subscription_cancel', 'cancellation_reason'),
    })
  const proration = at('subscription_cancel', 'proration_behavior')
  if (cancel.proration_behavior === 'always_invoice')
    throw invalid('`always_invoice` is not supported for cancellations.', { param: proration })
  if (cancel.mode === 'at_period_end' && cancel.proration_behavior !== 'none')
    throw invalid('Prorations can only be created when the cancellation mode is `immediately`.', {
      param: proration,
    })
}

/** The features with what was given on top of what they were, refused where they cannot be together. */
export function mergeFeatures(world: World, now: Features, given: Given): Features {
  if (given.subscription_pause?.enabled)
    throw notImplemented('pausing in the portal', at('subscription_pause', 'enabled'))
  const unkept = given.customer_update?.allowed_updates?.includes('tax_id')
  if (unkept) throw notImplemented('tax ids in the portal', at('customer_update', 'allowed_updates'))
  const { cancellation_reason: reason, ...cancel } = given.subscription_cancel ?? {}
  const { products, schedule_at_period_end: schedule, ...update } = given.subscription_update ?? {}
  const merged: Features = {
    customer_update: { ...now.customer_update, ...given.customer_update },
    invoice_history: { ...now.invoice_history, ...given.invoice_history },
    payment_method_update: {
      ...now.payment_method_update,
      enabled: given.payment_method_update?.enabled ?? now.payment_method_update.enabled,
    },
    subscription_cancel: {
      ...now.subscription_cancel,
      ...cancel,
      cancellation_reason: { ...now.subscription_cancel.cancellation_reason, ...reason },
    },
    subscription_pause: now.subscription_pause,
    subscription_update: {
      ...now.subscription_update,
      ...update,
      ...(products ? { products: productsOf(world, products) } : {}),
      ...(schedule ? { schedule_at_period_end: { conditions: schedule.conditions ?? [] } } : {}),
    },
  }
  check(merged)
  return merged
}

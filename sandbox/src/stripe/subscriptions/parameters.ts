import { discountsParam } from '../discounts/redeem.ts'
import { invalid, missing } from '../errors.ts'
import {
  boolean,
  clearable,
  clearableText,
  count,
  either,
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
import type { PaymentMethod } from '../payment-methods.ts'
import { checkCurrency, createPrice, priceData, recurringParam, unitAmountOf } from '../prices.ts'
import { findProduct } from '../products.ts'
import type { World } from '../world.ts'
import type { Item } from './subscription.ts'
import type { ItemChange } from './update.ts'

const { product_data: _, ...plainPriceData } = priceData

const recurringPriceData = object({ ...plainPriceData, recurring: required(recurringParam) })

const newItem = {
  price: text,
  price_data: recurringPriceData,
  quantity: count,
  metadata,
  ...notYetAll('billing_thresholds', 'current_trial', 'discounts', 'plan', 'tax_rates'),
}

export const changedItem = { ...newItem, id: text, deleted: boolean, ...notYetAll('clear_usage') }

const feedbacks = oneOf(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
)

const cancellation = object({
  comment: clearableText,
  feedback: clearable(feedbacks),
  ...notYetAll('feedback_option'),
})

const trialSettings = object({
  end_behavior: required(
    object({
      missing_payment_method: oneOf('cancel', 'create_invoice', 'pause'),
      ...notYetAll('billing_cycle_anchor'),
    }),
  ),
})

export const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none')

const shared = {
  automatic_tax: object({ enabled: required(boolean) }),
  cancel_at: clearable(integer),
  cancel_at_period_end: boolean,
  collection_method: oneOf('charge_automatically'),
  default_payment_method: clearableText,
  description: clearableText,
  discounts: discountsParam,
  metadata,
  off_session: boolean,
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  payment_settings: object({
    save_default_payment_method: oneOf('off', 'on_subscription'),
    ...notYetAll('payment_method_options', 'payment_method_types'),
  }),
  proration_behavior: prorationBehavior,
  trial_end: either(oneOf('now'), integer),
  trial_settings: trialSettings,
  ...notYetAll(
    'add_invoice_items',
    'application_fee_percent',
    'billing_schedules',
    'billing_thresholds',
    'days_until_due',
    'default_source',
    'default_tax_rates',
    'invoice_settings',
    'on_behalf_of',
    'pending_invoice_item_interval',
    'transfer_data',
    'trial_from_plan',
  ),
}

export const creation = {
  ...shared,
  customer: required(text),
  currency: text,
  items: list(object(newItem)),
  trial_period_days: count,
  billing_mode: object({ type: required(oneOf('flexible')), ...notYetAll('flexible') }),
  ...notYetAll(
    'backdate_start_date',
    'billing_cycle_anchor',
    'billing_cycle_anchor_config',
    'customer_account',
  ),
}

export const updating = {
  ...shared,
  billing_cycle_anchor: object({ type: required(oneOf('now', 'unchanged')) }),
  cancellation_details: cancellation,
  items: list(object(changedItem)),
  proration_date: integer,
  ...notYetAll('pause_collection'),
}

export function priceIdOf(world: World, item: Values<typeof newItem>, param: string): string | undefined {
  const data = item.price_data
  if (!data) return item.price
  const product = findProduct(world, data.product ?? '', `${param}[price_data][product]`)
  const unitAmount = unitAmountOf(data, `${param}[price_data][unit_amount]`)
  const { interval, interval_count: every } = data.recurring
  const recurring = { interval, ...(every === undefined ? {} : { interval_count: every }) }
  return createPrice(world, {
    currency: checkCurrency(data.currency),
    product: product.id,
    unitAmount,
    recurring,
  } as Parameters<typeof createPrice>[1]).id
}

export function checkMethod(world: World, customer: string, id: string | null | undefined): void {
  if (!id) return
  const method = world.store.get<PaymentMethod>('payment_method', id)
  if (!method) throw missing('PaymentMethod', id, 'default_payment_method')
  if (method.customer === customer) return
  throw invalid(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { param: 'default_payment_method', code: 'resource_missing' },
  )
}

/** Item changes of a request, with prices made of `price_data`. */
export function itemChanges(world: World, items: Values<typeof changedItem>[], now: Item[]): ItemChange[] {
  return items.map((item, position) => {
    const price = priceIdOf(world, item, `items[${position}]`)
    const before = now.find(({ id }) => id === item.id)
    return {
      ...(item.id === undefined ? {} : { id: item.id }),
      ...(price === undefined ? {} : { price }),
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      ...(item.deleted === undefined ? {} : { deleted: item.deleted }),
      ...(item.metadata === undefined
        ? {}
        : { metadata: mergeMetadata(before?.metadata ?? {}, item.metadata) }),
    }
  })
}

export const cancelling = { cancellation_details: cancellation, invoice_now: boolean, prorate: boolean }

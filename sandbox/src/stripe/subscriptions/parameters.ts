import { invalid } from '../api/errors.ts'
import {
  boolean,
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
} from '../api/params.ts'
import { priceFromData } from '../catalog/create-price.ts'
import { intervalParam, namedPriceData } from '../catalog/price-parameters.ts'
import { isMetered, type Price } from '../catalog/prices.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { discountsParam } from '../discounts/redeem.ts'
import type { World } from '../world.ts'
import { additionsParam } from './added-items.ts'
import { cancelAtParam, cancellation, fields } from './fields.ts'
import type { ItemChange } from './item-changes.ts'
import { pauseCollectionParam } from './pause-collection.ts'
import type { Item } from './subscription.ts'

const recurringPriceData = object({ ...namedPriceData, recurring: required(intervalParam) })

export const newItem = {
  discounts: discountsParam,
  price: text,
  price_data: recurringPriceData,
  quantity: count,
  metadata,
  /** The older name of a price. */
  plan: text,
  tax_rates: list(text),
  ...notYetAll('billing_thresholds', 'current_trial'),
}

export const changedItem = { ...newItem, id: text, deleted: boolean, ...notYetAll('clear_usage') }

export const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none')

const shared = {
  ...fields,
  add_invoice_items: additionsParam,
  cancel_at: cancelAtParam,
  cancel_at_period_end: boolean,
  discounts: discountsParam,
  metadata,
  off_session: boolean,
  proration_behavior: prorationBehavior,
  trial_end: either(oneOf('now'), integer),
  trial_from_plan: boolean,
  ...notYetAll(
    'application_fee_percent',
    'billing_schedules',
    'billing_thresholds',
    'default_source',
    'on_behalf_of',
    'transfer_data',
  ),
}

const flexibly = object({
  proration_discounts: oneOf('included', 'itemized'),
})

export const creation = {
  ...shared,
  backdate_start_date: integer,
  billing_cycle_anchor: integer,
  billing_cycle_anchor_config: object({
    day_of_month: required(count),
    hour: count,
    minute: count,
    month: count,
    second: count,
  }),
  billing_mode: object({ type: required(oneOf('classic', 'flexible')), flexible: flexibly }),
  currency: text,
  customer: required(text),
  items: list(object(newItem)),
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  trial_period_days: count,
  ...notYetAll('customer_account'),
}

/** How the payment of an update may go; only updates can wait for it. */
export const updateBehavior = oneOf(
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
)

export const updating = {
  ...shared,
  billing_cycle_anchor: object({ type: required(oneOf('now', 'unchanged')) }),
  cancellation_details: cancellation,
  items: list(object(changedItem)),
  pause_collection: pauseCollectionParam,
  payment_behavior: updateBehavior,
  proration_date: integer,
}

export const migrating = {
  billing_mode: required(object({ type: required(oneOf('flexible')), flexible: flexibly })),
}

export function priceIdOf(world: World, item: Values<typeof newItem>, param: string): string | undefined {
  const data = item.price_data
  if (!data) return item.price ?? item.plan
  return priceFromData(world, data, `${param}[price_data]`).id
}

/** The quantity that was asked for; a metered price takes none. */
export function askedQuantity(
  world: World,
  { price, quantity }: { price: string | undefined; quantity: number | undefined },
  param: string,
): number | undefined {
  const found = world.store.get<Price>('price', price ?? '')
  if (quantity === undefined || !found || !isMetered(found)) return quantity
  throw invalid('You cannot set the quantity for metered plans.', { param: `${param}[quantity]` })
}

/** Item changes of a request, with prices made of `price_data`. */
export function itemChanges(world: World, items: Values<typeof changedItem>[], now: Item[]): ItemChange[] {
  return items.map((item, position) => {
    const price = priceIdOf(world, item, `items[${position}]`)
    const before = now.find(({ id }) => id === item.id)
    const asked = { price: price ?? before?.price, quantity: item.quantity }
    const quantity = askedQuantity(world, asked, `items[${position}]`)
    return {
      ...(item.id === undefined ? {} : { id: item.id }),
      ...(price === undefined ? {} : { price }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(item.deleted === undefined ? {} : { deleted: item.deleted }),
      ...(item.metadata === undefined
        ? {}
        : { metadata: mergeMetadata(before?.metadata ?? {}, item.metadata) }),
      ...(item.discounts === undefined ? {} : { discounts: item.discounts }),
      ...(item.tax_rates === undefined
        ? {}
        : {
            taxRates: checkTaxRates(
              world,
              item.tax_rates,
              `items[${position}][tax_rates]`,
              before?.tax_rates,
            ),
          }),
    }
  })
}

export const cancelling = { cancellation_details: cancellation, invoice_now: boolean, prorate: boolean }

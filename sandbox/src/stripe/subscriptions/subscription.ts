import { missing } from '../errors.ts'
import type { Period } from '../invoices/lines.ts'
import { type Price, planOf } from '../prices.ts'
import { shownTaxRates } from '../tax-rates.ts'
import { innerList, present, type Stored, type World } from '../world.ts'

export type Status =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'canceled'
  | 'unpaid'
  | 'paused'
export type Missing = 'cancel' | 'create_invoice' | 'pause'

export type Subscription = Stored & {
  billing_cycle_anchor: number
  cancel_at: number | null
  cancel_at_period_end: boolean
  canceled_at: number | null
  cancellation_details: {
    comment: string | null
    feedback: string | null
    feedback_option: null
    reason: string | null
  }
  created: number
  currency: string
  customer: string
  default_payment_method: string | null
  description: string | null
  discounts: string[]
  ended_at: number | null
  latest_invoice: string | null
  metadata: Record<string, string>
  pending_setup_intent: string | null
  start_date: number
  status: Status
  test_clock: string | null
  trial_end: number | null
  trial_start: number | null
  trial_settings: { end_behavior: { billing_cycle_anchor: null; missing_payment_method: Missing } }
}

export type Item = Stored & {
  created: number
  current_period_start: number
  current_period_end: number
  /** Ids, as the tax rates are; the API shows the rates whole. */
  discounts: string[]
  metadata: Record<string, string>
  price: string
  quantity: number
  subscription: string
  tax_rates: string[]
}

export const ended = (subscription: Subscription): boolean =>
  subscription.status === 'canceled' || subscription.status === 'incomplete_expired'

export function findSubscription(world: World, id: string, param = 'id'): Subscription {
  const found = world.store.get<Subscription>('subscription', id)
  if (!found) throw missing('subscription', id, param)
  return found
}

export const itemsOf = (world: World, subscription: string): Item[] =>
  world.store.by<Item>('subscription_item', 'subscription', subscription)

export function priceOf(world: World, item: Pick<Item, 'price'>): Price {
  const price = world.store.get<Price>('price', item.price)
  if (!price) throw new Error(`The price ${item.price} of a subscription item is gone.`)
  return price
}

export function recurringOf(price: Price): NonNullable<Price['recurring']> {
  if (!price.recurring) throw new Error(`The price ${price.id} is not recurring.`)
  return price.recurring
}

/** The period that ends first, which is when the subscription next turns. */
export function nextTurn(items: Item[]): Period {
  const first = [...items].sort((a, b) => a.current_period_end - b.current_period_end)[0]
  if (!first) throw new Error('A subscription without items has no period.')
  return { start: first.current_period_start, end: first.current_period_end }
}

/** An item as the API shows it: with its whole price, and the older plan form. */
export function viewItem(world: World, item: Item): object {
  const price = priceOf(world, item)
  const rates = shownTaxRates(world, item.tax_rates)
  return { ...item, plan: planOf(price), price: present(world, price), tax_rates: rates }
}

/** A subscription as the API shows it: with its items, and for one item the older `plan` and `quantity`. */
export function viewSubscription(world: World, subscription: Subscription): object {
  const items = itemsOf(world, subscription.id)
  const [only] = items
  const alone =
    items.length === 1 && only
      ? { plan: planOf(priceOf(world, only)), quantity: only.quantity }
      : { plan: null, quantity: null }
  const shown = items.map((item) => present(world, item))
  return {
    ...subscription,
    items: innerList(`/v1/subscription_items?subscription=${subscription.id}`, shown, 20),
    ...alone,
  }
}

/** The fields that this sandbox never moves away from their first value. */
export const constants = (now: number) => ({
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible', updated_at: now },
  billing_schedules: [],
  billing_thresholds: null,
  collection_method: 'charge_automatically',
  customer_account: null,
  days_until_due: null,
  default_source: null,
  default_tax_rates: [],
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  livemode: false,
  managed_payments: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: 'off',
  },
  pending_invoice_item_interval: null,
  pending_update: null,
  schedule: null,
  transfer_data: null,
})

import { missing } from '../api/errors.ts'
import { isMetered, type Price, planOf, priceAmount } from '../catalog/prices.ts'
import { shownTaxRates } from '../catalog/tax-rates.ts'
import type { Period } from '../invoices/lines.ts'
import type { Interval } from '../periods.ts'
import { innerList, present, type Stored, type World } from '../world.ts'
import type { AnchorConfig } from './anchor.ts'
import type { PauseCollection } from './pause-collection.ts'

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

/** What a subscription becomes once an invoice of its own is settled. */
export type Planned = {
  /** `attempt`: it happens even where the payment was tried in vain. */
  kind: 'update' | 'resume' | 'resume on attempt'
  invoice: string
  changes: Partial<Subscription>
  /** To be merged with what the subscription has then. */
  metadata: Record<string, string>
  /** All the items that there will be. */
  items: Item[]
}

/** A change that waits for its payment, as the API shows it but for its items. */
type PendingUpdate = {
  billing_cycle_anchor: number | null
  cancel_at_period_end: boolean | null
  discount: null
  discounts: null
  expires_at: number
  metadata: Record<string, string> | null
  trial_end: number | null
  trial_from_plan: boolean | null
}

export type PauseReason = 'pause_requested' | 'trial_end_without_payment_method'

export type CollectionMethod = 'charge_automatically' | 'send_invoice'
export type BillingMode = {
  flexible: { proration_discounts: 'included' } | null
  type: 'classic' | 'flexible'
  updated_at: number
}
export type InvoiceSettings = {
  account_tax_ids: null
  custom_fields: { name: string; value: string }[] | null
  description: string | null
  footer: string | null
  issuer: { type: 'self' }
}

export type PendingInterval = { interval: Interval; interval_count: number }

export type Subscription = Stored & {
  automatic_tax: { disabled_reason: null; enabled: boolean; liability: { type: 'self' } | null }
  billing_cycle_anchor: number
  billing_cycle_anchor_config: AnchorConfig | null
  billing_mode: BillingMode
  cancel_at: number | null
  cancel_at_period_end: boolean
  canceled_at: number | null
  cancellation_details: {
    comment: string | null
    feedback: string | null
    feedback_option: string | null
    reason: string | null
  }
  collection_method: CollectionMethod
  created: number
  currency: string
  customer: string
  days_until_due: number | null
  default_payment_method: string | null
  /** Ids of tax rates. */
  default_tax_rates: string[]
  description: string | null
  discounts: string[]
  ended_at: number | null
  invoice_settings: InvoiceSettings
  latest_invoice: string | null
  metadata: Record<string, string>
  next_pending_invoice_item_invoice: number | null
  pause_collection: PauseCollection | null
  payment_settings: {
    payment_method_options: null
    payment_method_types: null
    save_default_payment_method: 'off' | 'on_subscription'
  }
  pending_invoice_item_interval: PendingInterval | null
  pending_setup_intent: string | null
  pending_update: PendingUpdate | null
  schedule: string | null
  start_date: number
  status: Status
  /** Only while it is paused. */
  status_details?: {
    paused: { subscription: { type: PauseReason }; transitioned_at: number; type: 'subscription' }
  }
  test_clock: string | null
  trial_end: number | null
  trial_start: number | null
  trial_settings: {
    end_behavior: { billing_cycle_anchor: 'now' | 'unchanged' | null; missing_payment_method: Missing }
  }
  hidden: {
    planned: Planned | null
    /** The anchor up to which, after a trial, nothing is billed. */
    freeUntil: number | null
  }
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

/** An item's quantity at its price for a whole period in a currency; use costs nothing ahead. */
export function itemAmount(price: Price, quantity: number, currency: string): number {
  return isMetered(price) ? 0 : priceAmount(price, quantity, currency)
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
  const { quantity, ...fields } = item
  const counted = isMetered(price) ? {} : { quantity }
  return { ...fields, plan: planOf(price), price: present(world, price), ...counted, tax_rates: rates }
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
  const { hidden, pending_update: pending, ...fields } = subscription
  return {
    ...fields,
    default_tax_rates: shownTaxRates(world, subscription.default_tax_rates),
    items: innerList(`/v1/subscription_items?subscription=${subscription.id}`, shown, 20),
    ...alone,
    pending_update: pending && {
      ...pending,
      subscription_items: (hidden.planned?.items ?? []).map((item) => present(world, item)),
    },
  }
}

/** The fields that this sandbox never moves away from their first value. */
export const constants = {
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_schedules: [],
  billing_thresholds: null,
  customer_account: null,
  default_source: null,
  livemode: false,
  managed_payments: null,
  on_behalf_of: null,
  payment_settings: {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: 'off' as const,
  },
  transfer_data: null,
}

export const plainInvoiceSettings: InvoiceSettings = {
  account_tax_ids: null,
  custom_fields: null,
  description: null,
  footer: null,
  issuer: { type: 'self' },
}

export const flexibleMode = (now: number): BillingMode => ({
  flexible: { proration_discounts: 'included' },
  type: 'flexible',
  updated_at: now,
})

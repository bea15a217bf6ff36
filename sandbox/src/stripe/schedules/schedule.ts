import { missing } from '../api/errors.ts'
import { isMetered, type Price } from '../catalog/prices.ts'
import { shownTaxRates } from '../catalog/tax-rates.ts'
import type { Discount } from '../discounts/discount.ts'
import type { Asked } from '../discounts/redeem.ts'
import {
  type CollectionMethod,
  itemsOf,
  priceOf,
  type InvoiceSettings as SubscriptionInvoiceSettings,
} from '../subscriptions/subscription.ts'
import type { Stored, World } from '../world.ts'

export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none'
export type Anchor = 'automatic' | 'phase_start'

/** A discount as a phase asks for it: one of the three is named. */
export type PhaseDiscount = { coupon: string | null; discount: string | null; promotion_code: string | null }

export type PhaseItem = {
  billing_thresholds: null
  discounts: PhaseDiscount[]
  metadata: Record<string, string>
  plan: string
  price: string
  quantity?: number
  tax_rates: string[]
}

/** An item that a phase adds to its first invoice. */
export type PhaseAddition = {
  discountable: boolean | null
  discounts: PhaseDiscount[]
  metadata: Record<string, string>
  period: {
    end: { timestamp?: number; type: 'min_item_period_end' | 'phase_end' | 'timestamp' }
    start: { timestamp?: number; type: 'max_item_period_start' | 'phase_start' | 'timestamp' }
  }
  price: string
  quantity: number | null
  tax_rates: string[]
}

export type AutomaticTax = {
  disabled_reason: null
  enabled: boolean
  liability: { type: 'self' } | null
}

export type InvoiceSettings = Omit<SubscriptionInvoiceSettings, 'issuer'> & {
  days_until_due: number | null
  issuer: { type: 'self' } | null
}

export type Phase = {
  add_invoice_items: PhaseAddition[]
  application_fee_percent: null
  automatic_tax?: AutomaticTax
  billing_cycle_anchor: Anchor | null
  billing_thresholds: null
  collection_method: CollectionMethod | null
  currency: string
  default_payment_method: string | null
  default_tax_rates: string[]
  description: string | null
  discounts: PhaseDiscount[]
  end_date: number
  invoice_settings: InvoiceSettings | null
  items: PhaseItem[]
  /** As given: a key with an empty value takes that key from the subscription's metadata. */
  metadata: Record<string, string>
  on_behalf_of: null
  proration_behavior: ProrationBehavior
  start_date: number
  transfer_data: null
  trial_end: number | null
}

export type DefaultSettings = {
  application_fee_percent: null
  automatic_tax: AutomaticTax
  billing_cycle_anchor: Anchor
  billing_thresholds: null
  collection_method: CollectionMethod
  default_payment_method: string | null
  description: string | null
  invoice_settings: InvoiceSettings
  on_behalf_of: null
  transfer_data: null
}

export type Schedule = Stored & {
  application: null
  billing_mode: { flexible: { proration_discounts: 'included' }; type: 'flexible'; updated_at: number }
  canceled_at: number | null
  completed_at: number | null
  created: number
  current_phase: { end_date: number; start_date: number } | null
  customer: string
  customer_account: null
  default_settings: DefaultSettings
  end_behavior: 'cancel' | 'release'
  livemode: false
  metadata: Record<string, string>
  pause_schedules: []
  phases: Phase[]
  released_at: number | null
  released_subscription: string | null
  status: 'active' | 'canceled' | 'completed' | 'not_started' | 'released'
  subscription: string | null
  test_clock: string | null
}

export function findSchedule(world: World, id: string, param = 'id'): Schedule {
  const found = world.store.get<Schedule>('subscription_schedule', id)
  if (!found) throw missing('subscription_schedule', id, param)
  return found
}

/** Whether it still has something to do. */
export const isLive = ({ status }: Schedule): boolean => status === 'active' || status === 'not_started'

/** The phase that a schedule is in; undefined where it is in none. */
export const currentPhase = ({ phases, current_phase: current }: Schedule): Phase | undefined =>
  phases.find(({ start_date: start }) => start === current?.start_date)

export const isLast = ({ phases }: Schedule, phase: Phase): boolean => phases.at(-1) === phase

/** What a phase says, or else the schedule's default settings. */
export function settled({ default_settings: usual }: Schedule, phase: Phase) {
  return {
    automatic_tax: phase.automatic_tax ?? usual.automatic_tax,
    billing_cycle_anchor: phase.billing_cycle_anchor ?? usual.billing_cycle_anchor,
    collection_method: phase.collection_method ?? usual.collection_method,
    default_payment_method: phase.default_payment_method ?? usual.default_payment_method,
    description: phase.description ?? usual.description,
    invoice_settings: phase.invoice_settings ?? usual.invoice_settings,
  }
}

/** The interval of a phase's billing: that of its first item. */
export function intervalOf(world: World, phase: Pick<Phase, 'items'>) {
  const price = world.store.get<Price>('price', phase.items[0]?.price ?? '')
  if (!price?.recurring) throw new Error('A phase has no recurring price.')
  return price.recurring
}

/** What a phase asks for, by its name; of `held` (ids) what there is already, so that it is not redeemed anew. */
export function askedOf(world: World, discounts: PhaseDiscount[], held: string[] = []): Asked[] {
  const there = held.flatMap((id) => world.store.get<Discount>('discount', id) ?? [])
  return discounts.map(({ coupon, discount, promotion_code: code }) => {
    const kept = there.find(
      (one) =>
        one.id === discount ||
        (code !== null && one.promotion_code === code) ||
        (coupon !== null && one.source.coupon === coupon && one.promotion_code === null),
    )
    if (kept) return { discount: kept.id }
    if (discount !== null) return { discount }
    return code === null ? { coupon: coupon ?? '' } : { promotion_code: code }
  })
}

/** Discounts that are there already, as a phase names them. */
export const namedDiscounts = (ids: string[]): PhaseDiscount[] =>
  ids.map((discount) => ({ coupon: null, discount, promotion_code: null }))

/** The items of a subscription as a phase lists them. */
export const phaseItemsOf = (world: World, subscription: string): PhaseItem[] =>
  itemsOf(world, subscription).map((item) => ({
    billing_thresholds: null,
    discounts: namedDiscounts(item.discounts),
    metadata: item.metadata,
    plan: item.price,
    price: item.price,
    ...(isMetered(priceOf(world, item)) ? {} : { quantity: item.quantity }),
    tax_rates: item.tax_rates,
  }))

/** A schedule as the API shows it: tax rates whole. */
export function viewSchedule(world: World, schedule: Schedule): object {
  const rated = <T extends { tax_rates: string[] }>(item: T) => ({
    ...item,
    tax_rates: shownTaxRates(world, item.tax_rates),
  })
  const phases = schedule.phases.map((phase) => ({
    ...phase,
    add_invoice_items: phase.add_invoice_items.map(rated),
    default_tax_rates: shownTaxRates(world, phase.default_tax_rates),
    items: phase.items.map(rated),
  }))
  return { ...schedule, phases }
}

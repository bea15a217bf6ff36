import { invalid } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { priceFromData } from '../catalog/create-price.ts'
import { findPrice, isMetered } from '../catalog/prices.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { findRedeemable } from '../discounts/redeem.ts'
import { checkPrices } from '../subscriptions/create.ts'
import { checkMethod } from '../subscriptions/fields.ts'
import { itemAmount, plainInvoiceSettings } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'
import { datesOf, type Span } from './dates.ts'
import type { GivenPhase, GivenSettings } from './parameters.ts'
import {
  type Anchor,
  type AutomaticTax,
  askedOf,
  type DefaultSettings,
  type InvoiceSettings,
  intervalOf,
  type Phase,
  type PhaseAddition,
  type PhaseDiscount,
  type PhaseItem,
} from './schedule.ts'

/** For whom phases are, where the first begins, and whose billing cycle their ends follow (epoch seconds). */
export type About = {
  customer: string
  currency?: string
  start: number
  anchor?: number
  usualAnchor: Anchor
  /** The interval of what is billed before the first of them, if anything is. */
  before?: { interval: string; interval_count: number }
}

const most = 10

const taxOf = (given: { enabled: boolean }): AutomaticTax => ({
  disabled_reason: null,
  enabled: given.enabled,
  liability: given.enabled ? { type: 'self' } : null,
})

const noInvoiceSettings: InvoiceSettings = { ...plainInvoiceSettings, days_until_due: null }

export const usualSettings: DefaultSettings = {
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor: 'automatic',
  billing_thresholds: null,
  collection_method: 'charge_automatically',
  default_payment_method: null,
  description: null,
  invoice_settings: noInvoiceSettings,
  on_behalf_of: null,
  transfer_data: null,
}

/** The default settings of a schedule once those given are set. */
export function changedSettings(
  world: World,
  now: DefaultSettings,
  given: GivenSettings,
  customer: string,
): DefaultSettings {
  if (!given) return now
  checkMethod(world, customer, given.default_payment_method)
  const { automatic_tax: tax, invoice_settings: invoices, ...plain } = given
  return {
    ...now,
    ...plain,
    ...(tax ? { automatic_tax: taxOf(tax) } : {}),
    ...(invoices ? { invoice_settings: { ...now.invoice_settings, ...invoices } } : {}),
  }
}

const asPhaseDiscounts = (given: GivenPhase['discounts']) =>
  (given ?? []).map(({ coupon = null, discount = null, promotion_code = null }) => ({
    coupon,
    discount,
    promotion_code,
  }))

type Priced = { price?: string; price_data?: Parameters<typeof priceFromData>[1] }

function priceOf(world: World, given: Priced, param: string): string {
  if (given.price_data) return priceFromData(world, given.price_data, `${param}[price_data]`).id
  if (given.price !== undefined) return given.price
  throw invalid(`Missing required param: ${param}[price].`, {
    param: `${param}[price]`,
    code: 'parameter_missing',
  })
}

function itemsOf(world: World, given: GivenPhase, param: string, currency?: string): PhaseItem[] {
  if (given.items.length === 0)
    throw invalid(`Missing required param: ${param}[items].`, {
      param: `${param}[items]`,
      code: 'parameter_missing',
    })
  if (given.items.length > 20)
    throw invalid('A phase may have at most 20 items.', { param: `${param}[items]` })
  const items = given.items.map((item, position): PhaseItem => {
    const name = `${param}[items][${position}]`
    const price = priceOf(world, item, name)
    return {
      billing_thresholds: null,
      discounts: asPhaseDiscounts(item.discounts),
      metadata: item.metadata ?? {},
      plan: price,
      price,
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      tax_rates: checkTaxRates(world, item.tax_rates ?? null, `${name}[tax_rates]`),
    }
  })
  const prices = checkPrices(world, items, currency, `${param}[items]`)
  return items.map((item, position) =>
    prices[position] && isMetered(prices[position]) ? item : { quantity: 1, ...item },
  )
}

function additionsOf(world: World, given: GivenPhase, param: string): PhaseAddition[] {
  return (given.add_invoice_items ?? []).map((item, position) => {
    const name = `${param}[add_invoice_items][${position}]`
    const price = findPrice(world, priceOf(world, item, name), `${name}[price]`)
    if (price.recurring) {
      throw invalid(
        'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
        { param: `${name}[price]` },
      )
    }
    return {
      discountable: item.discountable ?? true,
      discounts: asPhaseDiscounts(item.discounts),
      metadata: mergeMetadata({}, item.metadata),
      period: item.period ?? {
        end: { type: 'min_item_period_end' },
        start: { type: 'max_item_period_start' },
      },
      price: price.id,
      quantity: item.quantity ?? 1,
      tax_rates: checkTaxRates(world, item.tax_rates ?? null, `${name}[tax_rates]`),
    }
  })
}

/** Refuses what could not be redeemed now; it is redeemed when its phase begins. */
function checkDiscounts(world: World, phase: Phase, customer: string, param: string): void {
  const amount = ({ price, quantity }: { price: string; quantity?: number | null }) =>
    itemAmount(findPrice(world, price), quantity ?? 0, phase.currency)
  const check = (discounts: PhaseDiscount[], subtotal: number, name: string) =>
    askedOf(world, discounts).forEach((asked, position) => {
      const purchase = { customer, currency: phase.currency, subtotal }
      if (asked.discount === undefined)
        findRedeemable(world, asked, purchase, `${name}[discounts][${position}]`)
    })
  const { items, add_invoice_items: additions } = phase
  const subtotal = items.reduce((sum, item) => sum + amount(item), 0)
  check(phase.discounts, subtotal, param)
  for (const [at, item] of items.entries()) check(item.discounts, amount(item), `${param}[items][${at}]`)
  for (const [at, one] of additions.entries())
    check(one.discounts, amount(one), `${param}[add_invoice_items][${at}]`)
}

function checkDates(given: GivenPhase, param: string): void {
  const both = (first: string, second: string) =>
    invalid(`You may only specify one of these parameters: ${first}, ${second}.`, {
      param: `${param}[${first}]`,
    })
  if (given.duration && given.end_date !== undefined) throw both('duration', 'end_date')
  if (given.trial && given.trial_end !== undefined) throw both('trial', 'trial_end')
  if ((given.trial || given.trial_end !== undefined) && given.billing_cycle_anchor === 'phase_start') {
    throw invalid('`billing_cycle_anchor` cannot be `phase_start` in a phase that has a trial.', {
      param: `${param}[billing_cycle_anchor]`,
    })
  }
}

const sameInterval = (
  one: { interval: string; interval_count: number } | undefined,
  other: { interval: string; interval_count: number },
) => !one || (one.interval === other.interval && one.interval_count === other.interval_count)

/** A phase but for its dates. */
function undated(world: World, given: GivenPhase, about: About, param: string): Phase {
  checkMethod(world, about.customer, given.default_payment_method)
  const items = itemsOf(world, given, param, given.currency ?? about.currency)
  const { invoice_settings: invoices } = given
  const phase: Phase = {
    add_invoice_items: additionsOf(world, given, param),
    application_fee_percent: null,
    ...(given.automatic_tax ? { automatic_tax: taxOf(given.automatic_tax) } : {}),
    billing_cycle_anchor: given.billing_cycle_anchor ?? null,
    billing_thresholds: null,
    collection_method: given.collection_method ?? null,
    currency: findPrice(world, items[0]?.price ?? '').currency,
    default_payment_method: given.default_payment_method ?? null,
    default_tax_rates: checkTaxRates(world, given.default_tax_rates ?? null, `${param}[default_tax_rates]`),
    description: given.description ?? null,
    discounts: asPhaseDiscounts(given.discounts),
    end_date: 0,
    invoice_settings: invoices ? { ...noInvoiceSettings, issuer: null, ...invoices } : null,
    items,
    metadata: given.metadata ?? {},
    on_behalf_of: null,
    proration_behavior: given.proration_behavior ?? 'create_prorations',
    start_date: 0,
    transfer_data: null,
    trial_end: null,
  }
  checkDiscounts(world, phase, about.customer, param)
  return phase
}

/**
 * The phases that a request describes, with their dates: each begins where the one before ends. `about.start` is where
 * the first begins. Refuses what Stripe refuses, by the names of the request's parameters.
 */
export function phasesOf(world: World, given: GivenPhase[], about: About): Phase[] {
  if (given.length > most)
    throw invalid(`A schedule may have at most ${most} current and future phases.`, { param: 'phases' })
  const now = world.clock.now()
  const at = (instant: number | 'now') => (instant === 'now' ? now : instant)
  const phases = given.map((one, position) => {
    checkDates(one, `phases[${position}]`)
    return undated(world, one, about, `phases[${position}]`)
  })
  let interval = about.before
  const spans = given.map((one, position): Span => {
    const phase = phases[position] as Phase
    const own = intervalOf(world, phase)
    const anchors =
      (phase.billing_cycle_anchor ?? about.usualAnchor) === 'phase_start' || !sameInterval(interval, own)
    interval = own
    const count = one.duration?.interval_count ?? 1
    return {
      ...(one.start_date === undefined || position === 0 ? {} : { start: at(one.start_date) }),
      ...(one.end_date === undefined ? {} : { end: at(one.end_date) }),
      lasts: one.duration ? { interval: one.duration.interval, interval_count: count } : own,
      anchors,
      ...(one.trial_end === undefined ? {} : { trialEnd: at(one.trial_end) }),
      ...(one.trial ? { trial: true } : {}),
    }
  })
  const dates = datesOf(spans, { start: about.start, anchor: about.anchor ?? about.start })
  return phases.map((phase, position) => {
    const { start, end } = dates[position] as { start: number; end: number }
    const param = `phases[${position}]`
    const said = spans[position]?.start
    if (said !== undefined && said !== start) {
      throw invalid('The start date of a phase must be the end date of the phase before it.', {
        param: `${param}[start_date]`,
      })
    }
    if (end <= start)
      throw invalid('The end date of a phase must be after its start date.', { param: `${param}[end_date]` })
    const trialEnd = given[position]?.trial ? end : (spans[position]?.trialEnd ?? null)
    if (trialEnd !== null && (trialEnd <= start || trialEnd > end))
      throw invalid('The trial of a phase must end within the phase.', { param: `${param}[trial_end]` })
    return { ...phase, end_date: end, start_date: start, trial_end: trialEnd }
  })
}

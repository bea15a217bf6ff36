import { invalid, missing, notImplemented } from '../api/errors.ts'
import {
  boolean,
  clearable,
  clearableText,
  count,
  either,
  integer,
  list,
  notYetAll,
  notYetValues,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import { afterIntervals } from '../periods.ts'
import type { World } from '../world.ts'
import { type PendingInterval, plainInvoiceSettings, type Subscription } from './subscription.ts'

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

export const cancellation = object({
  comment: clearableText,
  feedback: clearable(feedbacks),
  feedback_option: text,
})

const invoiceSettings = object({
  custom_fields: clearable(list(object({ name: required(text), value: required(text) }))),
  description: clearableText,
  footer: clearableText,
  issuer: object({ type: required(notYetValues(oneOf('self'), 'account')), ...notYetAll('account') }),
  ...notYetAll('account_tax_ids'),
})

/** The parameters that only say how a subscription is from now on, alike when it is made and when it is changed. */
export const fields = {
  automatic_tax: object({ enabled: required(boolean), ...notYetAll('liability') }),
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  days_until_due: count,
  default_payment_method: clearableText,
  default_tax_rates: list(text),
  description: clearableText,
  invoice_settings: invoiceSettings,
  payment_settings: object({
    save_default_payment_method: oneOf('off', 'on_subscription'),
    ...notYetAll('payment_method_options', 'payment_method_types'),
  }),
  pending_invoice_item_interval: clearable(
    object({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: count }),
  ),
  trial_settings: object({
    end_behavior: required(
      object({
        billing_cycle_anchor: oneOf('now', 'unchanged'),
        missing_payment_method: oneOf('cancel', 'create_invoice', 'pause'),
      }),
    ),
  }),
}
type Given = Values<typeof fields>

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

export function checkFeedbackOption(world: World, id: string | undefined): void {
  if (id !== undefined && !world.store.get('billing.feedback_option', id))
    throw missing('feedback option', id, 'cancellation_details[feedback_option]')
}

/** How invoices are collected: only sent ones have days until they are due. */
function collection(given: Given, before: Subscription | undefined): Partial<Subscription> {
  const method = given.collection_method ?? before?.collection_method ?? 'charge_automatically'
  const days = given.days_until_due ?? before?.days_until_due ?? null
  if (method === 'charge_automatically') {
    if (given.days_until_due === undefined) return { collection_method: method, days_until_due: null }
    throw invalid('`days_until_due` can only be set where `collection_method` is `send_invoice`.', {
      param: 'days_until_due',
    })
  }
  if (days === null)
    throw invalid('`days_until_due` must be set where `collection_method` is `send_invoice`.', {
      param: 'days_until_due',
      code: 'parameter_missing',
    })
  return { collection_method: method, days_until_due: days }
}

function settingsOf(given: NonNullable<Given['invoice_settings']>, before: Subscription | undefined) {
  const names = given.custom_fields ?? []
  const tooLong = names.findIndex(({ name, value }) => name.length > 40 || value.length > 140)
  if (names.length > 4 || tooLong >= 0) {
    throw invalid('At most four custom fields, with names of up to 40 and values of up to 140 characters.', {
      param: 'invoice_settings[custom_fields]',
    })
  }
  const { issuer: _, ...changes } = given
  return { ...(before?.invoice_settings ?? plainInvoiceSettings), ...changes }
}

const mostOfYear = { day: 365, week: 52, month: 12, year: 1 }

function intervalOf(given: NonNullable<Given['pending_invoice_item_interval']>) {
  const { interval, interval_count: every = 1 } = given
  if (every < 1 || every > mostOfYear[interval])
    throw invalid('The interval of pending invoice items must be at least one and at most a year.', {
      param: 'pending_invoice_item_interval[interval_count]',
    })
  return { interval, interval_count: every }
}

/** When pending items are next billed at their own interval. */
export const nextPendingInvoice = (
  world: World,
  { interval, interval_count: every }: PendingInterval,
): number => afterIntervals(world.clock.now(), interval, every)

/** What the plain parameters make of a subscription's fields; `before` is what they change. */
export function fieldsFrom(
  world: World,
  given: Given,
  about: { customer: string; before?: Subscription },
): Partial<Subscription> {
  const { before } = about
  checkMethod(world, about.customer, given.default_payment_method)
  const end = given.trial_settings?.end_behavior
  const kept = before?.trial_settings.end_behavior
  const found: { [N in keyof Subscription]?: Subscription[N] | undefined } & Record<string, unknown> = {
    automatic_tax: given.automatic_tax && {
      disabled_reason: null,
      enabled: given.automatic_tax.enabled,
      liability: given.automatic_tax.enabled ? { type: 'self' } : null,
    },
    ...(given.collection_method || given.days_until_due !== undefined ? collection(given, before) : {}),
    default_payment_method: given.default_payment_method,
    default_tax_rates:
      given.default_tax_rates &&
      checkTaxRates(world, given.default_tax_rates, 'default_tax_rates', before?.default_tax_rates),
    description: given.description,
    invoice_settings: given.invoice_settings && settingsOf(given.invoice_settings, before),
    payment_settings: given.payment_settings && {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: given.payment_settings.save_default_payment_method ?? 'off',
    },
    pending_invoice_item_interval:
      given.pending_invoice_item_interval && intervalOf(given.pending_invoice_item_interval),
    next_pending_invoice_item_invoice:
      given.pending_invoice_item_interval &&
      nextPendingInvoice(world, intervalOf(given.pending_invoice_item_interval)),
    trial_settings: end && {
      end_behavior: {
        billing_cycle_anchor: end.billing_cycle_anchor ?? kept?.billing_cycle_anchor ?? null,
        missing_payment_method:
          end.missing_payment_method ??
          kept?.missing_payment_method ??
          world.settings().missing_payment_method,
      },
    },
  }
  const changed = Object.entries(found).filter(([, value]) => value !== undefined)
  return Object.fromEntries(changed) as Partial<Subscription>
}

export const cancelAtParam = clearable(
  either(oneOf('max_billed_until', 'max_period_end', 'min_period_end'), integer),
)
export type CancelAt = Values<{ cancel_at: typeof cancelAtParam }>['cancel_at']

/** When a subscription is to end, from what was asked and the ends of its items' periods. */
export function cancelInstant(
  world: World,
  given: Exclude<CancelAt, undefined>,
  ends: number[],
): number | null {
  if (given === 'max_billed_until') throw notImplemented('cancel_at=max_billed_until', 'cancel_at')
  if (given === 'min_period_end') return Math.min(...ends)
  if (given === 'max_period_end') return Math.max(...ends)
  if (given !== null && given <= world.clock.now())
    throw invalid('cancel_at must be in the future.', { param: 'cancel_at' })
  return given
}

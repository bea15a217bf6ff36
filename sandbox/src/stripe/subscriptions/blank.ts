import { longId, type World } from '../world.ts'
import type { AnchorConfig } from './anchor.ts'
import type { NewSubscription } from './create.ts'
import {
  constants,
  flexibleMode,
  plainInvoiceSettings,
  type Status,
  type Subscription,
} from './subscription.ts'

/** When a new subscription begins and turns. */
export type Beginning = { start: number; anchor: number; config: AnchorConfig | null; status: Status }

/** A subscription that is not stored yet, without items. */
export function blankSubscription(
  world: World,
  given: NewSubscription,
  about: Beginning & { currency: string },
): Subscription {
  const now = world.clock.now()
  const trialing = given.trialEnd != null
  return {
    id: longId('sub_'),
    object: 'subscription',
    ...constants,
    ...(given.automaticTax
      ? { automatic_tax: { disabled_reason: null, enabled: true, liability: { type: 'self' } } }
      : {}),
    billing_cycle_anchor: about.anchor,
    billing_cycle_anchor_config: about.config,
    billing_mode:
      given.mode === 'classic' ? { flexible: null, type: 'classic', updated_at: now } : flexibleMode(now),
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: about.currency,
    customer: given.customer,
    days_until_due: null,
    default_payment_method: given.method ?? null,
    default_tax_rates: [],
    description: given.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: plainInvoiceSettings,
    latest_invoice: null,
    metadata: given.metadata ?? {},
    next_pending_invoice_item_invoice: null,
    pause_collection: null,
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: given.schedule ?? null,
    start_date: about.start,
    status: about.status,
    test_clock: world.clock.testClock(),
    trial_end: given.trialEnd ?? null,
    trial_start: trialing ? now : null,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method: given.missing ?? world.settings().missing_payment_method,
      },
    },
    hidden: { planned: null, freeUntil: given.prorates === false ? about.anchor : null },
    ...given.fields,
  }
}

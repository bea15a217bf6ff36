import { invalid, missing } from '../api/errors.ts'
import type { Coupon } from '../catalog/coupons.ts'
import { emit } from '../events/events.ts'
import { cancelSetup, findSetupIntent, type SetupIntent, setupRefusal } from '../payments/setup-intents.ts'
import type { AskFor } from '../payments/three-d-secure.ts'
import type { AnchorConfig } from '../subscriptions/anchor.ts'
import type { Missing } from '../subscriptions/subscription.ts'
import type { Stored, World } from '../world.ts'
import type { Collected } from './collection.ts'
import type { Given, SubscriptionFields } from './parameters.ts'

/** `quantity` is null where use is metered; `adjustable` says within what bounds the person may change it. */
export type SessionLine = {
  id: string
  price: string
  quantity: number | null
  metadata: Record<string, string>
  adjustable: { enabled: boolean; maximum: number | null; minimum: number | null } | null
  taxRates: string[]
}

/** In minor units. `tax` is all of its taxes, `onTop` those that come on top of its price. */
export type LineAmounts = { amount: number; off: number; tax: number; onTop: number }

/** As it was named when the session was made or by the person who pays. */
export type SessionDiscount = { coupon: string | null; promotion_code: string | null }

type Recovery = {
  allow_promotion_codes: boolean
  enabled: boolean
  expires_at: number | null
  url: string | null
}

export type PaymentData = {
  captureMethod: 'automatic' | 'automatic_async' | 'manual'
  description: string | null
  futureUsage: 'off_session' | 'on_session' | null
  metadata: Record<string, string>
  receiptEmail: string | null
  descriptorSuffix: string | null
}

export type Session = Stored &
  Collected & {
    after_expiration: { recovery: Recovery | null } | null
    allow_promotion_codes: boolean | null
    amount_subtotal: number | null
    amount_total: number | null
    automatic_tax: {
      enabled: boolean
      liability: object | null
      provider: string | null
      status: string | null
    }
    cancel_url: string | null
    client_reference_id: string | null
    created: number
    currency: string | null
    customer: string | null
    customer_creation: 'always' | 'if_required' | null
    customer_details: { email: string | null; name: string | null; [field: string]: unknown } | null
    customer_email: string | null
    discounts: SessionDiscount[] | null
    expires_at: number
    invoice: string | null
    invoice_creation: { enabled: boolean; invoice_data: InvoiceData } | null
    metadata: Record<string, string>
    mode: Given['mode']
    payment_intent: string | null
    payment_method_collection: 'always' | 'if_required'
    payment_method_options: { card: { request_three_d_secure: AskFor } }
    payment_status: 'paid' | 'unpaid' | 'no_payment_required'
    recovered_from: string | null
    saved_payment_method_options: SavedOptions | null
    setup_intent: string | null
    status: 'open' | 'complete' | 'expired'
    submit_type: Given['submit_type'] | null
    subscription: string | null
    success_url: string
    total_details: { amount_discount: number; amount_shipping: number; amount_tax: number } | null
    url: string | null
    hidden: {
      lines: SessionLine[]
      /** Of the lines, as they were last counted: prices and taxes can change later. */
      amounts: LineAmounts[]
      /** The coupons of its discounts as they were when they were put: one can be deleted later. */
      coupons: Coupon[]
      updates: { address: boolean; name: boolean }
      redisplay: 'always' | 'limited' | 'unspecified' | null
      payment: PaymentData
      subscription: {
        anchor: number | null
        anchorConfig: AnchorConfig | null
        description: string | null
        /** Plain parameters of the subscription, as they were given. */
        fields: SubscriptionFields
        metadata: Record<string, string>
        missing: Missing | null
        proration: 'create_prorations' | 'none' | null
        trialDays: number | null
        trialEnd: number | null
      }
    }
  }

type SavedOptions = {
  allow_redisplay_filters: ('always' | 'limited' | 'unspecified')[] | null
  payment_method_remove: 'disabled' | null
  payment_method_save: 'disabled' | 'enabled' | null
}

export type InvoiceData = {
  account_tax_ids: null
  custom_fields: { name: string; value: string }[] | null
  description: string | null
  footer: string | null
  issuer: { type: 'self' } | null
  metadata: Record<string, string>
  rendering_options: null
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

/** What is known of the person. The ids and exemption of tax are known once a session is complete. */
export const detailsOf = (
  of: {
    email?: string | null
    name?: string | null
    phone?: string | null
    address?: object | null
    tax_exempt?: string | null
    business_name?: string | null
    individual_name?: string | null
  },
  taxIds: object[] | null = null,
) => ({
  address: of.address ?? null,
  business_name: of.business_name ?? null,
  email: of.email ?? null,
  individual_name: of.individual_name ?? null,
  name: of.name ?? null,
  phone: of.phone ?? null,
  tax_exempt: of.tax_exempt === undefined ? 'none' : of.tax_exempt,
  tax_ids: taxIds,
})

/** The setup intent of an open session is confirmed on its page only, and cancelled by expiring the session. */
export function checkNotOnPage(world: World, intent: SetupIntent, what: 'cancel' | 'confirm'): void {
  const [session] = world.store.by<Session>('checkout.session', 'setup_intent', intent.id)
  if (session?.status !== 'open') return
  const message = `You cannot ${what} this SetupIntent because it belongs to a Checkout Session. To cancel it, expire the Checkout Session instead.`
  throw setupRefusal(world, intent, message)
}

/** Refuses what is asked of a session that is no longer open. */
export function checkOpen(session: Session, what: string): void {
  if (session.status === 'open') return
  throw invalid(
    `Only Checkout Sessions with a status in ["open"] can be ${what}. This Checkout Session has a status of \`${session.status}\`.`,
  )
}

/** How long an expired session can be recovered (docs.stripe.com/payments/checkout/abandoned-carts). */
const recoverable = 30 * 86_400

/** Closes an open session for good; where it may be recovered, with the address that makes a copy of it. */
export function expireSession(world: World, session: Session): Session {
  checkOpen(session, 'expired')
  world.clock.cancel(`session ${session.id}`)
  if (session.setup_intent) cancelSetup(world, findSetupIntent(world, session.setup_intent), 'abandoned')
  const recovery = session.after_expiration?.recovery
  const expired = world.store.put<Session>('checkout.session', {
    ...session,
    ...(recovery?.enabled
      ? {
          after_expiration: {
            recovery: {
              ...recovery,
              expires_at: world.clock.now() + recoverable,
              url: `${world.address()}/c/recover/${session.id}`,
            },
          },
        }
      : {}),
    status: 'expired',
    url: null,
  })
  emit(world, 'checkout.session.expired', expired)
  return expired
}

import type { Coupon } from '../coupons.ts'
import { invalid, missing } from '../errors.ts'
import { emit } from '../events.ts'
import type { Missing } from '../subscriptions/subscription.ts'
import type { Stored, World } from '../world.ts'

export type SessionLine = { id: string; price: string; quantity: number; metadata: Record<string, string> }

/** As it was named when the session was made or by the person who pays. */
export type SessionDiscount = { coupon: string | null; promotion_code: string | null }

export type Session = Stored & {
  allow_promotion_codes: boolean | null
  amount_subtotal: number
  amount_total: number
  cancel_url: string | null
  client_reference_id: string | null
  created: number
  currency: string
  customer: string | null
  customer_details: { email: string | null; name: string | null; [field: string]: unknown } | null
  customer_email: string | null
  discounts: SessionDiscount[]
  expires_at: number
  invoice: string | null
  metadata: Record<string, string>
  payment_method_collection: 'always' | 'if_required'
  payment_status: 'paid' | 'unpaid' | 'no_payment_required'
  status: 'open' | 'complete' | 'expired'
  subscription: string | null
  success_url: string
  total_details: { amount_discount: number; amount_shipping: number; amount_tax: number }
  url: string | null
  hidden: {
    lines: SessionLine[]
    /** The coupons of its discounts as they were when they were put: one can be deleted later. */
    coupons: Coupon[]
    automaticTax: boolean
    needsAddress: boolean
    updates: { address: boolean; name: boolean }
    subscription: {
      metadata: Record<string, string>
      description: string | null
      trialDays: number | null
      trialEnd: number | null
      missing: Missing
    }
  }
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

export const detailsOf = (of: {
  email?: string | null
  name?: string | null
  phone?: string | null
  address?: object | null
  tax_exempt?: string
}) => ({
  address: of.address ?? null,
  business_name: null,
  email: of.email ?? null,
  individual_name: null,
  name: of.name ?? null,
  phone: of.phone ?? null,
  tax_exempt: of.tax_exempt ?? 'none',
  tax_ids: [],
})

/** Closes an open session for good. */
export function expireSession(world: World, session: Session): Session {
  if (session.status !== 'open') {
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    )
  }
  world.clock.cancel(`session ${session.id}`)
  const expired = world.store.put<Session>('checkout.session', { ...session, status: 'expired', url: null })
  emit(world, 'checkout.session.expired', expired)
  return expired
}

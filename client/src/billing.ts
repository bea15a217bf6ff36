import type { Access } from './account.ts'
import type { Interval } from './plan.ts'

export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'unpaid'
  | 'paused'
  | 'canceled'

export type SubscriptionItem = {
  id: string
  priceId: string
  quantity: number
  unitAmountCents: number | null
  currency: string
  interval: string | null
}
export type ScheduledChange = { plan: string; interval?: Interval; at: string }

export type Subscription = {
  id: string
  stripeSubscriptionId: string
  plan: string | null
  interval: Interval | null
  status: SubscriptionStatus
  trialEnd: string | null
  periodStart: string
  periodEnd: string
  cancelAtPeriodEnd: boolean
  canceledAt: string | null
  scheduledChange: ScheduledChange | null
  items: SubscriptionItem[]
  /** Whether Stripe has a payment method to charge for it. */
  hasPaymentMethod: boolean
}

/** `subscription` is the live plan subscription; `subscriptions` are all of the customer's, older ones too. */
export type SubscriptionAnswer = {
  subscription: Subscription | null
  subscriptions: Subscription[]
  access: Access
}

export type InvoiceLine = {
  description: string
  quantity: number | string | null
  unitAmountCents: number | string | null
  amountCents: number
}

/** The next invoice as it stands now: Stripe's preview with the overage so far. `date` null: none is to come. Minor units. */
export type Upcoming = {
  date: string | null
  currency: string
  amountDueCents: number
  lines: InvoiceLine[]
  overageCents: number
  creditCents: number
}

export type PaymentStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'

export type Payment = {
  id: string
  stripeInvoiceId: string
  reason: string
  status: PaymentStatus
  amountCents: number
  refundedCents: number
  currency: string
  periodStart: string | null
  periodEnd: string | null
  invoicedAt: string | null
  dueAt: string | null
  paidAt: string | null
  hostedInvoiceUrl: string | null
  invoicePdfUrl: string | null
  lines: InvoiceLine[]
}

export type HistoryEntry = {
  at: string
  type: string
  description: string
  amountCents?: number
  currency?: string
  object?: string
}

export type NewPortal = { returnUrl?: string }
export type Portal = { url: string }

/** What Tollgate needs of Stripe, in its own words. Amounts are minor units, instants are Dates. */

export type RemoteItem = {
  id: string
  priceId: string
  productId: string
  lookupKey: string | null
  quantity: number
  unitAmountCents: bigint | null
  currency: string
  interval: string | null
  metadata: Record<string, string>
}

export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'unpaid'
  | 'paused'
  | 'canceled'

export type RemoteSubscription = {
  id: string
  customerId: string
  status: SubscriptionStatus
  currency: string
  items: RemoteItem[]
  /** Of the first item: the plan's (basil moved periods from the subscription to its items). */
  periodStart: Date
  periodEnd: Date
  billingCycleAnchor: Date
  trialStart: Date | null
  trialEnd: Date | null
  cancelAt: Date | null
  cancelAtPeriodEnd: boolean
  canceledAt: Date | null
  endedAt: Date | null
  cancellationReason: string | null
  cancellationFeedback: string | null
  hasPaymentMethod: boolean
  createdAt: Date
  metadata: Record<string, string>
  raw: object
}

export type RemoteInvoiceLine = {
  id: string
  description: string
  quantity: number | null
  unitAmountCents: string | null
  amountCents: bigint
  metadata: Record<string, string>
}

export type RemoteInvoice = {
  id: string
  customerId: string
  subscriptionId: string | null
  number: string | null
  reason: string
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
  totalCents: bigint
  amountDueCents: bigint
  amountPaidCents: bigint
  currency: string
  periodStart: Date
  periodEnd: Date
  createdAt: Date
  dueAt: Date | null
  paidAt: Date | null
  finalizesAt: Date | null
  attemptCount: number
  paymentIntentId: string | null
  hostedUrl: string | null
  pdfUrl: string | null
  lines: RemoteInvoiceLine[]
  raw: object
}

/** One line to put on a draft: quantity × unit price, rounded once by Stripe to the nearest minor unit. */
export type NewInvoiceLine = {
  description: string
  /** A decimal with at most twelve places. */
  quantity: string
  unitAmountDecimal: string
  currency: string
  productId: string
  period: { start: Date; end: Date }
  metadata: Record<string, string>
}

export type RemoteCheckout = {
  id: string
  url: string | null
  status: 'open' | 'complete' | 'expired'
  customerId: string | null
  subscriptionId: string | null
  expiresAt: Date
  metadata: Record<string, string>
}

export type RemoteCustomer = {
  id: string
  isDeleted: boolean
  hasPaymentMethod: boolean
  metadata: Record<string, string>
}

export type RemotePrice = {
  id: string
  productId: string
  lookupKey: string | null
  currency: string
  interval: string | null
  unitAmountCents: bigint | null
}

export type UpcomingInvoice = {
  date: Date
  currency: string
  amountDueCents: bigint
  creditCents: bigint
  lines: {
    description: string
    quantity: number | null
    unitAmountCents: string | null
    amountCents: bigint
  }[]
}

/** A webhook whose signature was right. */
export type StripeEvent = {
  id: string
  type: string
  createdAt: Date
  /** `data.object`, as it was when the event was made. */
  object: Record<string, unknown>
}

export type StripePort = {
  /** Events that an endpoint has not answered with success, oldest first, with their bodies; `limit` at most. */
  undeliveredEvents(limit: number): Promise<{ event: StripeEvent; body: string }[]>
  createCustomer(input: {
    customerId: string
    accountId: string
    externalId: string
    name: string
    email: string
    phone: string | null
  }): Promise<RemoteCustomer>
  /** Looks a customer up by our id in its metadata: what an earlier try may have made without our hearing of it. */
  findCustomer(input: { customerId: string; email: string }): Promise<RemoteCustomer | undefined>
  fetchCustomer(id: string): Promise<RemoteCustomer>
  createCheckout(input: {
    checkoutId: string
    accountId: string
    customerId: string
    priceId: string
    plan: string
    userId: string | null
    trialDays: number
    successUrl: string
    cancelUrl: string
  }): Promise<RemoteCheckout>
  fetchCheckout(id: string): Promise<RemoteCheckout>
  expireCheckout(id: string): Promise<void>
  fetchSubscription(id: string): Promise<RemoteSubscription>
  fetchInvoice(id: string): Promise<RemoteInvoice>
  /** Puts lines on a draft in one call. Refused by Stripe once the invoice is finalised. */
  addInvoiceLines(input: {
    invoiceId: string
    lines: NewInvoiceLine[]
    idempotencyKey: string
  }): Promise<RemoteInvoice>
  /**
   * A draft of our own for what a renewal's invoice could not take any more: the one that was made for it before, or a
   * new one. Nothing else stands on it, pending items of the customer neither, it does not advance by itself, and it
   * is paid as the subscription is.
   */
  ensureInvoiceBeside(input: {
    renewalInvoiceId: string
    renewedAt: Date
    customerId: string
    subscriptionId: string
    currency: string
    description: string
  }): Promise<RemoteInvoice>
  /** Finalises a draft, which Stripe then collects by itself. One that is final already stays as it is. */
  finalizeInvoice(invoiceId: string): Promise<void>
  /** The next renewal as Stripe previews it; undefined where none will come. */
  previewRenewal(subscriptionId: string): Promise<UpcomingInvoice | undefined>
  createPortalSession(input: { customerId: string; returnUrl: string }): Promise<{ url: string }>
  findPrices(lookupKeys: string[]): Promise<RemotePrice[]>
  /** Made under our own id, so that a repeated apply finds it instead of making another. */
  ensureProduct(input: { productId: string; name: string; description: string }): Promise<string>
  createPrice(input: {
    lookupKey: string
    productId: string
    currency: string
    interval: 'month' | 'year'
    amountCents: number
  }): Promise<RemotePrice>
}

/** Verifies a webhook's raw body against any of the secrets in force; throws where none fits or it is too old. */
export type VerifyWebhook = (rawBody: Buffer, signature: string) => StripeEvent

export type Interval = 'month' | 'year'
export type AtLimit = 'block' | 'overage' | 'allow'

/** Minor units of the currency, for one interval. */
export type PlanPrice = { interval: Interval; currency: string; amountCents: number }

/** `included` null is unlimited. `overageCents` is an exact decimal of minor units per unit: "1.3" is 1.3 cents. */
export type PlanLimit = { included: number | null; atLimit: AtLimit; overageCents?: string | number | null }

export type PlanNumbers = {
  allowed: boolean
  provisioned?: number
  included?: number
  dedicated?: boolean
  overageCents?: string | number | null
}

export type Plan = {
  slug: string
  name: string
  description: string | null
  trialDays: number
  features: string[]
  prices: PlanPrice[]
  limits: Record<string, PlanLimit>
  numbers: PlanNumbers | null
  custom: boolean
  current?: boolean
}

export type Plans = { plans: Plan[] }

export type NumberPreference = { country?: string; areaCode?: string; contains?: string }

export type NewCheckout = {
  plan: string
  interval?: Interval
  currency?: string
  successUrl?: string
  cancelUrl?: string
  promotionCode?: string
  numberPreference?: NumberPreference
}

/** Send the person to `url`, Stripe's own page. */
export type Checkout = { url: string; sessionId: string; expiresAt: string }

export type Interval = 'month' | 'year'
export type AtLimit = 'block' | 'overage' | 'allow'

/** Minor units of the currency, for one interval. */
export type PlanPrice = { interval: Interval; currency: string; amountCents: number }

/** `included` null is unlimited. `overageCents` is an exact decimal of minor units per unit: "1.3" is 1.3 cents. */
export type PlanLimit = { included: number | null; atLimit: AtLimit; overageCents?: string }

/** Numbers that come with a plan. `monthlyCents` is what each one held costs at every renewal. */
export type PlanNumbers = {
  provisioned: number
  country: string
  areaCode?: string
  monthlyCents?: string
  dedicated: boolean
}

export type Plan = {
  slug: string
  name: string
  description: string
  trialDays: number
  features: string[]
  prices: PlanPrice[]
  limits: Record<string, PlanLimit>
  numbers: PlanNumbers | null
  /** Needs no subscription and no payment. */
  free: boolean
  /** Given by an operator instead of bought. */
  custom: boolean
  current?: boolean
}

/** `unit` is the word for one: minute, message. */
export type MeterName = { name: string; unit: string; costKey?: string }

/** `meters` and `features` give the words for the keys that the plans use. */
export type Plans = {
  plans: Plan[]
  meters: Record<string, MeterName>
  features: Record<string, { name: string }>
}

export type NumberPreference = { country?: string; areaCode?: string; contains?: string }

export type NewCheckout = {
  plan: string
  interval?: Interval
  currency?: string
  successUrl?: string
  cancelUrl?: string
  numberPreference?: NumberPreference
}

/** Send the person to `url`, Stripe's own page. */
export type Checkout = { url: string; sessionId: string; expiresAt: string }

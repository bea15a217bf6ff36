import type { Action } from '../../errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { freePlanOf, planOf } from '../catalog/catalog.ts'
import type { Subscription } from './subscription.ts'

type AccessState = 'full' | 'grace' | 'restricted' | 'suspended' | 'free' | 'none'

/** What an account may use now, why, and what a person can do about it. */
export type Access = {
  state: AccessState
  plan: string | null
  features: string[]
  reason: string
  until: Date | null
  action: Action | null
}

const DAY_MS = 86_400_000

/**
 * Whether an account is served. Pure: a subscription as last synced, the catalog it stands on, the one on sale now (whose
 * free plan is everybody's without another), and business time.
 * `full`, `grace` and `free` are served within their limits; the others are not.
 */
export function decideAccess(input: {
  subscription: Subscription | undefined
  catalog: Catalog
  currentCatalog: Catalog
  now: Date
  billingUrl: string
  pricingUrl: string
}): Access {
  const { subscription, catalog, now, billingUrl, pricingUrl } = input
  const choose: Action = { kind: 'choose_plan', url: pricingUrl, text: 'Choose a plan' }
  const pay: Action = { kind: 'update_payment_method', url: billingUrl, text: 'Update the payment method' }
  const plan = subscription?.plan ? planOf(catalog, subscription.plan) : undefined
  const withPlan = (state: AccessState, reason: string, rest: Partial<Access> = {}): Access => ({
    state,
    plan: plan?.slug ?? null,
    features: state === 'full' || state === 'grace' ? (plan?.features ?? []) : [],
    reason,
    until: null,
    action: null,
    ...rest,
  })
  const withoutPlan = (state: 'suspended' | 'none', reason: string): Access => {
    const free = freePlanOf(input.currentCatalog)
    if (free === undefined) return withPlan(state, reason, { plan: null, action: choose })
    return {
      state: 'free',
      plan: free.slug,
      features: free.features,
      reason: `You are on ${free.name}, which is free.`,
      until: null,
      action: choose,
    }
  }

  if (subscription === undefined) return withoutPlan('none', 'You have not chosen a plan yet.')
  const owedDays = (days: number) => new Date((subscription.pastDueSince ?? now).getTime() + days * DAY_MS)
  const { graceDays, suspendAfterDays } = catalog.access
  switch (subscription.status) {
    case 'trialing':
      return withPlan('full', 'Your trial is running.', { until: subscription.trialEnd })
    case 'active':
      return subscription.cancelAtPeriodEnd
        ? withPlan('full', 'Your subscription ends with this period.', { until: subscription.periodEnd })
        : withPlan('full', 'Your subscription is active.')
    case 'past_due':
    case 'unpaid': {
      if (now >= owedDays(suspendAfterDays)) {
        return withPlan('suspended', 'A payment has been missing for too long. Pay it to go on.', {
          action: pay,
        })
      }
      if (subscription.status === 'past_due' && now < owedDays(graceDays)) {
        const reason = 'Your last payment failed. Everything still works while you update your card.'
        return withPlan('grace', reason, { until: owedDays(graceDays), action: pay })
      }
      const reason = 'Your last payment failed, and the days of grace are over.'
      return withPlan('restricted', reason, { until: owedDays(suspendAfterDays), action: pay })
    }
    case 'paused':
      return withoutPlan('suspended', 'Your subscription is paused.')
    case 'incomplete':
      return withoutPlan('none', 'Your first payment is not finished.')
    case 'canceled':
    case 'incomplete_expired':
      return withoutPlan('suspended', 'Your subscription has ended.')
  }
}

/** Whether use is served at all; limits decide the rest. */
export function isServed(access: Access): boolean {
  return access.state === 'full' || access.state === 'grace' || access.state === 'free'
}

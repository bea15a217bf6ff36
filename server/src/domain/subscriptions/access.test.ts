import { describe, expect, test } from 'vitest'
import type { Catalog } from '../catalog/catalog.ts'
import { checkCatalog } from '../catalog/catalog.ts'
import { decideAccess } from './access.ts'
import type { Subscription } from './subscription.ts'

const NOW = new Date('2025-03-20T12:00:00Z')
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS)

/** Grace for 3 days, suspended after 10; the free plan has the name that is given. */
function catalogWith(free: string | null): Catalog {
  const { catalog, problems } = checkCatalog({
    name: 'Test',
    currency: 'usd',
    meters: {},
    features: { teams: { name: 'Teams' }, mail: { name: 'Mail' } },
    plans: [
      ...(free === null ? [] : [{ slug: free, name: free, free: true, features: ['mail'], limits: {} }]),
      {
        slug: 'pro',
        name: 'Pro',
        features: ['teams'],
        prices: [{ interval: 'month' as const, currency: 'usd', amountCents: 4000 }],
        limits: {},
      },
    ],
    access: { graceDays: 3, suspendAfterDays: 10 },
  })
  if (catalog === undefined) throw new Error(JSON.stringify(problems))
  return catalog
}

const PERIOD_END = new Date('2025-04-15T00:00:00Z')
const TRIAL_END = new Date('2025-03-25T00:00:00Z')

function subscription(changed: Partial<Subscription>): Subscription {
  return {
    accountId: 'acc_1',
    subscriptionId: 'sub_ours',
    stripeSubscriptionId: 'sub_1',
    stripeCustomerId: 'cus_1',
    kind: 'plan',
    plan: 'pro',
    catalogVersion: 1,
    interval: 'month',
    currency: 'usd',
    status: 'active',
    billingCycleAnchor: new Date('2025-01-15T00:00:00Z'),
    periodStart: new Date('2025-03-15T00:00:00Z'),
    periodEnd: PERIOD_END,
    trialStart: null,
    trialEnd: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    endedAt: null,
    cancellationReason: null,
    cancellationFeedback: null,
    hasPaymentMethod: true,
    items: [],
    numberPreference: {},
    activatedAt: new Date('2025-01-15T00:00:00Z'),
    pastDueSince: null,
    createdAt: new Date('2025-01-15T00:00:00Z'),
    ...changed,
  }
}

const decide = (changed: Partial<Subscription> | undefined, free: string | null) =>
  decideAccess({
    subscription: changed && subscription(changed),
    catalog: catalogWith('free_of_old'),
    currentCatalog: catalogWith(free),
    now: NOW,
    billingUrl: 'https://b',
    pricingUrl: 'https://p',
  })

const owed = (status: 'past_due' | 'unpaid', days: number) => ({ status, pastDueSince: daysAgo(days) })
const JUST_BEFORE = 1 / DAY_MS

describe('with a plan of its own, whatever is free', () => {
  test.for([
    ['trialing', { status: 'trialing', trialEnd: TRIAL_END }, 'full', TRIAL_END, null],
    ['active', { status: 'active' }, 'full', null, null],
    ['ending', { status: 'active', cancelAtPeriodEnd: true }, 'full', PERIOD_END, null],
    ['missed today', owed('past_due', 0), 'grace', daysAgo(-3), 'update_payment_method'],
    ['almost 3 days', owed('past_due', 3 - JUST_BEFORE), 'grace', undefined, 'update_payment_method'],
    ['3 days', owed('past_due', 3), 'restricted', daysAgo(-7), 'update_payment_method'],
    ['almost 10 days', owed('past_due', 10 - JUST_BEFORE), 'restricted', undefined, 'update_payment_method'],
    ['10 days', owed('past_due', 10), 'suspended', null, 'update_payment_method'],
    ['given up today', owed('unpaid', 0), 'restricted', daysAgo(-10), 'update_payment_method'],
    ['given up 10 days', owed('unpaid', 10), 'suspended', null, 'update_payment_method'],
  ] as const)('%s', ([, changed, state, until, action]) => {
    for (const free of ['free_now', null]) {
      const access = decide(changed, free)
      expect(access).toMatchObject({ state, plan: 'pro' })
      expect(access.features).toEqual(state === 'full' || state === 'grace' ? ['teams'] : [])
      expect(access.action?.kind ?? null).toBe(action)
      if (until !== undefined) expect(access.until).toEqual(until)
    }
  })
})

describe('without a plan of its own', () => {
  test.for([
    ['no subscription', undefined, 'none'],
    ['incomplete', { status: 'incomplete' }, 'none'],
    ['incomplete_expired', { status: 'incomplete_expired' }, 'suspended'],
    ['canceled', { status: 'canceled' }, 'suspended'],
    ['paused', { status: 'paused' }, 'suspended'],
  ] as const)('%s: the free plan on sale now, or nothing', ([, changed, state]) => {
    expect(decide(changed, 'free_now')).toMatchObject({
      state: 'free',
      plan: 'free_now',
      features: ['mail'],
      action: { kind: 'choose_plan' },
    })
    expect(decide(changed, null)).toMatchObject({
      state,
      plan: null,
      features: [],
      action: { kind: 'choose_plan', url: 'https://p' },
    })
  })
})

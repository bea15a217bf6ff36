import type { Access, Subscription } from 'tollgate-client'
import { expect, test } from 'vitest'
import type { NextInvoice } from '../../lib/queries.ts'
import { headline } from './headline.ts'

const access: Access = {
  state: 'full',
  plan: 'ai_secretary',
  features: [],
  reason: 'Your subscription is active.',
}

const subscription: Subscription = {
  id: 'sub_1',
  stripeSubscriptionId: 'sub_s',
  plan: 'ai_secretary',
  interval: 'month',
  status: 'active',
  trialEnd: null,
  periodStart: '2026-11-20T12:00:00Z',
  periodEnd: '2026-12-20T12:00:00Z',
  cancelAtPeriodEnd: false,
  canceledAt: null,
  hasPaymentMethod: true,
  scheduledChange: null,
  items: [],
}

const upcoming: NextInvoice = {
  date: '2026-12-20T12:00:00Z',
  currency: 'usd',
  amountDueCents: 4580,
  lines: [],
  overageCents: 580,
  creditCents: 0,
}

type Change = {
  subscription?: Partial<Subscription> | null
  access?: Partial<Access>
  upcoming?: Partial<NextInvoice> | null | undefined
}

const say = (change: Change) => {
  const live = change.subscription === null ? null : { ...subscription, ...change.subscription }
  return headline({
    billing: {
      subscription: live,
      subscriptions: live ? [live] : [],
      access: { ...access, ...change.access },
    },
    upcoming: change.upcoming && { ...upcoming, ...change.upcoming },
    planName: 'AI Secretary',
    now: new Date('2026-11-25T12:00:00Z'),
    style: { locale: 'en-US', timeZone: 'UTC' },
  })
}

test.each<[string, Change, string, string]>([
  [
    'overage so far',
    { upcoming: {} },
    'Next invoice: $45.80 on December 20',
    'For AI Secretary, with $5.80 on top of the plan so far.',
  ],
  [
    'the plan alone',
    { upcoming: { amountDueCents: 4000, overageCents: 0 } },
    'Next invoice: $40.00 on December 20',
    'For AI Secretary.',
  ],
  [
    'credit, given as a negative amount',
    { upcoming: { amountDueCents: 3000, overageCents: 0, creditCents: -1000 } },
    'Next invoice: $30.00 on December 20',
    'For AI Secretary, less $10.00 of credit.',
  ],
  ['nothing due', { upcoming: null }, 'No invoice is due', 'This period ends on December 20.'],
  ['not known yet', { upcoming: undefined }, 'AI Secretary', 'This period ends on December 20.'],
  [
    'a trial',
    { subscription: { status: 'trialing' }, upcoming: { amountDueCents: 4000, overageCents: 0 } },
    'Your trial is free, then $40.00 on December 20',
    'For AI Secretary. Nothing is charged before.',
  ],
  [
    'ending, with use to pay',
    { subscription: { cancelAtPeriodEnd: true }, upcoming: { amountDueCents: 580 } },
    'AI Secretary ends on December 20',
    'Everything works until then. A last invoice of $5.80 comes then.',
  ],
  [
    'ending, with an invoice over nothing',
    { subscription: { cancelAtPeriodEnd: true }, upcoming: { amountDueCents: 0 } },
    'AI Secretary ends on December 20',
    'Everything works until then.',
  ],
  [
    'ending, with nothing to pay',
    { subscription: { cancelAtPeriodEnd: true }, upcoming: null },
    'AI Secretary ends on December 20',
    'Everything works until then.',
  ],
  [
    'a failed payment',
    { subscription: { status: 'past_due' }, access: { state: 'grace', reason: 'Update your card.' } },
    'Your last payment did not go through',
    'It was for AI Secretary.',
  ],
  [
    'paused',
    { subscription: { status: 'paused' }, access: { reason: 'It is paused.' } },
    'AI Secretary is paused',
    'It is paused.',
  ],
  [
    'a first payment that is not finished',
    { subscription: { status: 'incomplete' }, access: { reason: 'Not finished.' } },
    'Your first payment is still open',
    'Not finished.',
  ],
  [
    'the free plan',
    { subscription: null, access: { state: 'free' } },
    'You pay nothing',
    'AI Secretary is free. No invoice is due.',
  ],
  [
    'no plan',
    { subscription: null, access: { state: 'none', reason: 'You have not chosen a plan yet.' } },
    'You have no plan yet',
    'You have not chosen a plan yet.',
  ],
])('%s', (_case, change, answer, because) => {
  expect(say(change)).toEqual({ answer, because })
})

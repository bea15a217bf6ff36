import type { Subscription, SubscriptionAnswer } from 'tollgate-client'
import { formatMoney } from '../../lib/money.ts'
import type { NextInvoice } from '../../lib/queries.ts'
import { formatDay } from '../../lib/time.ts'

export type Headline = { answer: string; because: string }

type Known = {
  billing: SubscriptionAnswer
  /** Null where there is no next invoice, undefined while it is not known. */
  upcoming: NextInvoice | null | undefined
  planName: string
  now: Date
  style: { locale: string; timeZone?: string }
}

/** What the account pays next, when and why, in two sentences. */
export const headline = (known: Known): Headline => {
  const { subscription, access } = known.billing
  if (subscription === null) {
    if (access.state !== 'free') return { answer: 'You have no plan yet', because: access.reason }
    return { answer: 'You pay nothing', because: `${known.planName} is free. No invoice is due.` }
  }
  if (subscription.status === 'past_due' || subscription.status === 'unpaid') {
    return { answer: 'Your last payment did not go through', because: `It was for ${known.planName}.` }
  }
  if (subscription.status === 'paused')
    return { answer: `${known.planName} is paused`, because: access.reason }
  if (subscription.status === 'incomplete') {
    return { answer: 'Your first payment is still open', because: access.reason }
  }
  return running(subscription, known)
}

const running = (subscription: Subscription, { upcoming, planName, now, style }: Known): Headline => {
  const end = formatDay(subscription.periodEnd, now, style)
  if (subscription.cancelAtPeriodEnd) {
    const last =
      upcoming && upcoming.amountDueCents > 0
        ? ` A last invoice of ${due(upcoming, style.locale)} comes then.`
        : ''
    return { answer: `${planName} ends on ${end}`, because: `Everything works until then.${last}` }
  }
  if (upcoming === undefined) return { answer: planName, because: `This period ends on ${end}.` }
  if (upcoming === null) return { answer: 'No invoice is due', because: `This period ends on ${end}.` }
  const invoice = `${due(upcoming, style.locale)} on ${formatDay(upcoming.date, now, style)}`
  if (subscription.status === 'trialing') {
    return {
      answer: `Your trial is free, then ${invoice}`,
      because: `For ${planName}. Nothing is charged before.`,
    }
  }
  return { answer: `Next invoice: ${invoice}`, because: reasonFor(upcoming, planName, style.locale) }
}

const due = ({ amountDueCents, currency }: NextInvoice, locale: string) =>
  formatMoney(amountDueCents, { currency, locale })

const reasonFor = (
  { overageCents, creditCents, currency }: NextInvoice,
  planName: string,
  locale: string,
): string => {
  const parts = [`For ${planName}`]
  if (overageCents > 0)
    parts.push(`with ${formatMoney(overageCents, { currency, locale })} on top of the plan so far`)
  if (creditCents !== 0)
    parts.push(`less ${formatMoney(Math.abs(creditCents), { currency, locale })} of credit`)
  return `${parts.join(', ')}.`
}

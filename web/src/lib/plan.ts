import type { Interval, Plan, PlanLimit, PlanNumbers, PlanPrice, Plans } from 'tollgate-client'
import { formatRate } from './money.ts'
import { readAloud } from './words.ts'

type Style = { currency: string; locale: string }

/** A plan's name from its slug: the catalog's, or the slug read aloud for one that is not public. */
export const planName = (slug: string, catalog: Plans | undefined): string =>
  catalog?.plans.find((plan) => plan.slug === slug)?.name ?? readAloud(slug)

/** The price to show: of this interval where the plan has it, else its only one. */
export const priceOf = (plan: Plan, interval: Interval): PlanPrice | null =>
  plan.prices.find((price) => price.interval === interval) ?? plan.prices[0] ?? null

/** Whether a month/year switch says anything: only where some plan is sold both ways. */
export const hasBothIntervals = (plans: Plan[]): boolean =>
  plans.some((plan) => new Set(plan.prices.map((price) => price.interval)).size > 1)

/** What a plan gives of a meter, in words: "100, then $0.013 a minute". */
export const limitText = (limit: PlanLimit | undefined, unit: string, style: Style): string => {
  if (limit === undefined || limit.included === null) return 'Unlimited'
  const included = new Intl.NumberFormat(style.locale).format(limit.included)
  if (limit.atLimit === 'overage' && limit.overageCents) {
    const rate = `${formatRate(limit.overageCents, style)} a ${unit}`
    return limit.included === 0 ? rate : `${included}, then ${rate}`
  }
  if (limit.included === 0) return limit.atLimit === 'allow' ? 'Unlimited' : 'Not included'
  return limit.atLimit === 'allow' ? `${included}, more at no charge` : `${included}, then it stops`
}

/** The numbers that come with a plan, in words: "1, $5.00 a month". */
export const numbersText = (numbers: PlanNumbers | null, style: Style): string => {
  if (numbers === null) return 'Not included'
  if (numbers.provisioned === 0) return 'Can be added'
  const count = new Intl.NumberFormat(style.locale).format(numbers.provisioned)
  if (numbers.monthlyCents) {
    const each = numbers.provisioned === 1 ? '' : ' each'
    return `${count}, at ${formatRate(numbers.monthlyCents, style)} a month${each}`
  }
  return numbers.dedicated ? `${count}, on a line of your own` : `${count}, in the price`
}

import type Stripe from 'stripe'
import { customerWithCard, monthlyPrice, type Started } from './start.ts'

/** An instant to the minute. */
export const at = (seconds: number | null | undefined) =>
  seconds == null ? null : new Date(seconds * 1000).toISOString().slice(0, 16)

export const periodOf = (subscription: Stripe.Subscription) =>
  subscription.items.data.map((item) => [at(item.current_period_start), at(item.current_period_end)])

/** A customer with a card, and a monthly price of 30 and one of 10 dollars. */
export async function twoPrices({ stripe }: Started) {
  const big = await monthlyPrice(stripe, 3000, 'Pro')
  const small = await monthlyPrice(stripe, 1000, 'Basic')
  const customer = await customerWithCard(stripe)
  return { big, small, customer }
}

/** A subscription of the big plan under a schedule that lowers it at the period's end. */
export async function lowered(world: Started, more: Stripe.SubscriptionScheduleUpdateParams = {}) {
  const { stripe } = world
  const { big, small, customer } = await twoPrices(world)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: big.id, metadata: { kind: 'plan' } }],
  })
  const made = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  const phase = made.phases[0] as Stripe.SubscriptionSchedule.Phase
  const schedule = await stripe.subscriptionSchedules.update(made.id, {
    phases: [
      { items: [{ price: big.id }], start_date: phase.start_date, end_date: phase.end_date },
      { items: [{ price: small.id, quantity: 3 }], duration: { interval: 'month', interval_count: 2 } },
    ],
    ...more,
  })
  return { big, small, customer, subscription, made, schedule }
}

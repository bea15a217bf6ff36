import { customerWithCard, monthlyPrice, type Started } from '../start.ts'

/** Calls each operation of subscription schedules, and previews with them. */
export async function tourSchedules(world: Started): Promise<void> {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const small = await monthlyPrice(stripe, 1000, 'Schedule small')
  const big = await monthlyPrice(stripe, 3000, 'Schedule big')
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: big.id }],
  })
  const made = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  const [phase] = made.phases
  const lowered = await stripe.subscriptionSchedules.update(made.id, {
    end_behavior: 'cancel',
    metadata: { why: 'lower' },
    default_settings: { description: 'Lowered', billing_cycle_anchor: 'automatic' },
    phases: [
      {
        start_date: phase?.start_date ?? 0,
        end_date: phase?.end_date ?? 0,
        items: [{ price: big.id, metadata: { a: 'b' } }],
      },
      {
        items: [{ price: small.id, quantity: 2 }],
        duration: { interval: 'month', interval_count: 3 },
        proration_behavior: 'none',
        metadata: { plan: 'small' },
      },
    ],
  })
  await stripe.invoices.createPreview({ schedule: lowered.id })
  await stripe.subscriptionSchedules.retrieve(lowered.id, { expand: ['subscription', 'customer'] })
  await stripe.subscriptionSchedules.list({ customer: customer.id, created: { gte: 0 }, limit: 3 })
  await stripe.subscriptionSchedules.release(lowered.id)
  const later = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 'now',
    phases: [{ items: [{ price: small.id }] }, { items: [{ price: big.id }] }],
  })
  await stripe.invoices.createPreview({
    schedule: later.id,
    schedule_details: {
      phases: [{ start_date: later.phases[0]?.start_date ?? 0, items: [{ price: big.id }] }],
    },
  })
  await stripe.subscriptionSchedules.cancel(later.id, { invoice_now: true, prorate: true })
}

import { monthlyPrice, type Started } from '../start.ts'
import { decliningCard, latestOf, subscribe, workingCard } from '../subscribed.ts'

/** Calls every operation of subscriptions, their items and the reasons for cancelling them. */
export async function tourSubscriptions(world: Started): Promise<void> {
  const { stripe, control } = world
  const [basic, pro] = [await monthlyPrice(stripe, 1000), await monthlyPrice(stripe, 2000, 'Pro')]
  const { subscription, item, customer } = await subscribe(world, basic, {
    default_tax_rates: [
      (await stripe.taxRates.create({ display_name: 'VAT', percentage: 0, inclusive: true })).id,
    ],
    expand: ['latest_invoice.payments', 'customer', 'discounts', 'pending_setup_intent'],
  })
  await stripe.subscriptions.retrieve(subscription.id, { expand: ['items.data.price.product'] })
  await stripe.subscriptions.list({ customer: customer.id, status: 'all' })
  await stripe.subscriptions.search({ query: "status:'active'" })
  await stripe.subscriptions.update(subscription.id, { description: 'A plan', metadata: { a: 'b' } })

  const added = await stripe.subscriptionItems.create({ subscription: subscription.id, price: pro.id })
  await stripe.subscriptionItems.update(added.id, { quantity: 2 })
  await stripe.subscriptionItems.retrieve(added.id)
  await stripe.subscriptionItems.list({ subscription: subscription.id })
  await stripe.subscriptionItems.del(added.id)

  await control(`customers/${customer.id}/card`, { card: decliningCard })
  await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item.id, price: pro.id }],
    payment_behavior: 'pending_if_incomplete',
    proration_behavior: 'always_invoice',
  })
  await control(`customers/${customer.id}/card`, { card: workingCard })
  const open = await latestOf(stripe, subscription.id)
  if (open.status === 'open') await stripe.invoices.pay(open.id)

  await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'keep_as_draft' } })
  await stripe.subscriptions.update(subscription.id, { pause_collection: '' })
  await stripe.subscriptions.pause(subscription.id)
  await stripe.subscriptions.resume(subscription.id, { payment_behavior: 'resume_on_payment_success' })

  const classic = await subscribe(world, basic, { billing_mode: { type: 'classic' } })
  await stripe.subscriptions.migrate(classic.subscription.id, { billing_mode: { type: 'flexible' } })

  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' })
  const cheaper = await subscribe(world, basic, { discounts: [{ coupon: coupon.id }] })
  await stripe.subscriptions.deleteDiscount(cheaper.subscription.id)

  const option = await stripe.billing.feedbackOptions.create({ description: 'Moved abroad' })
  await stripe.billing.feedbackOptions.update(option.id, { description: 'Moved far away' })
  await stripe.billing.feedbackOptions.retrieve(option.id)
  await stripe.billing.feedbackOptions.list({ status: 'active' })
  await stripe.subscriptions.cancel(subscription.id, {
    cancellation_details: { comment: 'Bye', feedback: 'other', feedback_option: option.id },
    invoice_now: true,
    prorate: true,
  })
  await stripe.billing.feedbackOptions.deactivate(option.id)
}

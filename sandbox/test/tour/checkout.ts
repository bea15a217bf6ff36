import type Stripe from 'stripe'
import { monthlyPrice, type Started } from '../start.ts'

const addresses = { success_url: 'https://example.com/ok', cancel_url: 'https://example.com/no' }

const pay = ({ control }: Started, session: Stripe.Checkout.Session, card = '4242424242424242') =>
  control(`checkout/${session.id}/pay`, { card, email: 'tour@example.com' })

async function tourSubscribing(world: Started, price: Stripe.Price) {
  const { sessions } = world.stripe.checkout
  const sell = (more: Stripe.Checkout.SessionCreateParams = {}) =>
    sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      ...addresses,
      ...more,
    })
  const session = await sell({
    customer_email: 'c@example.com',
    client_reference_id: 'r',
    billing_address_collection: 'auto',
    automatic_tax: { enabled: true },
    custom_text: { submit: { message: 'Thank you' } },
    expand: ['line_items'],
  })
  await sessions.update(session.id, {
    line_items: [{ id: session.line_items?.data[0]?.id ?? '', quantity: 2 }],
    metadata: { a: 'b' },
  })
  await sessions.listLineItems(session.id)
  await pay(world, session, '4000002500003155')
  const done = await sessions.retrieve(session.id, {
    expand: ['subscription', 'customer', 'invoice', 'line_items.data.price.product'],
  })
  const subscription = done.subscription as Stripe.Subscription
  await sessions.list({ subscription: subscription.id })
  const open = await sell({ after_expiration: { recovery: { enabled: true } } })
  await sessions.expire(open.id)
  return { customer: (done.customer as Stripe.Customer).id, subscription }
}

async function tourOtherModes(world: Started) {
  const { sessions } = world.stripe.checkout

  const once = await sessions.create({
    mode: 'payment',
    customer_creation: 'always',
    invoice_creation: { enabled: true },
    line_items: [
      { price_data: { currency: 'usd', product_data: { name: 'Book' }, unit_amount: 900 }, quantity: 1 },
    ],
    payment_intent_data: { setup_future_usage: 'off_session' },
    ...addresses,
  })
  await pay(world, once)
  await sessions.retrieve(once.id, { expand: ['payment_intent', 'invoice'] })
  const kept = await sessions.create({
    mode: 'setup',
    currency: 'usd',
    customer_creation: 'always',
    ...addresses,
  })
  await pay(world, kept)
  await sessions.retrieve(kept.id, { expand: ['setup_intent.payment_method'] })
}

async function tourPortal(
  { stripe }: Started,
  price: Stripe.Price,
  bought: { customer: string; subscription: Stripe.Subscription },
) {
  const { configurations, sessions: portals } = stripe.billingPortal
  await configurations.list({ is_default: true })
  const configuration = await configurations.create({
    business_profile: { headline: 'Tour' },
    features: {
      customer_update: { enabled: true, allowed_updates: ['email', 'address'] },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: true, cancellation_reason: { enabled: true, options: ['other'] } },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price', 'quantity'],
        products: [
          { product: String(price.product), prices: [price.id], adjustable_quantity: { enabled: true } },
        ],
      },
    },
    login_page: { enabled: true },
  })
  await configurations.update(configuration.id, { metadata: { a: 'b' }, name: 'Tour' })
  await configurations.retrieve(configuration.id, { expand: ['features.subscription_update.products'] })
  await portals.create({
    customer: bought.customer,
    configuration: configuration.id,
    flow_data: {
      type: 'subscription_update_confirm',
      subscription_update_confirm: {
        subscription: bought.subscription.id,
        items: [{ id: bought.subscription.items.data[0]?.id ?? '', quantity: 3 }],
      },
      after_completion: { type: 'hosted_confirmation', hosted_confirmation: { custom_message: 'Done' } },
    },
    expand: ['configuration'],
  })
}

/** Every operation of Checkout and of the billing portal. */
export async function tourCheckout(world: Started): Promise<void> {
  const price = await monthlyPrice(world.stripe, 4000, 'Tour')
  const bought = await tourSubscribing(world, price)
  await tourOtherModes(world)
  await tourPortal(world, price, bought)
}

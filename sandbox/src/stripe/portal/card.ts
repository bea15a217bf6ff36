import { findCustomer } from '../customers/balance.ts'
import { change } from '../events/events.ts'
import { cardOf } from '../payments/cards.ts'
import { createPaymentMethod, findPaymentMethod, type PaymentMethod } from '../payments/payment-methods.ts'
import { setUpCard } from '../payments/set-up-card.ts'
import { createSetupIntent } from '../payments/setup-intents.ts'
import { ended, type Subscription } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'

/**
 * What a person does in the portal: a new card is set up and becomes the default of the customer and of its live
 * subscriptions. A 402 where the bank refuses it; nothing of that stays.
 */
export function replaceCard(
  world: World,
  customerId: string,
  number: string,
  about: { exp_month?: number; exp_year?: number; name?: string } = {},
): PaymentMethod {
  const card = cardOf(number)
  const customer = findCustomer(world, customerId)
  const { name = customer.name, ...expiry } = about
  const made = createPaymentMethod(world, card, { ...expiry, billing: { email: customer.email, name } })
  setUpCard(world, createSetupIntent(world, { customer: customer.id }), made.id)
  const settings = { ...customer.invoice_settings, default_payment_method: made.id }
  change(world, findCustomer(world, customer.id), { invoice_settings: settings }, 'customer.updated')
  for (const subscription of world.store.by<Subscription>('subscription', 'customer', customer.id)) {
    if (ended(subscription) || subscription.default_payment_method === null) continue
    change(world, subscription, { default_payment_method: made.id }, 'customer.subscription.updated')
  }
  return findPaymentMethod(world, made.id)
}

import { findPrice } from '../catalog/prices.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { priceItem } from '../invoices/item-pricing.ts'
import { createItem } from '../invoices/items.ts'
import { finishAuthentication } from '../payments/attempt.ts'
import { findIntent } from '../payments/payment-intents.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import { createSubscription } from '../subscriptions/create.ts'
import { findSubscription, type Subscription } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'
import { refusePayment } from './decline.ts'
import { askedOf } from './discounts.ts'
import type { Entered } from './person.ts'
import { plannedSubscription } from './planned-subscription.ts'
import type { Session } from './session.ts'

/** What is bought once stands on the first invoice only, beside the items that recur. */
function addOnce(world: World, session: Session, customer: string): void {
  const currency = session.currency ?? 'usd'
  for (const { price, quantity, taxRates } of session.hidden.lines) {
    if (findPrice(world, price).recurring) continue
    createItem(world, {
      ...priceItem(
        world,
        { pricing: { price }, quantity: quantity ?? 1, ...(taxRates.length ? { tax_rates: taxRates } : {}) },
        { currency, isKept: true },
      ),
      customer,
    })
  }
}

/** Makes the subscription that a session sells, paid by the card; a 402 where its first payment does not go through. */
export function subscribe(
  world: World,
  session: Session,
  buyer: { customer: string; method: PaymentMethod | undefined; entered: Entered },
): Subscription {
  const { customer, method, entered } = buyer
  addOnce(world, session, customer)
  const made = createSubscription(world, {
    ...plannedSubscription(world, session),
    customer,
    discounts: (session.discounts ?? []).map(askedOf),
    method: method?.id ?? null,
  })
  if (made.status !== 'incomplete') return made
  const invoice = world.store.get<Invoice>('invoice', made.latest_invoice ?? '')
  const intent = findIntent(world, invoice?.hidden.intent ?? '')
  if (intent.status === 'requires_action' && entered.authenticated)
    finishAuthentication(world, intent.id, true)
  const after = findSubscription(world, made.id)
  return after.status === 'incomplete' ? refusePayment(world, findIntent(world, intent.id)) : after
}

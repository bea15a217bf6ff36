import { findPrice } from '../catalog/prices.ts'
import type { NewSubscription } from '../subscriptions/create.ts'
import { fieldsFrom } from '../subscriptions/fields.ts'
import type { World } from '../world.ts'
import { type Session, trialEndOf } from './session.ts'

/** What a session's subscription is to be, but for who pays for it, how and with what discount. */
export function plannedSubscription(
  world: World,
  session: Session,
): Omit<NewSubscription, 'customer' | 'method' | 'discounts'> {
  const { lines, subscription: data } = session.hidden
  return {
    ...(session.currency === null ? {} : { currency: session.currency }),
    items: lines.flatMap(({ price, quantity, metadata, taxRates }) =>
      findPrice(world, price).recurring ? [{ price, quantity: quantity ?? 1, metadata, taxRates }] : [],
    ),
    metadata: data.metadata,
    description: data.description,
    trialEnd: trialEndOf(world, session),
    ...(data.anchor === null ? {} : { anchor: data.anchor }),
    ...(data.anchorConfig === null ? {} : { anchorConfig: data.anchorConfig }),
    prorates: data.proration !== 'none',
    ...(data.missing ? { missing: data.missing } : {}),
    automaticTax: session.automatic_tax.enabled,
    fields: fieldsFrom(world, data.fields, { customer: '' }),
  }
}

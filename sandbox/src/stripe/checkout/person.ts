import { invalid } from '../api/errors.ts'
import { findCustomer } from '../customers/balance.ts'
import { newCustomer } from '../customers/customers.ts'
import { change } from '../events/events.ts'
import { cardOf } from '../payments/cards.ts'
import {
  attachTo,
  createPaymentMethod,
  markSetUp,
  noAddress,
  type PaymentMethod,
} from '../payments/payment-methods.ts'
import type { World } from '../world.ts'
import type { Answers } from './collection.ts'
import type { Session } from './session.ts'

/** What a person enters on the Checkout page. */
export type Entered = Answers & {
  card?: string
  /** One of the saved cards that the page offers, in place of a new one. */
  savedCard?: string
  expMonth?: number
  expYear?: number
  name?: string
  email?: string
  address?: Record<string, string>
  promotionCode?: string
  /** Quantities by the line's id, where they are adjustable. */
  quantities?: Record<string, number>
  /** Whether the person wants the card kept, where the session lets them choose. */
  savesCard?: boolean
  /** Whether the 3-D Secure step was passed; undefined while it has not been shown. */
  authenticated?: boolean
}

/** Whether a session that names no customer makes one when it completes. */
const makesCustomer = (session: Session): boolean =>
  session.customer_creation === 'always' || (session.invoice_creation?.enabled ?? false)

export function emailOf(session: Session, entered: Entered): string {
  const email = session.customer_details?.email ?? entered.email ?? null
  if (!email) {
    const message = 'An email address is needed to complete this Checkout Session.'
    throw invalid(message, { param: 'email', code: 'parameter_missing' })
  }
  return email
}

/** The session's customer, with what Checkout saves of the person's details, or a new one; null for a guest. */
export function customerOf(world: World, session: Session, entered: Entered): string | null {
  const address = entered.address && { ...noAddress, ...entered.address }
  if (session.customer) {
    const customer = findCustomer(world, session.customer, 'customer')
    const { updates } = session.hidden
    const changes = {
      ...(!customer.email && entered.email ? { email: entered.email } : {}),
      ...(entered.name && updates.name ? { name: entered.name } : {}),
      ...(address && updates.address ? { address } : {}),
      ...(entered.phone && !customer.phone ? { phone: entered.phone } : {}),
    }
    change(world, customer, changes, 'customer.updated')
    return customer.id
  }
  const email = emailOf(session, entered)
  if (!makesCustomer(session)) return null
  return newCustomer(world, {
    email,
    name: entered.name ?? null,
    ...(entered.phone ? { phone: entered.phone } : {}),
    ...(address ? { address } : {}),
  }).id
}

/** The card that was entered, attached where the customer is to have it for later. */
export function methodOf(
  world: World,
  session: Session,
  entered: Entered & { card: string },
  customer: string | null,
): PaymentMethod {
  const card = cardOf(entered.card)
  const made = createPaymentMethod(world, card, {
    ...(entered.expMonth === undefined ? {} : { exp_month: entered.expMonth }),
    ...(entered.expYear === undefined ? {} : { exp_year: entered.expYear }),
    billing: {
      email: session.customer_details?.email ?? entered.email ?? null,
      name: entered.name ?? null,
      phone: entered.phone ?? null,
      ...(entered.address ? { address: entered.address } : {}),
    },
  })
  const redisplay = session.hidden.redisplay ?? (entered.savesCard ? 'always' : 'limited')
  const method = world.store.put('payment_method', { ...made, ...{ allow_redisplay: redisplay } })
  const attached = customer === null ? method : attachTo(world, method.id, customer)
  if (entered.authenticated && card.threeDSecure) markSetUp(world, attached.id)
  return world.store.get<PaymentMethod>('payment_method', attached.id) ?? attached
}

import { findCustomer } from '../balance.ts'
import { cardOf } from '../cards.ts'
import { newCustomer } from '../customers.ts'
import { invalid, StripeError } from '../errors.ts'
import { change, emit } from '../events.ts'
import type { Invoice } from '../invoices/invoice.ts'
import { declineError, findIntent, finishAuthentication } from '../payment-intents.ts'
import { attachTo, createPaymentMethod, markSetUp, type PaymentMethod } from '../payment-methods.ts'
import { createSubscription } from '../subscriptions/create.ts'
import { findSubscription, type Subscription } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'
import { applyCode, askedOf } from './discounts.ts'
import { detailsOf, findSession, type Session, trialEndOf } from './session.ts'

/** What a person enters on the Checkout page. */
export type Entered = {
  card?: string
  expMonth?: number
  expYear?: number
  name?: string
  email?: string
  address?: Record<string, string>
  promotionCode?: string
  /** Whether the 3-D Secure step was passed; undefined while it has not been shown. */
  authenticated?: boolean
}

export type Paid = { status: 'complete'; session: Session } | { status: 'requires_action' }

/** Whether a card has to be entered: always, unless nothing is due today and the session asks only if required. */
export const needsCard = (session: Session): boolean =>
  session.payment_method_collection === 'always' || session.amount_total > 0

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

/** The session's customer, with what Checkout saves of the person's details, or a new one. */
function customerOf(world: World, session: Session, entered: Entered): string {
  const address = entered.address && { ...noAddress, ...entered.address }
  if (session.customer) {
    const customer = findCustomer(world, session.customer, 'customer')
    const { updates } = session.hidden
    const changes = {
      ...(!customer.email && entered.email ? { email: entered.email } : {}),
      ...(entered.name && updates.name ? { name: entered.name } : {}),
      ...(address && updates.address ? { address } : {}),
    }
    change(world, customer, changes, 'customer.updated')
    return customer.id
  }
  const email = session.customer_email ?? entered.email ?? null
  if (!email) {
    const message = 'An email address is needed to subscribe.'
    throw invalid(message, { param: 'email', code: 'parameter_missing' })
  }
  return newCustomer(world, { email, name: entered.name ?? null, ...(address ? { address } : {}) }).id
}

function methodOf(
  world: World,
  entered: Entered & { card: string },
  customer: string,
  session: Session,
): PaymentMethod {
  const card = cardOf(entered.card)
  const method = createPaymentMethod(world, card, {
    ...(entered.expMonth === undefined ? {} : { exp_month: entered.expMonth }),
    ...(entered.expYear === undefined ? {} : { exp_year: entered.expYear }),
    billing: {
      email: entered.email ?? session.customer_email,
      name: entered.name ?? null,
      ...(entered.address ? { address: entered.address } : {}),
    },
  })
  const attached = attachTo(world, method.id, customer)
  if (entered.authenticated && card.threeDSecure) markSetUp(world, attached.id)
  return world.store.get<PaymentMethod>('payment_method', attached.id) ?? attached
}

/** A payment that did not go through leaves the session open and nothing else behind. */
function refuse(world: World, subscription: Subscription): never {
  const invoice = world.store.get<Invoice>('invoice', subscription.latest_invoice ?? '')
  const { status, fields } = declineError(world, findIntent(world, invoice?.hidden.intent ?? ''))
  const { payment_intent: _, charge: __, ...shown } = fields
  throw new StripeError(status, shown)
}

function subscribe(
  world: World,
  session: Session,
  customer: string,
  method: PaymentMethod | undefined,
  entered: Entered,
): Subscription {
  const { lines, subscription: data, automaticTax } = session.hidden
  const made = createSubscription(world, {
    customer,
    items: lines.map(({ price, quantity }) => ({ price, quantity })),
    metadata: data.metadata,
    description: data.description,
    discounts: session.discounts.map(askedOf),
    trialEnd: trialEndOf(world, session),
    method: method?.id ?? null,
    missing: data.missing,
    automaticTax,
  })
  if (made.status !== 'incomplete') return made
  const invoice = world.store.get<Invoice>('invoice', made.latest_invoice ?? '')
  const intent = findIntent(world, invoice?.hidden.intent ?? '')
  if (intent.status === 'requires_action' && entered.authenticated)
    finishAuthentication(world, intent.id, true)
  const after = findSubscription(world, made.id)
  return after.status === 'incomplete' ? refuse(world, after) : after
}

const authenticationFailed = () =>
  new StripeError(402, {
    type: 'card_error',
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  })

/**
 * Completes a session as a person does on the page: makes the customer, the card and the subscription, and says
 * `checkout.session.completed`. A decline is a 402 in Stripe's form and changes nothing; a card that asks for 3-D
 * Secure answers `requires_action` until the step was passed. The caller commits or rolls back.
 */
export function paySession(world: World, id: string, entered: Entered): Paid {
  const found = findSession(world, id)
  if (found.status !== 'open')
    throw invalid(`This Checkout Session is ${found.status} and can no longer be paid.`)
  const session = entered.promotionCode ? applyCode(world, found, entered.promotionCode) : found
  const { card } = entered
  if (card === undefined && needsCard(session)) {
    throw invalid('A card is needed to complete this Checkout Session.', {
      param: 'card',
      code: 'parameter_missing',
    })
  }
  if (card !== undefined && cardOf(card).threeDSecure) {
    if (entered.authenticated === undefined) return { status: 'requires_action' }
    if (!entered.authenticated) throw authenticationFailed()
  }
  const customer = customerOf(world, session, entered)
  const method = card === undefined ? undefined : methodOf(world, { ...entered, card }, customer, session)
  const subscription = subscribe(world, session, customer, method, entered)
  world.clock.cancel(`session ${id}`)
  const about = findCustomer(world, customer)
  const details = detailsOf({
    ...about,
    name: about.name ?? entered.name ?? null,
    address: method?.billing_details.address ?? null,
  })
  const complete = world.store.put<Session>('checkout.session', {
    ...session,
    ...(session.hidden.automaticTax
      ? ({
          automatic_tax: {
            enabled: true,
            liability: { type: 'self' },
            provider: 'stripe',
            status: 'complete',
          },
        } as object)
      : {}),
    customer,
    customer_details: details,
    invoice: subscription.latest_invoice,
    payment_status: session.amount_total === 0 ? 'no_payment_required' : 'paid',
    status: 'complete',
    subscription: subscription.id,
    url: null,
  })
  emit(world, 'checkout.session.completed', complete)
  return { status: 'complete', session: complete }
}

/** Where the browser goes after success: the session's address with its id filled in. */
export const successAddress = (session: Session): string =>
  session.success_url
    .replaceAll('{CHECKOUT_SESSION_ID}', session.id)
    .replaceAll('%7BCHECKOUT_SESSION_ID%7D', session.id)

import { invalid, StripeError } from '../api/errors.ts'
import { findCustomer } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { cardOf } from '../payments/cards.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import { asksPerson } from '../payments/three-d-secure.ts'
import type { World } from '../world.ts'
import { withQuantities } from './adjust.ts'
import { charge } from './charge.ts'
import { withAnswers } from './collection.ts'
import { applyCode } from './discounts.ts'
import { customerOf, type Entered, emailOf, methodOf } from './person.ts'
import { save } from './save.ts'
import { savedCard } from './saved-cards.ts'
import { checkOpen, detailsOf, findSession, type Session } from './session.ts'
import { subscribe } from './subscribe.ts'
import { keepTaxId, taxIdOf } from './tax-id.ts'

export type Paid = { status: 'complete'; session: Session } | { status: 'requires_action' }

/** Whether a card has to be entered: always, unless nothing is due today and the session asks only if required. */
export const needsCard = (session: Session): boolean =>
  session.payment_method_collection === 'always' || (session.amount_total ?? 0) > 0

const authenticationFailed = () =>
  new StripeError(402, {
    type: 'card_error',
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  })

/** Whether the bank wants the person, who is there, to confirm this card. */
const asks = (session: Session, card: string, kept: PaymentMethod | undefined): boolean =>
  asksPerson(cardOf(card), {
    setUp: kept?.hidden.setUp ?? false,
    offSession: false,
    requested: session.payment_method_options.card.request_three_d_secure,
  })

type Buyer = { customer: string | null; method: PaymentMethod | undefined; entered: Entered }

/** Makes what the session is for, and answers the fields that name it. */
function make(world: World, session: Session, buyer: Buyer): Partial<Session> {
  const { customer, method } = buyer
  if (session.mode === 'setup') {
    if (method) save(world, session, { customer, method })
    return {}
  }
  if (session.mode === 'payment') return charge(world, session, buyer)
  const made = subscribe(world, session, { ...buyer, customer: customer ?? '' })
  return { invoice: made.latest_invoice, subscription: made.id }
}

function detailsAfter(world: World, session: Session, buyer: Buyer): Session['customer_details'] {
  const { entered } = buyer
  const taxId = taxIdOf(session, entered)
  const customer = buyer.customer === null ? null : findCustomer(world, buyer.customer)
  const { business_name, individual_name } = session.collected_information
  const email = customer?.email ?? emailOf(session, entered)
  if (session.mode === 'setup') return detailsOf({ email, tax_exempt: null })
  return detailsOf(
    {
      address: buyer.method?.billing_details.address ?? null,
      business_name,
      email,
      individual_name,
      name: customer?.name ?? entered.name ?? null,
      phone: session.phone_number_collection.enabled ? (entered.phone ?? null) : (customer?.phone ?? null),
      tax_exempt: customer?.tax_exempt ?? 'none',
    },
    taxId ? [taxId] : [],
  )
}

/** The session with what the person chose and answered on the page, before anything is paid. */
function chosen(world: World, found: Session, entered: Entered): Session {
  const adjusted = withQuantities(world, found, entered.quantities ?? {})
  const session = entered.promotionCode ? applyCode(world, adjusted, entered.promotionCode) : adjusted
  return withAnswers(session, entered)
}

/**
 * Completes a session as a person does on the page: makes the customer, the card and what the session is for, and says
 * `checkout.session.completed`. A decline is a 402 in Stripe's form and changes nothing; a card that asks for 3-D
 * Secure answers `requires_action` until the step was passed. The caller commits or rolls back.
 */
export function paySession(world: World, id: string, entered: Entered): Paid {
  const found = findSession(world, id)
  checkOpen(found, 'completed')
  const session = chosen(world, found, entered)
  const kept = entered.savedCard === undefined ? undefined : savedCard(world, session, entered.savedCard)
  const card = kept?.hidden.number ?? entered.card
  if (card === undefined && needsCard(session)) {
    throw invalid('A card is needed to complete this Checkout Session.', {
      param: 'card',
      code: 'parameter_missing',
    })
  }
  if (card !== undefined && asks(session, card, kept)) {
    if (entered.authenticated === undefined) return { status: 'requires_action' }
    if (!entered.authenticated) throw authenticationFailed()
  }
  const taxId = taxIdOf(session, entered)
  const customer = customerOf(world, session, entered)
  keepTaxId(world, customer, taxId)
  const owner = session.mode === 'subscription' ? customer : null
  const method =
    kept ?? (card === undefined ? undefined : methodOf(world, session, { ...entered, card }, owner))
  const buyer = { customer, method, entered }
  const made = make(world, session, buyer)
  world.clock.cancel(`session ${id}`)
  const taxed = session.automatic_tax.enabled
  const complete = world.store.put<Session>('checkout.session', {
    ...session,
    ...made,
    automatic_tax: { ...session.automatic_tax, ...(taxed ? { status: 'complete' } : {}) },
    customer,
    customer_details: detailsAfter(world, session, buyer),
    payment_status: session.amount_total ? (made.payment_status ?? 'paid') : 'no_payment_required',
    status: 'complete',
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

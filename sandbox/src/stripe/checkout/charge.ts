import { findRedeemable } from '../discounts/redeem.ts'
import { change } from '../events/events.ts'
import { confirmIntent } from '../payments/attempt.ts'
import { newIntent } from '../payments/payment-intents.ts'
import { attachTo, type PaymentMethod } from '../payments/payment-methods.ts'
import type { World } from '../world.ts'
import { refusePayment } from './decline.ts'
import { askedOf } from './discounts.ts'
import { invoiceOnce } from './invoice-once.ts'
import type { Entered } from './person.ts'
import type { Session } from './session.ts'

type Buyer = { customer: string | null; method: PaymentMethod | undefined; entered: Entered }

/** Counts the session's coupon and code as redeemed where no invoice does. */
function countRedemption(world: World, session: Session): void {
  const { customer, currency, amount_subtotal: subtotal } = session
  const purchase = { customer, currency: currency ?? 'usd', subtotal: subtotal ?? 0 }
  for (const [position, discount] of (session.discounts ?? []).entries()) {
    const { coupon, code } = findRedeemable(world, askedOf(discount), purchase, `discounts[${position}]`)
    change(world, coupon, { times_redeemed: coupon.times_redeemed + 1 }, null)
    if (code) change(world, code, { times_redeemed: code.times_redeemed + 1 }, null)
  }
}

function payNow(world: World, session: Session, buyer: { customer: string | null; method: PaymentMethod }) {
  const { payment } = session.hidden
  const intent = newIntent(world, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: buyer.customer,
    capture_method: payment.captureMethod,
    description: payment.description,
    metadata: payment.metadata,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        ...session.payment_method_options.card,
      },
    },
    receipt_email: payment.receiptEmail,
    setup_future_usage: payment.futureUsage,
    statement_descriptor_suffix: payment.descriptorSuffix,
  })
  const after = confirmIntent(world, intent, buyer.method, { authenticated: true })
  return after.status === 'requires_payment_method' ? refusePayment(world, after) : after
}

/** Takes the payment that a session asks for once; a 402 where the card does not pay. */
export function charge(world: World, session: Session, buyer: Buyer): Partial<Session> {
  const { customer, method, entered } = buyer
  const offers = session.saved_payment_method_options?.payment_method_save === 'enabled'
  const keeps = session.hidden.payment.futureUsage !== null || (offers && entered.savesCard === true)
  if (customer !== null && method && keeps) attachTo(world, method.id, customer)
  if (customer !== null && session.invoice_creation?.enabled)
    return invoiceOnce(world, session, { customer, method })
  countRedemption(world, session)
  if (!session.amount_total || !method) return {}
  const paid = payNow(world, session, { customer, method })
  return { payment_intent: paid.id, payment_status: paid.status === 'requires_capture' ? 'unpaid' : 'paid' }
}

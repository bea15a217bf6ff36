import { redeem } from '../discounts/redeem.ts'
import { blankInvoice } from '../invoices/blank.ts'
import { collect, finalize } from '../invoices/collect.ts'
import { announceDraft, findInvoice } from '../invoices/invoice.ts'
import { priceItem } from '../invoices/item-pricing.ts'
import { createItem, putOnInvoice } from '../invoices/items.ts'
import { finishAuthentication } from '../payments/attempt.ts'
import { findIntent } from '../payments/payment-intents.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import type { World } from '../world.ts'
import { refusePayment } from './decline.ts'
import { askedOf } from './discounts.ts'
import type { Session } from './session.ts'

/** Takes a one-time payment by an invoice of its own, where the session asks for one; a 402 where the card does not pay. */
export function invoiceOnce(
  world: World,
  session: Session,
  buyer: { customer: string; method: PaymentMethod | undefined },
): Partial<Session> {
  const { customer, method } = buyer
  const currency = session.currency ?? 'usd'
  const data = session.invoice_creation?.invoice_data
  const blank = blankInvoice(world, {
    customer,
    currency,
    reason: 'manual',
    autoAdvance: false,
    description: data?.description ?? null,
    metadata: data?.metadata ?? {},
  })
  for (const { price, quantity, taxRates } of session.hidden.lines) {
    const priced = priceItem(
      world,
      { pricing: { price }, quantity: quantity ?? 1, ...(taxRates.length ? { tax_rates: taxRates } : {}) },
      { currency, isKept: true },
    )
    putOnInvoice(world, createItem(world, { ...priced, customer, invoice: blank.id }), blank.id)
  }
  const discounts = redeem(world, (session.discounts ?? []).map(askedOf), {
    customer,
    currency,
    subtotal: session.amount_subtotal ?? 0,
    invoice: blank.id,
  })
  const draft = {
    ...blank,
    custom_fields: data?.custom_fields ?? blank.custom_fields,
    discounts,
    footer: data?.footer ?? blank.footer,
  }
  const tried = collect(world, finalize(world, announceDraft(world, draft)), method)
  const intent = tried.hidden.intent
  const waits = intent !== null && findIntent(world, intent).status === 'requires_action'
  if (waits) finishAuthentication(world, intent, true)
  if (intent !== null && findInvoice(world, tried.id).status !== 'paid')
    refusePayment(world, findIntent(world, intent))
  return { invoice: tried.id, payment_intent: intent }
}

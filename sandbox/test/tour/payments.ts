import { expect } from 'vitest'
import { back, pay } from '../pay.ts'
import type { Started } from '../start.ts'

async function tourCustomers({ stripe }: Started) {
  const { id } = await stripe.customers.create({ email: 'payments@example.com', balance: -300, name: 'Tour' })
  await stripe.customers.update(id, { phone: '+14155550100', metadata: { account: 'payments' } })
  await stripe.customers.retrieve(id, { expand: ['tax', 'tax_ids', 'sources', 'subscriptions'] })
  await stripe.customers.list({ email: 'payments@example.com' })
  await stripe.customers.search({ query: "metadata['account']:'payments'" })
  const moved = await stripe.customers.createBalanceTransaction(id, { amount: 100, currency: 'usd' })
  await stripe.customers.retrieveBalanceTransaction(id, moved.id, { expand: ['customer'] })
  await stripe.customers.updateBalanceTransaction(id, moved.id, { description: 'back' })
  await stripe.customers.listBalanceTransactions(id)
  const taxId = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' })
  await stripe.customers.retrieveTaxId(id, taxId.id)
  await stripe.customers.listTaxIds(id)
  await stripe.customers.deleteTaxId(id, taxId.id)
  const own = await stripe.taxIds.create({ type: 'us_ein', value: '12-3456789' })
  await stripe.taxIds.retrieve(own.id)
  await stripe.taxIds.list()
  await stripe.taxIds.del(own.id)
  const gone = await stripe.customers.create({})
  expect((await stripe.customers.del(gone.id)).deleted).toBe(true)
  return id
}

async function tourMethods({ stripe }: Started, customer: string) {
  const card = await stripe.paymentMethods.create({
    type: 'card',
    card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' },
    billing_details: { name: 'Ann', address: { line1: '1 Main', postal_code: '12345' } },
  })
  await stripe.paymentMethods.attach(card.id, { customer })
  await stripe.paymentMethods.update(card.id, { metadata: { a: 'b' }, card: { exp_year: 2035 } })
  await stripe.paymentMethods.retrieve(card.id, { expand: ['customer'] })
  await stripe.paymentMethods.list({ customer })
  await stripe.customers.listPaymentMethods(customer)
  await stripe.customers.retrievePaymentMethod(customer, card.id)
  const spare = await stripe.paymentMethods.attach('pm_card_mastercard', { customer })
  await stripe.paymentMethods.detach(spare.id)
  return card.id
}

async function tourIntents({ stripe, control }: Started, customer: string) {
  const open = await stripe.paymentIntents.create({ amount: 1500, currency: 'usd', customer })
  await stripe.paymentIntents.update(open.id, { description: 'tour', payment_method: 'pm_card_visa' })
  await stripe.paymentIntents.confirm(open.id, { return_url: back })
  await stripe.paymentIntents.retrieve(open.id, { expand: ['latest_charge.refunds', 'payment_method'] })
  await stripe.paymentIntents.list({ customer })
  await stripe.paymentIntents.search({ query: "status:'succeeded'" })
  const held = await pay(stripe, 'pm_card_visa', { capture_method: 'manual' })
  await stripe.paymentIntents.capture(held.id, { amount_to_capture: 600 })
  const waiting = await pay(stripe, 'pm_card_authenticationRequired')
  await control(`payment_intents/${waiting.id}/authenticate`, { outcome: 'pass' })
  const { id } = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
  await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' })
  const declined = pay(stripe, 'pm_card_chargeDeclined')
  await expect(declined).rejects.toMatchObject({ code: 'card_declined' })
}

async function tourCharges({ stripe, advance }: Started) {
  const paid = await pay(stripe, 'pm_card_pendingRefund')
  const charge = String(paid.latest_charge)
  await advance({ seconds: 5 })
  await stripe.charges.update(charge, { description: 'tour', metadata: { c: 'd' } })
  const shown = await stripe.charges.retrieve(charge, { expand: ['balance_transaction', 'customer'] })
  await stripe.charges.list({ payment_intent: paid.id })
  await stripe.charges.search({ query: "status:'succeeded'" })
  const refund = await stripe.refunds.create({ charge, amount: 300 })
  await stripe.refunds.update(refund.id, { metadata: { k: 'v' } })
  await stripe.refunds.cancel(refund.id)
  await stripe.refunds.create({ charge, reason: 'requested_by_customer' })
  await advance({ seconds: 60 })
  await stripe.refunds.retrieve(refund.id, { expand: ['charge'] })
  await stripe.refunds.list({ charge })
  const { balance_transaction: transaction } = shown
  await stripe.balanceTransactions.retrieve(Object(transaction).id, { expand: ['source'] })
  await stripe.balanceTransactions.list({ source: charge })
  await stripe.balance.retrieve()
}

async function tourDisputes({ stripe, advance }: Started) {
  const ids = await Promise.all(
    ['pm_card_createDispute', 'pm_card_createDisputeInquiry'].map(async (card) => {
      const intent = await pay(stripe, card)
      return String((await stripe.disputes.list({ payment_intent: intent.id })).data[0]?.id)
    }),
  )
  const [first = '', second = ''] = ids
  const suspect = await pay(stripe, 'pm_card_createIssuerFraudRecord')
  const { data } = await stripe.radar.earlyFraudWarnings.list({ payment_intent: suspect.id })
  await stripe.radar.earlyFraudWarnings.retrieve(String(data[0]?.id), { expand: ['charge'] })
  await stripe.disputes.update(first, { evidence: { uncategorized_text: 'winning_evidence' } })
  await advance({ seconds: 5 })
  await stripe.disputes.retrieve(first, { expand: ['charge', 'payment_intent'] })
  expect((await stripe.disputes.close(second)).status).toBe('warning_closed')
}

async function tourSetups({ stripe, control }: Started, customer: string) {
  const intent = await stripe.setupIntents.create({ customer })
  await stripe.setupIntents.update(intent.id, { payment_method: 'pm_card_authenticationRequiredOnSetup' })
  await stripe.setupIntents.confirm(intent.id, { return_url: back })
  await control(`setup_intents/${intent.id}/authenticate`, { outcome: 'pass' })
  await stripe.setupIntents.retrieve(intent.id, { expand: ['latest_attempt', 'payment_method'] })
  await stripe.setupIntents.list({ customer })
  await stripe.setupAttempts.list({ setup_intent: intent.id })
  const other = await stripe.setupIntents.create({})
  await stripe.setupIntents.cancel(other.id)
}

/** Calls every operation of customers, payment methods, payments, refunds, disputes and setups. */
export async function tourPayments(world: Started): Promise<void> {
  const customer = await tourCustomers(world)
  await tourMethods(world, customer)
  await tourIntents(world, customer)
  await tourCharges(world)
  await tourDisputes(world)
  await tourSetups(world, customer)
}

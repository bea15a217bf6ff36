import { invalid, missing } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { changeBalance } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { markPaid } from '../invoices/collect.ts'
import { askForTheRest } from '../invoices/credit.ts'
import { changeInvoice, findInvoice, type Invoice } from '../invoices/invoice.ts'
import { paymentsOf } from '../invoices/payments.ts'
import { pretaxCredits, summedTaxes, sumTaxes } from '../invoices/totals.ts'
import { findCharge } from '../payments/charges.ts'
import { findIntent } from '../payments/payment-intents.ts'
import type { Refund } from '../payments/refund.ts'
import { refund } from '../payments/refunds.ts'
import { longId, type World } from '../world.ts'
import { type CreditLine, type CreditNote, issuedFor, nextNumber } from './credit-note.ts'
import { creditLines } from './lines.ts'
import type { Given } from './parameters.ts'

function totalsOf(lines: CreditLine[]) {
  const sums = new Map<string, number>()
  for (const { amount, discount } of lines.flatMap((line) => line.discount_amounts))
    sums.set(discount, (sums.get(discount) ?? 0) + amount)
  const discounts = [...sums].map(([discount, amount]) => ({ amount, discount }))
  const taxes = summedTaxes(lines.flatMap((line) => line.taxes))
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0)
  const discounted = discounts.reduce((sum, { amount }) => sum + amount, 0)
  const total = subtotal - discounted + sumTaxes(taxes, 'exclusive')
  return {
    amount: total,
    discount_amount: discounted,
    discount_amounts: discounts,
    pretax_credit_amounts: pretaxCredits(discounts),
    subtotal,
    subtotal_excluding_tax: subtotal - sumTaxes(taxes, 'inclusive'),
    total,
    total_excluding_tax: total - sumTaxes(taxes),
    total_taxes: taxes,
  }
}

/** The refunds of an invoice's charges. */
function refundsOf(world: World, invoice: string): Refund[] {
  return paymentsOf(world, invoice)
    .filter(({ status }) => status === 'paid')
    .flatMap(({ payment }) => world.store.by<Refund>('refund', 'payment_intent', payment.payment_intent))
    .filter(({ status }) => status === 'succeeded' || status === 'pending')
}

/** How much of a refund credit notes have taken for themselves. */
const linkedOf = (world: World, invoice: string, id: string): number =>
  issuedFor(world, invoice)
    .flatMap(({ refunds }) => refunds)
    .filter((one) => one.refund === id)
    .reduce((sum, { amount_refunded: amount }) => sum + amount, 0)

/** What can still be credited: the total without earlier notes, and without refunds that no note speaks of. */
function creditable(world: World, invoice: Invoice, given: Given): number {
  const noted = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount
  const linking = new Set(given.refunds?.map((one) => one.refund))
  const elsewhere = refundsOf(world, invoice.id)
    .filter(({ id }) => !linking.has(id))
    .reduce((sum, { id, amount }) => sum + amount - linkedOf(world, invoice.id, id), 0)
  return invoice.total - noted - elsewhere
}

function linked(world: World, invoice: Invoice, given: Given): CreditNote['refunds'] {
  const own = refundsOf(world, invoice.id)
  return (given.refunds ?? []).map(({ refund: id, amount_refunded: asked }, position) => {
    const param = `refunds[${position}]`
    const found = own.find((one) => one.id === id)
    if (!found) throw missing('refund', id, `${param}[refund]`)
    const left = found.amount - linkedOf(world, invoice.id, id)
    const amount = asked ?? left
    if (amount < 1 || amount > left)
      throw invalid(`Only ${left} of the refund ${id} can be linked to a credit note.`, {
        param: asked === undefined ? `${param}[refund]` : `${param}[amount_refunded]`,
      })
    return { amount_refunded: amount, payment_record_refund: null, refund: id, type: 'refund' }
  })
}

/** Gives back an amount of what was paid for an invoice, from its payments in their order. */
function refundPaid(world: World, invoice: Invoice, amount: number): CreditNote['refunds'] {
  const made: CreditNote['refunds'] = []
  let left = amount
  for (const { payment, status } of paymentsOf(world, invoice.id)) {
    if (left === 0 || status !== 'paid') continue
    const charge = findCharge(world, findIntent(world, payment.payment_intent).latest_charge ?? '')
    const part = Math.min(left, charge.amount - charge.amount_refunded)
    if (part === 0) continue
    const { id } = refund(world, charge, { amount: part })
    made.push({ amount_refunded: part, payment_record_refund: null, refund: id, type: 'refund' })
    left -= part
  }
  if (left === 0) return made
  throw invalid(
    `The refund_amount is ${left} more than what was charged for this invoice and not given back.`,
    {
      param: 'refund_amount',
    },
  )
}

/** Refuses what does not add up: beyond the invoice, or another sum than what was paid and is given back. */
function checkAmounts(
  world: World,
  invoice: Invoice,
  about: { given: Given; total: number; post: number; refunds: CreditNote['refunds'] },
): void {
  const { given, total, post, refunds } = about
  if (total < 1) throw invalid('The amount of a credit note must be positive.', { param: 'amount' })
  const most = creditable(world, invoice, given)
  if (total > most) {
    throw invalid(
      `The credit note's total (${total}) is more than what can still be credited of this invoice (${most}).`,
      { param: given.lines ? 'lines' : 'amount' },
    )
  }
  const named =
    (given.refund_amount ?? 0) +
    (given.credit_amount ?? 0) +
    (given.out_of_band_amount ?? 0) +
    refunds.reduce((sum, { amount_refunded: amount }) => sum + amount, 0)
  if (named === post) return
  throw invalid(
    `The sum of refunds, credit_amount and out_of_band_amount (${named}) must equal the credit note's post-payment amount (${post}).`,
    { param: given.refund_amount === undefined ? 'credit_amount' : 'refund_amount' },
  )
}

/** What a credit note does to its invoice: less is due of an open one, which may be paid by that. */
function applyTo(world: World, invoice: Invoice, pre: number, post: number): void {
  const after = changeInvoice(world, findInvoice(world, invoice.id), {
    amount_due: invoice.amount_due - pre,
    amount_remaining: invoice.amount_remaining - pre,
    post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + post,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + pre,
  })
  if (pre === 0) return
  askForTheRest(world, after)
  if (after.amount_remaining === 0) markPaid(world, after.id, after.amount_paid)
}

/**
 * Issues a credit note for a finalised invoice. It first lowers what remains to be paid; what is more than that was
 * paid already and goes back by refunds, as the customer's credit or outside of Stripe (docs.stripe.com/api/credit_notes).
 * A preview moves no money and makes no refund.
 */
export function issue(world: World, given: Given, preview = false): CreditNote {
  const invoice = findInvoice(world, given.invoice, 'invoice')
  if (invoice.status !== 'open' && invoice.status !== 'paid' && invoice.status !== 'uncollectible') {
    throw invalid(
      `Credit notes can only be issued for open, paid or uncollectible invoices; ${invoice.id} is ${invoice.status}.`,
      { param: 'invoice' },
    )
  }
  const lines = creditLines(world, invoice, given)
  const totals = totalsOf(lines)
  if (given.amount !== undefined && given.amount !== totals.total)
    throw invalid(`The amount (${given.amount}) does not match the lines' total (${totals.total}).`, {
      param: 'amount',
    })
  const pre = Math.min(totals.total, invoice.amount_remaining)
  const post = totals.total - pre
  const refunds = linked(world, invoice, given)
  checkAmounts(world, invoice, { given, total: totals.total, post, refunds })
  const now = world.clock.now()
  const id = longId('cn_')
  const { refund_amount: back = 0, credit_amount: credit = 0 } = given
  const about = { invoice: invoice.id, creditNote: id, currency: invoice.currency }
  const made = back > 0 && !preview ? refundPaid(world, invoice, back) : []
  const transaction =
    credit > 0 && !preview ? changeBalance(world, invoice.customer, -credit, 'credit_note', about) : null
  const note = world.store.put<CreditNote>('credit_note', {
    id,
    object: 'credit_note',
    ...totals,
    ...{ amount_shipping: 0 },
    created: now,
    currency: invoice.currency,
    customer: invoice.customer,
    ...{ customer_account: null },
    customer_balance_transaction: transaction?.id ?? null,
    effective_at: given.effective_at ?? now,
    invoice: invoice.id,
    ...{ livemode: false },
    memo: given.memo ?? null,
    metadata: mergeMetadata({}, given.metadata),
    number: nextNumber(world, invoice.id),
    out_of_band_amount: given.out_of_band_amount ?? null,
    ...{ pdf: `${world.address()}/credit_notes/${id}/pdf` },
    post_payment_amount: post,
    pre_payment_amount: pre,
    reason: given.reason ?? null,
    refunds: [...refunds, ...made],
    ...{ shipping_cost: null },
    status: 'issued',
    type: post === 0 ? 'pre_payment' : pre === 0 ? 'post_payment' : 'mixed',
    voided_at: null,
    hidden: { lines },
  })
  emit(world, 'credit_note.created', note)
  applyTo(world, invoice, pre, post)
  return note
}

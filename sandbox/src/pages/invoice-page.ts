import type { Reply } from '../server.ts'
import { StripeError } from '../stripe/api/errors.ts'
import { collect } from '../stripe/invoices/collect.ts'
import { findInvoice, type Invoice } from '../stripe/invoices/invoice.ts'
import { linesOf } from '../stripe/invoices/lines.ts'
import { summaryOf } from '../stripe/invoices/summary.ts'
import { writtenAmount } from '../stripe/money/money.ts'
import { declineError, finishAuthentication } from '../stripe/payments/attempt.ts'
import { cardOf } from '../stripe/payments/cards.ts'
import { findIntent } from '../stripe/payments/payment-intents.ts'
import { attachTo, createPaymentMethod } from '../stripe/payments/payment-methods.ts'
import { findSetupIntent, finishSetup } from '../stripe/payments/setup-intents.ts'
import { returnAddress } from '../stripe/payments/three-d-secure.ts'
import type { World } from '../stripe/world.ts'
import { cardFields, cardScript, readCard } from './card-fields.ts'
import { alert, challenge, escapeHtml, notice, page, redirect, writtenDate } from './layout.ts'

const words: Record<string, string> = {
  open: 'Open',
  paid: 'Paid',
  void: 'Void',
  uncollectible: 'Uncollectible',
  draft: 'Draft',
}

function show(world: World, invoice: Invoice, given = new URLSearchParams(), error?: string): Reply {
  const money = (amount: number) => escapeHtml(writtenAmount(amount, invoice.currency))
  const rowOf = (words: string, amount: number) =>
    `<li><span>${escapeHtml(words)}</span><span>${money(amount)}</span></li>`
  const { before, after } = summaryOf(world, invoice)
  const lines = linesOf(world, invoice.id).map((line) => rowOf(line.description ?? '', line.amount))
  const rows = [...lines, ...before.map(({ words: name, amount }) => rowOf(name, amount))]
  const settled = after.map(({ words: name, amount }) => rowOf(name, amount))
  if (settled.length) settled.push(rowOf('Amount due', invoice.amount_remaining))
  const body = `<section><span class="tag">Test mode · sandbox</span><h1>Invoice ${escapeHtml(invoice.number ?? '')}</h1>
<p class="amount">${money(invoice.amount_due)}</p>
<p class="soft">${escapeHtml(words[invoice.status] ?? invoice.status)} · ${writtenDate(invoice.created)}</p>
<ul class="lines">${rows.join('\n')}<li class="total"><span>Total</span><span>${money(invoice.total)}</span></li>${settled.join('\n')}</ul>
<p><a href="/i/${invoice.id}/pdf">Download as PDF</a></p></section>`
  const pay =
    invoice.status === 'open'
      ? `<section class="panel"><h2>Pay this invoice</h2>${alert(error)}<form method="post">${cardFields(given)}
<button class="main" type="submit">Pay ${money(invoice.amount_remaining)} now</button></form></section>`
      : ''
  return page({
    title: `Invoice ${invoice.number ?? ''}`,
    columns: pay ? 'two' : 'one',
    body: body + pay,
    script: pay ? cardScript : '',
  })
}

function pay(world: World, invoice: Invoice, given: URLSearchParams): Reply {
  try {
    const entered = readCard(given)
    const method = createPaymentMethod(world, cardOf(entered.card), {
      exp_month: entered.expMonth,
      exp_year: entered.expYear,
      billing: { name: entered.name },
    })
    const after = collect(world, invoice, attachTo(world, method.id, invoice.customer))
    if (after.status === 'paid') return redirect(`/i/${invoice.id}`)
    const intent = findIntent(world, after.hidden.intent ?? '')
    return intent.status === 'requires_action'
      ? redirect(`/authenticate/${intent.id}`)
      : show(world, after, given, declineError(world, intent).message)
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    world.store.rollback()
    return show(world, invoice, given, error.message)
  }
}

/** The hosted page of an invoice, where an open one can be paid with another card. */
export function invoicePage(world: World, id: string, given: URLSearchParams | null): Reply {
  const invoice = findInvoice(world, id)
  return given && invoice.status === 'open' ? pay(world, invoice, given) : show(world, invoice)
}

/** Where the person comes from and goes back to, if the payment has said so. */
const returnUrlOf = ({ next_action: next }: { next_action: object | null }): string | null =>
  (next as { redirect_to_url?: { return_url: string | null } } | null)?.redirect_to_url?.return_url ?? null

/** The 3-D Secure step of a payment or setup that waits for the person. */
export function authenticationPage(world: World, id: string, given: URLSearchParams | null): Reply {
  const setup = id.startsWith('seti_')
  if (given) {
    const passed = given.get('authenticated') === 'yes'
    const back = returnUrlOf(setup ? findSetupIntent(world, id) : findIntent(world, id))
    const after = setup ? finishSetup(world, id, passed) : finishAuthentication(world, id, passed)
    if (back) return redirect(returnAddress(back, setup ? 'setup_intent' : 'payment_intent', after))
    return notice(
      passed ? 'Confirmed' : 'Not confirmed',
      passed
        ? 'Your bank has confirmed. You can close this page.'
        : 'Your bank did not confirm. Nothing was charged.',
    )
  }
  const intent = setup ? undefined : findIntent(world, id)
  if (intent && intent.status !== 'requires_action')
    return notice('Nothing to confirm', 'This payment does not wait for your bank.')
  return challenge(intent ? `this payment of ${writtenAmount(intent.amount, intent.currency)}` : 'this card')
}

import type { Reply } from '../server.ts'
import { writtenAmount } from '../stripe/money/money.ts'
import { findCharge } from '../stripe/payments/charges.ts'
import type { PaymentMethod } from '../stripe/payments/payment-methods.ts'
import type { World } from '../stripe/world.ts'
import { escapeHtml, notice, page, writtenDate } from './layout.ts'

const row = (name: string, value: string) =>
  `<li><span>${escapeHtml(name)}</span><span>${escapeHtml(value)}</span></li>`

/** The receipt of a charge that was paid, with what of it was given back. */
export function receiptPage(world: World, id: string): Reply {
  const charge = findCharge(world, id)
  if (charge.status !== 'succeeded')
    return { ...notice('No receipt', 'This payment did not succeed.'), status: 404 }
  const card = world.store.get<PaymentMethod>('payment_method', charge.payment_method ?? '')?.card
  const rows = [
    row('Amount paid', writtenAmount(charge.amount, charge.currency)),
    ...(charge.amount_refunded > 0
      ? [row('Refunded', writtenAmount(charge.amount_refunded, charge.currency))]
      : []),
    row('Date paid', writtenDate(charge.created)),
    ...(card ? [row('Card', `${card.brand} ending in ${card.last4}`)] : []),
  ]
  return page({
    title: 'Receipt',
    body: `<section><span class="tag">Test mode · sandbox</span><h1>Receipt</h1>
<p class="amount">${escapeHtml(writtenAmount(charge.amount, charge.currency))}</p>
<ul class="lines">${rows.join('\n')}</ul></section>`,
  })
}

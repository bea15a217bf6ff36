import { findPrice } from '../stripe/catalog/prices.ts'
import { findProduct } from '../stripe/catalog/products.ts'
import { findPromotionCode } from '../stripe/catalog/promotion-codes.ts'
import { boundsOf } from '../stripe/checkout/adjust.ts'
import { amountOf } from '../stripe/checkout/lines.ts'
import { type Session, type SessionLine, trialEndOf } from '../stripe/checkout/session.ts'
import { writtenAmount } from '../stripe/money/money.ts'
import type { World } from '../stripe/world.ts'
import { escapeHtml, writtenDate } from './layout.ts'

/** The session's amounts in words; sessions that save a card have none. */
export const sessionAmount = (session: Session, minorUnits: number | null): string =>
  writtenAmount(minorUnits ?? 0, session.currency ?? 'usd')

/** `per month`, `every 3 months`. */
export const every = ({ interval, interval_count: count }: { interval: string; interval_count: number }) =>
  count === 1 ? `per ${interval}` : `every ${count} ${interval}s`

/** `SPRING: 20% off for 3 months`, and what it takes off today. */
function discountRow(world: World, session: Session): string {
  const [discount] = session.discounts ?? []
  const [coupon] = session.hidden.coupons
  if (!discount || !coupon) return ''
  const code = discount.promotion_code && findPromotionCode(world, discount.promotion_code).code
  const months = coupon.duration_in_months
  const once = session.mode === 'subscription' && coupon.duration === 'once' ? ' once' : ''
  const time = months === null ? once : ` for ${months} month${months === 1 ? '' : 's'}`
  const off =
    coupon.percent_off === null
      ? writtenAmount(coupon.amount_off ?? 0, coupon.currency ?? session.currency ?? 'usd')
      : `${coupon.percent_off}%`
  const name = `${code ?? coupon.name ?? coupon.id}: ${off} off${time}`
  const amount = sessionAmount(session, -(session.total_details?.amount_discount ?? 0))
  return `<li><span>${escapeHtml(name)}</span><span>${escapeHtml(amount)}</span></li>\n`
}

function taxRow(session: Session): string {
  const tax = session.total_details?.amount_tax
  return tax ? `<li><span>Tax</span><span>${escapeHtml(sessionAmount(session, tax))}</span></li>\n` : ''
}

/** What a line's quantity is chosen with, where the person may: a field of the form beside. */
function quantityField(line: SessionLine, name: string): string {
  const bounds = boundsOf(line)
  if (!bounds) return ''
  const id = `quantity-${line.id}`
  return `<span class="quantity"><label for="${id}">Quantity<span class="hidden"> of ${escapeHtml(name)}</span></label>
<input id="${id}" name="quantity[${line.id}]" form="checkout" type="number" inputmode="numeric" required data-enter min="${bounds.minimum}" max="${bounds.maximum}" value="${line.quantity ?? 1}">
<button form="checkout" name="apply" value="quantity" formnovalidate>Update</button></span>`
}

function row(world: World, session: Session, line: SessionLine): string {
  const price = findPrice(world, line.price)
  const { name, description } = findProduct(world, price.product)
  const shown = line.quantity === null || line.quantity === 1 ? name : `${line.quantity} × ${name}`
  const notes = [
    description,
    price.recurring && every(price.recurring),
    line.quantity === null && 'Billed by use',
  ]
    .flatMap((note) => (note ? [`<small class="soft">${escapeHtml(note)}</small>`] : []))
    .join('<br>')
  return `<li><span>${escapeHtml(shown)}${notes && `<br>${notes}`}${quantityField(line, name)}</span>
<span>${escapeHtml(sessionAmount(session, amountOf(world, line, session.currency)))}</span></li>`
}

/** What recurs, by how often: `$40.00 per month and $100.00 per year`. */
function recurringAmounts(world: World, session: Session): string {
  const sums = new Map<string, number>()
  for (const line of session.hidden.lines) {
    const { recurring } = findPrice(world, line.price)
    if (recurring)
      sums.set(every(recurring), (sums.get(every(recurring)) ?? 0) + amountOf(world, line, session.currency))
  }
  return [...sums].map(([often, sum]) => `${sessionAmount(session, sum)} ${often}`).join(' and ')
}

function termsOf(world: World, session: Session): string {
  if (session.mode === 'payment') return ''
  const regular = recurringAmounts(world, session)
  const trialEnd = trialEndOf(world, session)
  return trialEnd === null
    ? `${regular}, until cancelled.`
    : `Free until ${writtenDate(trialEnd)}, then ${regular} until cancelled.`
}

const backLink = ({ cancel_url: url }: Session): string =>
  url ? `<p><a href="${escapeHtml(url)}">Cancel and go back</a></p>` : ''

const tag = '<span class="tag">Test mode · sandbox</span>'

function setupSummary(session: Session): string {
  return `<section aria-labelledby="what">${tag}
<h1 id="what">Save a card</h1>
<p class="soft">Nothing is charged now. The card is kept for later payments.</p>
${backLink(session)}</section>`
}

/** The left side of the page: what is bought, for how much, and when more is due. */
export function summary(world: World, session: Session): string {
  if (session.mode === 'setup') return setupSummary(session)
  const { lines } = session.hidden
  const first = lines[0] && findProduct(world, findPrice(world, lines[0].price).product).name
  const title = session.mode === 'subscription' ? `Subscribe to ${first}` : `Pay for ${first}`
  const more = lines.length > 1 ? ` and ${lines.length - 1} more` : ''
  const free =
    trialEndOf(world, session) !== null && session.hidden.amounts.every(({ amount }) => amount === 0)
  const terms = termsOf(world, session)
  return `<section aria-labelledby="what">${tag}
<h1 id="what">${escapeHtml(title + more)}</h1>
<p class="amount">${free ? 'Free trial' : escapeHtml(sessionAmount(session, session.amount_total))}</p>
${terms && `<p class="soft">${escapeHtml(terms)}</p>`}
<ul class="lines">${lines.map((line) => row(world, session, line)).join('\n')}
${discountRow(world, session)}${taxRow(session)}<li class="total"><span>Due today</span><span>${escapeHtml(sessionAmount(session, session.amount_total))}</span></li></ul>
${backLink(session)}</section>`
}

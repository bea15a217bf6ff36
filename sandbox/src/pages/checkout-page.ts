import type { Reply } from '../server.ts'
import { applyCode } from '../stripe/checkout/discounts.ts'
import { type Entered, needsCard, paySession, successAddress } from '../stripe/checkout/pay.ts'
import { findSession, type Session, trialEndOf } from '../stripe/checkout/session.ts'
import { StripeError } from '../stripe/errors.ts'
import { lineAmount, writtenAmount } from '../stripe/money.ts'
import { findPrice } from '../stripe/prices.ts'
import { findProduct } from '../stripe/products.ts'
import { findPromotionCode } from '../stripe/promotion-codes.ts'
import type { World } from '../stripe/world.ts'
import { cardFields, cardScript, readCard } from './card-fields.ts'
import { alert, escapeHtml, notice, page, redirect, writtenDate } from './layout.ts'

const every = ({ interval, interval_count: count }: { interval: string; interval_count: number }) =>
  count === 1 ? `per ${interval}` : `every ${count} ${interval}s`

/** The discount in words and what it takes off today: `SPRING: 20% off for 3 months`. */
function discountRow(world: World, session: Session): string {
  const [discount] = session.discounts
  const [coupon] = session.hidden.coupons
  if (!discount || !coupon) return ''
  const code = discount.promotion_code && findPromotionCode(world, discount.promotion_code).code
  const months = coupon.duration_in_months
  const time =
    months === null
      ? coupon.duration === 'once'
        ? ' once'
        : ''
      : ` for ${months} month${months === 1 ? '' : 's'}`
  const off =
    coupon.percent_off === null
      ? writtenAmount(coupon.amount_off ?? 0, coupon.currency ?? session.currency)
      : `${coupon.percent_off}%`
  const name = `${code ?? coupon.name ?? coupon.id}: ${off} off${time}`
  const amount = writtenAmount(-session.total_details.amount_discount, session.currency)
  return `<li><span>${escapeHtml(name)}</span><span>${escapeHtml(amount)}</span></li>\n`
}

function summary(world: World, session: Session): string {
  const lines = session.hidden.lines.map(({ price: id, quantity }) => {
    const price = findPrice(world, id)
    const amount = writtenAmount(lineAmount(price.unit_amount_decimal, quantity), price.currency)
    const name = findProduct(world, price.product).name
    const shown = quantity === 1 ? name : `${quantity} × ${name}`
    return { name: shown, amount, every: price.recurring ? every(price.recurring) : '' }
  })
  const trialEnd = trialEndOf(world, session)
  const [first] = lines
  const whole = session.hidden.lines.reduce(
    (sum, line) => sum + lineAmount(findPrice(world, line.price).unit_amount_decimal, line.quantity),
    0,
  )
  const regular = `${writtenAmount(whole, session.currency)} ${first?.every ?? ''}`
  const terms =
    trialEnd === null
      ? `${regular}, until cancelled.`
      : `Free until ${writtenDate(trialEnd)}, then ${regular} until cancelled.`
  const rows = lines.map(
    (line) =>
      `<li><span>${escapeHtml(line.name)}<br><small class="soft">${escapeHtml(line.every)}</small></span><span>${escapeHtml(line.amount)}</span></li>`,
  )
  return `<section aria-labelledby="what"><span class="tag">Test mode · sandbox</span>
<h1 id="what">Subscribe to ${escapeHtml(first?.name ?? 'this plan')}</h1>
<p class="amount">${escapeHtml(trialEnd === null ? writtenAmount(session.amount_total, session.currency) : 'Free trial')}</p>
<p class="soft">${escapeHtml(terms)}</p>
<ul class="lines">${rows.join('\n')}
${discountRow(world, session)}<li class="total"><span>Due today</span><span>${escapeHtml(writtenAmount(session.amount_total, session.currency))}</span></li></ul>
${session.cancel_url ? `<p><a href="${escapeHtml(session.cancel_url)}">Cancel and go back</a></p>` : ''}
</section>`
}

const countries = {
  US: 'United States',
  CA: 'Canada',
  GB: 'United Kingdom',
  DE: 'Germany',
  FR: 'France',
  ES: 'Spain',
  IT: 'Italy',
  NL: 'Netherlands',
  AU: 'Australia',
  IN: 'India',
}

function addressFields(given: URLSearchParams): string {
  const options = Object.entries(countries).map(
    ([code, name]) =>
      `<option value="${code}"${given.get('country') === code ? ' selected' : ''}>${name}</option>`,
  )
  return `<div class="row"><div class="field"><label for="country">Country</label>
<select id="country" name="country" autocomplete="billing country">${options.join('')}</select></div>
<div class="field"><label for="postal_code">Postal code</label>
<input id="postal_code" name="postal_code" autocomplete="billing postal-code" required value="${escapeHtml(given.get('postal_code') ?? '')}"></div></div>`
}

const codeField = (given: URLSearchParams): string =>
  `<div class="field"><label for="code">Promotion code (optional)</label><input id="code" name="code" autocomplete="off" value="${escapeHtml(given.get('code') ?? '')}"></div>
<p><button name="apply" value="yes" formnovalidate>Apply code</button></p>`

function form(session: Session, given: URLSearchParams, error: string | undefined): string {
  const card = needsCard(session)
  const email = session.customer_details?.email
  const who = email
    ? `<p class="soft">${escapeHtml(email)}</p>`
    : `<div class="field"><label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" required value="${escapeHtml(given.get('email') ?? '')}"></div>`
  const trial = session.hidden.subscription.trialDays || session.hidden.subscription.trialEnd
  const pay = `Subscribe, pay ${writtenAmount(session.amount_total, session.currency)} now`
  const wantsAddress = card && (session.hidden.needsAddress || session.hidden.automaticTax)
  return `<section class="panel" aria-labelledby="how"><h2 id="how">${card ? 'Pay by card' : 'Start without a card'}</h2>
${alert(error)}
<form method="post">
${who}
${card ? cardFields(given) : '<p class="soft">Nothing is due today and no card is needed.</p>'}
${wantsAddress ? addressFields(given) : ''}
${session.allow_promotion_codes ? codeField(given) : ''}
<button class="main" type="submit">${escapeHtml(trial ? 'Start trial' : pay)}</button>
</form></section>`
}

const show = (world: World, session: Session, given = new URLSearchParams(), error?: string): Reply =>
  page({
    title: 'Checkout',
    columns: 'two',
    body: summary(world, session) + form(session, given, error),
    script: cardScript,
  })

/** The step that a bank adds; what was entered waits with the session until the person has answered. */
function challenge(session: Session): Reply {
  const amount = writtenAmount(session.amount_total, session.currency)
  return page({
    title: 'Confirm with your bank',
    body: `<section class="panel"><h1>Confirm with your bank</h1>
<p class="soft">Your bank asks you to confirm this payment of ${escapeHtml(amount)} (3-D Secure, test).</p>
<form method="post"><div class="actions"><button class="main" name="authenticated" value="yes">Complete authentication</button>
<button name="authenticated" value="no">Fail authentication</button></div></form></section>`,
  })
}

type Waiting = { id: string; entered: Entered }

function enteredOf(session: Session, given: URLSearchParams): Entered {
  const email = given.get('email')?.trim()
  const country = given.get('country')
  const code = given.get('code')?.trim()
  return {
    ...(needsCard(session) ? readCard(given) : {}),
    ...(email ? { email } : {}),
    ...(code ? { promotionCode: code } : {}),
    ...(country ? { address: { country, postal_code: given.get('postal_code') ?? '' } } : {}),
  }
}

function pay(world: World, session: Session, given: URLSearchParams): Reply {
  const { store } = world
  const answered = given.get('authenticated')
  const waiting = store.get<Waiting>('checkout waiting', session.id)
  try {
    // The code alone: the page is shown again with what it takes off.
    if (given.get('apply') !== null)
      return show(world, applyCode(world, session, given.get('code')?.trim() ?? ''), given)
    const entered =
      answered && waiting
        ? { ...waiting.entered, authenticated: answered === 'yes' }
        : enteredOf(session, given)
    const paid = paySession(world, session.id, entered)
    if (paid.status === 'requires_action') {
      store.put<Waiting>('checkout waiting', { id: session.id, entered })
      return challenge(session)
    }
    store.remove('checkout waiting', session.id)
    return redirect(successAddress(paid.session))
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    store.rollback()
    return show(world, session, given, error.message)
  }
}

/** The Checkout page: GET shows it, POST does what `/_sandbox/checkout/:id/pay` does. */
export function checkoutPage(world: World, id: string, given: URLSearchParams | null): Reply {
  const session = findSession(world, id)
  const back = session.cancel_url ? { to: session.cancel_url, text: 'Go back' } : undefined
  if (session.status === 'expired')
    return notice('This checkout has expired', 'Nothing was charged. Go back and start again.', back)
  if (session.status === 'complete') {
    return notice('You are all set', 'This checkout was completed already.', {
      to: successAddress(session),
      text: 'Continue',
    })
  }
  return given ? pay(world, session, given) : show(world, session)
}

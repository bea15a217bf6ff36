import type { Reply } from '../server.ts'
import type { Customer } from '../stripe/balance.ts'
import { StripeError } from '../stripe/errors.ts'
import { methodFor } from '../stripe/invoices/collect.ts'
import type { Invoice } from '../stripe/invoices/invoice.ts'
import { writtenAmount } from '../stripe/money.ts'
import { findPortalSession, type PortalSession, replaceCard } from '../stripe/portal-sessions.ts'
import { findProduct } from '../stripe/products.ts'
import { cancelAtEnd, resume } from '../stripe/subscriptions/ending.ts'
import {
  ended,
  findSubscription,
  itemsOf,
  nextTurn,
  priceOf,
  type Subscription,
} from '../stripe/subscriptions/subscription.ts'
import type { World } from '../stripe/world.ts'
import { cardFields, cardScript, readCard } from './card-fields.ts'
import { alert, escapeHtml, page, redirect, writtenDate } from './layout.ts'

const states: Record<string, string> = {
  active: 'Active',
  trialing: 'In trial',
  past_due: 'Payment overdue',
  unpaid: 'Unpaid',
  paused: 'Paused',
  incomplete: 'Waiting for the first payment',
}

const reasons = {
  too_expensive: 'It is too expensive',
  missing_features: 'I need more features',
  switched_service: 'I found an alternative',
  unused: 'I do not use it',
  customer_service: 'Customer service was less than expected',
  too_complex: 'It is too complex',
  low_quality: 'Quality was less than expected',
  other: 'Other',
}

function subscriptionPanel(world: World, subscription: Subscription): string {
  const items = itemsOf(world, subscription.id)
  const names = items.map((item) => findProduct(world, priceOf(world, item).product).name).join(', ')
  const end = writtenDate(nextTurn(items).end)
  const hidden = `<input type="hidden" name="subscription" value="${escapeHtml(subscription.id)}">`
  const options = Object.entries(reasons).map(
    ([value, text]) => `<option value="${value}">${escapeHtml(text)}</option>`,
  )
  const field = `feedback-${subscription.id}`
  const form = subscription.cancel_at_period_end
    ? `<p class="soft">It ends on ${end}.</p><form method="post">${hidden}<button name="do" value="resume">Do not cancel</button></form>`
    : `<p class="soft">Renews on ${end}.</p><form method="post">${hidden}<div class="field"><label for="${field}">Why do you want to cancel?</label>
<select id="${field}" name="feedback"><option value="">I would rather not say</option>${options.join('')}</select></div>
<button name="do" value="cancel">Cancel subscription on ${end}</button></form>`
  return `<section class="panel"><h2>${escapeHtml(names)}</h2><p>${escapeHtml(states[subscription.status] ?? subscription.status)}</p>${form}</section>`
}

function invoicesPanel(world: World, customer: string): string {
  const rows = world.store
    .by<Invoice>('invoice', 'customer', customer)
    .filter(({ status }) => status !== 'draft')
    .reverse()
    .slice(0, 12)
    .map(
      (invoice) =>
        `<li><span><a href="/i/${invoice.id}">${writtenDate(invoice.created)}</a><br><small class="soft">${escapeHtml(invoice.status)}</small></span><span>${escapeHtml(writtenAmount(invoice.total, invoice.currency))}</span></li>`,
    )
  return `<section class="panel"><h2>Invoices</h2>${rows.length ? `<ul class="lines">${rows.join('\n')}</ul>` : '<p class="soft">None yet.</p>'}</section>`
}

function show(world: World, session: PortalSession, given = new URLSearchParams(), error?: string): Reply {
  const customer = world.store.get<Customer>('customer', session.customer)
  const live = world.store
    .by<Subscription>('subscription', 'customer', session.customer)
    .filter((one) => !ended(one))
  const method = methodFor(
    world,
    { customer: session.customer, default_payment_method: null },
    live[0]?.id ?? null,
  )
  const card = method
    ? `${method.card.brand} ending in ${method.card.last4}, expires ${method.card.exp_month}/${method.card.exp_year}`
    : 'No card yet.'
  const back = session.return_url
    ? `<p><a href="${escapeHtml(session.return_url)}">Return to the app</a></p>`
    : ''
  const left = `<div><span class="tag">Test mode · sandbox</span><h1>Billing of ${escapeHtml(customer?.name ?? customer?.email ?? 'your account')}</h1>${back}
${live.map((one) => subscriptionPanel(world, one)).join('\n') || '<p class="soft">No subscription.</p>'}
${invoicesPanel(world, session.customer)}</div>`
  const right = `<section class="panel"><h2>Payment method</h2><p class="soft">${escapeHtml(card)}</p>${alert(error)}
<form method="post">${cardFields(given)}<button class="main" name="do" value="card">Save this card</button></form></section>`
  return page({ title: 'Billing portal', columns: 'two', body: left + right, script: cardScript })
}

function act(world: World, session: PortalSession, given: URLSearchParams): void {
  if (given.get('do') === 'card') {
    const { card, expMonth, expYear } = readCard(given)
    replaceCard(world, session.customer, card, { exp_month: expMonth, exp_year: expYear })
    return
  }
  const subscription = findSubscription(world, given.get('subscription') ?? '')
  if (subscription.customer !== session.customer || ended(subscription)) return
  if (given.get('do') === 'cancel') cancelAtEnd(world, subscription, given.get('feedback') || null)
  if (given.get('do') === 'resume') resume(world, subscription)
}

/** The billing portal: replace the card, see invoices, cancel at the period's end, resume. */
export function portalPage(world: World, id: string, given: URLSearchParams | null): Reply {
  const session = findPortalSession(world, id)
  if (!given) return show(world, session)
  try {
    act(world, session, given)
    return redirect(`/p/session/${id}`)
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    world.store.rollback()
    return show(world, session, given, error.message)
  }
}

import type { Customer } from '../stripe/customers/balance.ts'
import { methodFor } from '../stripe/invoices/collect.ts'
import type { Invoice } from '../stripe/invoices/invoice.ts'
import { writtenAmount } from '../stripe/money/money.ts'
import { choicesFor } from '../stripe/portal/change-plan.ts'
import {
  ended,
  itemsOf,
  nextTurn,
  type Status,
  type Subscription,
} from '../stripe/subscriptions/subscription.ts'
import { alert, escapeHtml, writtenDate } from './layout.ts'
import { address, hiddenField, namesOf, type Shown } from './portal-view.ts'

const states: Partial<Record<Status, string>> = {
  active: 'Active',
  trialing: 'In trial',
  past_due: 'Payment overdue',
  unpaid: 'Unpaid',
  paused: 'Paused',
  incomplete: 'Waiting for the first payment',
}

function actions(shown: Shown, subscription: Subscription): string {
  const { world, session, configuration } = shown
  const { subscription_cancel: cancel } = configuration.features
  const link = (view: string, text: string) =>
    `<a class="button" href="${address(session, view, { subscription: subscription.id })}">${text}</a>`
  const ending = subscription.cancel_at !== null
  const changes = !ending && choicesFor(world, configuration, subscription).length > 0
  const keep = `<form method="post">${hiddenField('subscription', subscription.id)}<button name="do" value="resume">Do not cancel</button></form>`
  const parts = [
    changes ? link('plans', 'Change plan') : '',
    cancel.enabled && !ending ? link('cancel', 'Cancel subscription') : '',
    cancel.enabled && ending ? keep : '',
  ].filter(Boolean)
  return parts.length ? `<div class="actions">${parts.join('\n')}</div>` : ''
}

function subscriptionPanel(shown: Shown, subscription: Subscription): string {
  const { world } = shown
  const end = writtenDate(subscription.cancel_at ?? nextTurn(itemsOf(world, subscription.id)).end)
  const names = namesOf(world, subscription)
  const next = subscription.cancel_at === null ? `Renews on ${end}.` : `It ends on ${end}.`
  const later = subscription.schedule === null ? '' : ' A change of plan is planned.'
  const state = states[subscription.status] ?? subscription.status
  return `<section class="panel"><h2>${escapeHtml(names)}</h2>
<p>${escapeHtml(state)}<br><span class="soft">${subscription.status === 'paused' ? '' : next}${later}</span></p>
${actions(shown, subscription)}</section>`
}

function invoicesPanel({ world, session }: Shown): string {
  const rows = world.store
    .by<Invoice>('invoice', 'customer', session.customer)
    .filter(({ status }) => status !== 'draft')
    .reverse()
    .slice(0, 12)
    .map(
      (invoice) =>
        `<li><span><a href="/i/${invoice.id}">${writtenDate(invoice.created)}<span class="hidden">, invoice ${escapeHtml(invoice.number ?? '')}</span></a><br><small class="soft">${escapeHtml(invoice.status)}</small></span><span>${escapeHtml(writtenAmount(invoice.total, invoice.currency))}</span></li>`,
    )
  const list = rows.length ? `<ul class="lines">${rows.join('\n')}</ul>` : '<p class="soft">None yet.</p>'
  return `<section class="panel"><h2>Invoices</h2>${list}</section>`
}

function cardPanel({ world, session }: Shown, live: Subscription[]): string {
  const source = { customer: session.customer, default_payment_method: null }
  const method = methodFor(world, source, live[0]?.id ?? null)
  const card = method
    ? `${method.card.brand} ending in ${method.card.last4}, expires ${method.card.exp_month}/${method.card.exp_year}`
    : 'No card yet.'
  return `<section class="panel"><h2>Payment method</h2><p class="soft">${escapeHtml(card)}</p>
<div class="actions"><a class="button" href="${address(session, 'card')}">${method ? 'Replace card' : 'Add a card'}</a></div></section>`
}

function detailsPanel({ session }: Shown, customer: Customer | undefined): string {
  const known = [customer?.name, customer?.email, customer?.phone].filter(Boolean).join(' · ')
  return `<section class="panel"><h2>Your details</h2><p class="soft">${escapeHtml(known || 'None yet.')}</p>
<div class="actions"><a class="button" href="${address(session, 'details')}">Update details</a></div></section>`
}

function footer({ configuration }: Shown): string {
  const { privacy_policy_url: privacy, terms_of_service_url: terms } = configuration.business_profile
  const links = [
    privacy ? `<a href="${escapeHtml(privacy)}">Privacy</a>` : '',
    terms ? `<a href="${escapeHtml(terms)}">Terms</a>` : '',
  ].filter(Boolean)
  return links.length ? `<footer class="actions soft">${links.join(' ')}</footer>` : ''
}

/** The portal's first page: what the customer has, and what the configuration lets them do about it. */
export function homeView(shown: Shown): string {
  const { world, session, configuration, given, error } = shown
  const { features, business_profile: business } = configuration
  const customer = world.store.get<Customer>('customer', session.customer)
  const live = world.store
    .by<Subscription>('subscription', 'customer', session.customer)
    .filter((one) => !ended(one))
  const back = session.return_url
    ? `<p><a href="${escapeHtml(session.return_url)}">Return to the app</a></p>`
    : ''
  const done = given.get('done')
  const title = business.headline ?? `Billing of ${customer?.name ?? customer?.email ?? 'your account'}`
  return `<header><span class="tag">Test mode · sandbox</span><h1>${escapeHtml(title)}</h1>${back}</header>
${alert(error)}${done ? `<div class="status" role="status">${escapeHtml(done)}</div>` : ''}
<div class="panels">${live.map((one) => subscriptionPanel(shown, one)).join('\n') || '<section class="panel"><h2>Subscription</h2><p class="soft">No subscription.</p></section>'}
${features.payment_method_update.enabled ? cardPanel(shown, live) : ''}
${features.customer_update.enabled ? detailsPanel(shown, customer) : ''}
${features.invoice_history.enabled ? invoicesPanel(shown) : ''}</div>
${footer(shown)}`
}

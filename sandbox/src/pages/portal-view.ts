import { findProduct } from '../stripe/catalog/products.ts'
import type { Configuration } from '../stripe/portal/configuration.ts'
import type { PortalSession } from '../stripe/portal/sessions.ts'
import { itemsOf, priceOf, type Subscription } from '../stripe/subscriptions/subscription.ts'
import type { World } from '../stripe/world.ts'
import { alert, escapeHtml } from './layout.ts'

/** What every view of the portal is made of. `given`: what was asked for by the address or a form. */
export type Shown = {
  world: World
  session: PortalSession
  configuration: Configuration
  given: URLSearchParams
  subscription?: Subscription
  error?: string
}

/** The address of a view of the portal. */
export function address(session: PortalSession, view?: string, more: Record<string, string> = {}): string {
  const query = new URLSearchParams(view === undefined ? {} : { view, ...more }).toString()
  return escapeHtml(`/p/session/${session.id}${query && `?${query}`}`)
}

export const hiddenField = (name: string, value: string): string =>
  `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`

/** `2 × Pro, Support` */
export function namesOf(world: World, subscription: Subscription): string {
  const names = itemsOf(world, subscription.id).map((item) => {
    const { name } = findProduct(world, priceOf(world, item).product)
    return (item.quantity ?? 1) === 1 ? name : `${item.quantity} × ${name}`
  })
  return names.join(', ')
}

/** One task of the portal on a page of its own, with the way back where the person came from its home. */
export function task(shown: Shown, title: string, body: string): string {
  const { session, error } = shown
  const alone = session.flow !== null && !session.hidden.isDone
  const back = alone
    ? session.return_url && `<a href="${escapeHtml(session.return_url)}">Return to the app</a>`
    : `<a href="${address(session)}">Back to billing</a>`
  return `<section class="panel"><h1>${escapeHtml(title)}</h1>
${alert(error)}
${body}
${back ? `<p class="back">${back}</p>` : ''}</section>`
}

import type { Reply } from '../server.ts'
import type { Customer } from '../stripe/customers/balance.ts'
import type { Configuration } from '../stripe/portal/configuration.ts'
import { openPortal } from '../stripe/portal/sessions.ts'
import type { World } from '../stripe/world.ts'
import { escapeHtml, notice, page } from './layout.ts'

const form = page({
  title: 'Log in to the billing portal',
  body: `<section class="panel"><h1>Manage your billing</h1>
<p class="soft">A link to your billing is sent to you, if there is an account with this address.</p>
<form method="post"><div class="field"><label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="email" required></div>
<button class="main">Send link</button></form></section>`,
})

/** The customer who has this address; the newest, where several have it. */
const customerOf = (world: World, email: string): Customer | undefined =>
  world.store
    .by<Customer>('customer', 'email', email)
    .filter(({ deleted }) => !deleted)
    .at(-1)

/** A configuration's login page. The mail that Stripe would send stands on the answer, whether or not one is sent. */
export function loginPage(world: World, token: string, given: URLSearchParams | null): Reply {
  const configuration = [...world.store.all<Configuration>('billing_portal.configuration')].find(
    ({ login_page: login }) => login.url?.endsWith(`/p/login/${token}`),
  )
  if (!configuration?.active)
    return notice('This page is switched off', 'Ask for a link where you came from.')
  if (!given) return form
  const customer = customerOf(world, given.get('email')?.trim() ?? '')
  const about = { configuration, flow: null, locale: null, returnUrl: configuration.default_return_url }
  const session = customer && openPortal(world, { ...about, customer: customer.id })
  const mail = session
    ? `<p>The sandbox sends no such mail; this is its link: <a href="${escapeHtml(session.url)}">Open your billing</a></p>`
    : ''
  return page({
    title: 'Look into your mail',
    body: `<section class="panel"><h1>Look into your mail</h1>
<p class="soft">If there is an account with this address, a link was sent to it.</p>${mail}</section>`,
  })
}

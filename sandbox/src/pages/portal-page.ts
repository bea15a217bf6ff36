import type { Reply } from '../server.ts'
import { invalid, StripeError } from '../stripe/api/errors.ts'
import { cardOf } from '../stripe/payments/cards.ts'
import { asksPerson } from '../stripe/payments/three-d-secure.ts'
import { replaceCard } from '../stripe/portal/card.ts'
import { changePlan } from '../stripe/portal/change-plan.ts'
import { endPlan, keepPlan } from '../stripe/portal/end-plan.ts'
import { reasons } from '../stripe/portal/features.ts'
import type { Flow } from '../stripe/portal/flow.ts'
import {
  completeFlow,
  configurationOf,
  findPortalSession,
  type PortalSession,
  visit,
} from '../stripe/portal/sessions.ts'
import { ended, type Subscription } from '../stripe/subscriptions/subscription.ts'
import type { World } from '../stripe/world.ts'
import { readCard } from './card-fields.ts'
import { challenge, notice, page, redirect } from './layout.ts'
import { cancelView } from './portal-cancel.ts'
import { cardView } from './portal-card.ts'
import { askedChange, confirmView, plansView } from './portal-change.ts'
import { detailsView, saveDetails } from './portal-details.ts'
import { homeView } from './portal-home.ts'
import type { Shown } from './portal-view.ts'

type View = (shown: Shown) => string

const views: Record<string, View> = {
  home: homeView,
  card: cardView,
  details: detailsView,
  plans: plansView,
  confirm: confirmView,
  cancel: cancelView,
}

/** Where each flow begins. */
const flowViews: Record<Flow['type'], keyof typeof views> = {
  customer_update: 'details',
  payment_method_update: 'card',
  subscription_cancel: 'cancel',
  subscription_update: 'plans',
  subscription_update_confirm: 'confirm',
}

/** The live subscription that a form or flow names, where it is this customer's. */
function subscriptionOf(
  world: World,
  session: PortalSession,
  given: URLSearchParams,
): Subscription | undefined {
  const { flow } = session
  const named =
    flow?.subscription_cancel ?? flow?.subscription_update ?? flow?.subscription_update_confirm ?? null
  const found = world.store.get<Subscription>(
    'subscription',
    named?.subscription ?? given.get('subscription') ?? '',
  )
  return found && found.customer === session.customer && !ended(found) ? found : undefined
}

function shownOf(world: World, session: PortalSession, given: URLSearchParams, error?: string): Shown {
  const subscription = subscriptionOf(world, session, given)
  return {
    world,
    session,
    configuration: configurationOf(world, session),
    given,
    ...(subscription ? { subscription } : {}),
    ...(error === undefined ? {} : { error }),
  }
}

function show(shown: Shown): Reply {
  const { flow, hidden } = shown.session
  const inFlow = flow && !hidden.isDone ? flowViews[flow.type] : undefined
  // Within a flow nothing else of the portal can be reached, but the confirmation that follows a choice of plan.
  const asked = shown.given.get('view') ?? 'home'
  const name = inFlow === 'plans' && asked === 'confirm' ? 'confirm' : (inFlow ?? asked)
  const wants = ['plans', 'confirm', 'cancel'].includes(name)
  const view = wants && !shown.subscription ? homeView : (views[name] ?? homeView)
  return page({ title: 'Billing portal', body: view(shown), columns: 'wide' })
}

/** What the person asked for; each only where the configuration allows it. Answers what was done. */
function act(shown: Shown): string {
  const { world, configuration, given, subscription } = shown
  const { features } = configuration
  const wish = given.get('do')
  if (wish === 'details' && features.customer_update.enabled) return saveDetails(shown)
  if (!subscription) return ''
  if (wish === 'change' && features.subscription_update.enabled) {
    changePlan(world, configuration, subscription.id, askedChange(shown))
    return 'Your plan was updated.'
  }
  if (wish === 'cancel' && features.subscription_cancel.enabled) {
    const feedback = reasons.find((reason) => reason === given.get('feedback')) ?? null
    endPlan(world, configuration, subscription.id, {
      feedback,
      comment: given.get('comment')?.trim() || null,
    })
    return 'Your subscription was cancelled.'
  }
  if (wish === 'resume' && features.subscription_cancel.enabled) {
    keepPlan(world, subscription.id)
    return 'Your subscription goes on.'
  }
  return ''
}

type Waiting = { id: string; entered: ReturnType<typeof readCard> }

const unconfirmed =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.'

/** Saves the card that was typed; one that asks for 3-D Secure waits until the person has answered the bank. */
function saveCard({ world, session, given }: Shown): Reply {
  const { store } = world
  const answered = given.get('authenticated')
  const waiting = answered === null ? undefined : store.get<Waiting>('portal waiting', session.id)
  const entered = waiting?.entered ?? readCard(given)
  const asks = asksPerson(cardOf(entered.card), { setUp: false, offSession: false, requested: 'automatic' })
  if (asks && !waiting) {
    store.put<Waiting>('portal waiting', { id: session.id, entered })
    return challenge('this card')
  }
  store.remove('portal waiting', session.id)
  if (asks && answered !== 'yes') throw invalid(unconfirmed, { code: 'setup_intent_authentication_failure' })
  const { card, expMonth, expYear, name } = entered
  replaceCard(world, session.customer, card, { exp_month: expMonth, exp_year: expYear, name })
  return onwards(world, session, 'Your card was saved.')
}

/** Where the person goes when what they came for is done. */
function onwards(world: World, session: PortalSession, done: string): Reply {
  const home = `/p/session/${session.id}${done ? `?done=${encodeURIComponent(done)}` : ''}`
  if (!session.flow || session.hidden.isDone || !done) return redirect(home)
  completeFlow(world, session)
  const { hosted_confirmation: hosted, redirect: away } = session.flow.after_completion
  if (away) return redirect(away.return_url)
  if (!hosted) return redirect(home)
  const back = session.return_url ? { to: session.return_url, text: 'Return to the app' } : undefined
  return notice(done, hosted.custom_message ?? 'You can close this page.', back)
}

/** The billing portal: only what its session's configuration allows, and in a flow only that flow. */
export function portalPage(
  world: World,
  id: string,
  given: URLSearchParams | null,
  query = new URLSearchParams(),
): Reply {
  const found = visit(world, findPortalSession(world, id))
  if (!found) {
    const { return_url: back } = findPortalSession(world, id)
    const link = back ? { to: back, text: 'Return to the app' } : undefined
    return notice('This link has expired', 'Ask for a new one where you came from.', link)
  }
  if (!given) return show(shownOf(world, found, query))
  const shown = shownOf(world, found, given)
  const { payment_method_update: update } = shown.configuration.features
  try {
    if (update.enabled && (given.get('do') === 'card' || given.has('authenticated'))) return saveCard(shown)
    return onwards(world, found, act(shown))
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    world.store.rollback()
    if (given.has('authenticated')) given.set('view', 'card')
    return show(shownOf(world, found, given, error.message))
  }
}

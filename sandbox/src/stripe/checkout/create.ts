import { invalid } from '../api/errors.ts'
import { findCustomer } from '../customers/balance.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { createSetupIntent } from '../payments/setup-intents.ts'
import { type Call, present, type World } from '../world.ts'
import { blank, hiddenOf } from './blank.ts'
import { checkGiven, checkLocation } from './check.ts'
import { withDiscounts } from './discounts.ts'
import { checkLines, lineOf } from './lines.ts'
import type { Given } from './parameters.ts'
import { plannedSubscription } from './planned-subscription.ts'
import type { Session } from './session.ts'

const day = 86_400

function checkDates(world: World, given: Given): void {
  const { trial_end: trialEnd, billing_cycle_anchor: anchor } = given.subscription_data ?? {}
  const now = world.clock.now()
  if (trialEnd !== undefined && trialEnd < now + 2 * day)
    throw invalid('The `trial_end` date has to be at least 2 days in the future.', {
      param: 'subscription_data[trial_end]',
    })
  if (given.subscription_data?.trial_period_days === 0)
    throw invalid('The minimum number of trial period days is 1.', {
      param: 'subscription_data[trial_period_days]',
    })
  if (anchor !== undefined && anchor <= now)
    throw invalid('The `billing_cycle_anchor` must be in the future.', {
      param: 'subscription_data[billing_cycle_anchor]',
    })
}

/** Keeps an open session and expires it when its time comes. */
export function open(world: World, session: Session): Session {
  world.clock.schedule({
    id: `session ${session.id}`,
    at: session.expires_at,
    what: 'checkout.expire',
    object: session.id,
  })
  return world.store.put('checkout.session', session)
}

function withSetup(world: World, session: Session, given: Given): Session {
  const { description, metadata } = given.setup_intent_data ?? {}
  const intent = createSetupIntent(world, {
    ...(session.customer === null ? {} : { customer: session.customer }),
    ...(description === undefined ? {} : { description }),
    ...(metadata === undefined ? {} : { metadata }),
  })
  return { ...session, setup_intent: intent.id }
}

/** Makes a session. What it will make for whoever completes it is made only then, but for a card's setup. */
export function create({ world, params }: Call<Given>): object {
  checkGiven(params)
  checkDates(world, params)
  const customer = params.customer === undefined ? null : findCustomer(world, params.customer, 'customer')
  checkLocation(params, customer)
  if (params.mode === 'setup') {
    const currency = params.currency === undefined ? null : checkCurrency(params.currency)
    const session = { ...blank(world, params, customer), currency }
    return present(world, open(world, withSetup(world, { ...session, hidden: hiddenOf(params, []) }, params)))
  }
  if (!params.line_items?.length)
    throw invalid('Missing required param: line_items.', { param: 'line_items', code: 'parameter_missing' })
  const lines = params.line_items.map((line, position) => lineOf(world, line, position))
  const asked = params.currency === undefined ? undefined : checkCurrency(params.currency)
  const currency = checkLines(world, lines, { mode: params.mode, currency: asked })
  const session = { ...blank(world, params, customer), currency, hidden: hiddenOf(params, lines) }
  // What the subscription would refuse is refused now.
  if (params.mode === 'subscription') plannedSubscription(world, session)
  return present(world, open(world, withDiscounts(world, session, params.discounts ?? [])))
}

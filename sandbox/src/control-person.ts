import { bodyOf, json, Refused, type Route } from './control-request.ts'
import type { Reply } from './server.ts'
import { errorBody, StripeError } from './stripe/api/errors.ts'
import { paySession } from './stripe/checkout/pay.ts'
import type { Entered } from './stripe/checkout/person.ts'
import { expireSession, findSession } from './stripe/checkout/session.ts'
import { rollSecret } from './stripe/events/webhook-endpoints.ts'
import { replaceCard } from './stripe/portal/card.ts'
import { testClockOf } from './stripe/test-clocks/whose.ts'
import { present, type World } from './stripe/world.ts'

/** Does one step on the Stripe part as a person would, about an object by its id; all of it or nothing. */
export function asPerson(world: World, about: string, act: () => object): Reply {
  world.store.commit()
  try {
    return json(world.clock.within(testClockOf(world, about), act))
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    if (!error.keep) world.store.rollback()
    return {
      status: error.status,
      body: errorBody(error.fields, { id: 'req_sandbox', account: world.account.id }),
    }
  } finally {
    world.store.commit()
  }
}

function pay(world: World, id: string, given: Record<string, unknown>): object {
  const entered: Entered = {
    ...(given.card === undefined ? {} : { card: String(given.card) }),
    ...(given.promotionCode === undefined ? {} : { promotionCode: String(given.promotionCode) }),
    ...(given.email === undefined ? {} : { email: String(given.email) }),
    ...(given.name === undefined ? {} : { name: String(given.name) }),
    // Whoever pays by code passes 3-D Secure unless they say otherwise.
    authenticated: given.authenticated !== false,
  }
  const paid = paySession(world, id, entered)
  return paid.status === 'complete' ? { status: 'complete', subscription: paid.session.subscription } : paid
}

/** What the account's owner does in Stripe's dashboard. */
export function endpointRoutes(stripe: World): Route[] {
  return [
    [
      'POST',
      /^webhook_endpoints\/([^/]+)\/roll$/,
      (request, id) => {
        const { expiresInSeconds = 0 } = bodyOf(request, ['expiresInSeconds'])
        if (!Number.isInteger(expiresInSeconds) || Number(expiresInSeconds) < 0)
          throw new Refused('"expiresInSeconds" must be a whole number of at least 0.')
        return asPerson(stripe, id, () => ({ secret: rollSecret(stripe, id, Number(expiresInSeconds)) }))
      },
    ],
  ]
}

/** What a person does on the hosted pages. */
export function personRoutes(stripe: World): Route[] {
  return [
    [
      'POST',
      /^checkout\/([^/]+)\/pay$/,
      (request, id) =>
        asPerson(stripe, id, () =>
          pay(stripe, id, bodyOf(request, ['card', 'promotionCode', 'email', 'name', 'authenticated'])),
        ),
    ],
    [
      'POST',
      /^checkout\/([^/]+)\/expire$/,
      (_request, id) =>
        asPerson(stripe, id, () => present(stripe, expireSession(stripe, findSession(stripe, id)))),
    ],
    [
      'POST',
      /^customers\/([^/]+)\/card$/,
      (request, id) => {
        const { card } = bodyOf(request, ['card'])
        if (typeof card !== 'string') throw new Refused('"card" must be a card number.')
        return asPerson(stripe, id, () => present(stripe, replaceCard(stripe, id, card)))
      },
    ],
  ]
}

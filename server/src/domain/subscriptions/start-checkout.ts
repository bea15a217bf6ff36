import { Refusal } from '../../errors.ts'
import type { Database, Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import type { StripePort } from '../../providers/stripe/port.ts'
import { lockAccount } from '../accounts/reads.ts'
import type { Catalog, Interval, Plan } from '../catalog/catalog.ts'
import { lookupKey, planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { currentPrice } from '../catalog/reads.ts'
import type { OpenCheckout } from './reads.ts'
import { hadTrial, openCheckouts, planSubscription } from './reads.ts'
import type { NumberPreference } from './subscription.ts'
import { isLive } from './subscription.ts'
import { closeCheckout, insertCheckout, openCheckout } from './writes.ts'

export type StartCheckout = {
  accountId: string
  plan: string
  interval?: Interval | undefined
  currency?: string | undefined
  successUrl: string
  cancelUrl: string
  userId: string | null
  numberPreference: NumberPreference
  /** Where an account that is subscribed already goes to change its plan. */
  billingUrl: string
}

export type CheckoutDeps = {
  db: Database
  stripe: Pick<StripePort, 'createCheckout' | 'expireCheckout'>
  catalogs: Catalogs
  ensureCustomer: (accountId: string) => Promise<string>
}

/**
 * Opens a Checkout session for a plan. Refused where the account has a live plan subscription; sessions that it
 * opened before are expired, so that two tabs cannot make two subscriptions.
 */
export async function startCheckout(
  deps: CheckoutDeps,
  input: StartCheckout,
): Promise<{ url: string; sessionId: string; expiresAt: Date }> {
  const { accountId } = input
  const checkoutId = newId('chk')
  const decided = await deps.db.tenant(accountId, async (tx) => {
    const decision = await decide(deps, tx, input)
    await insertCheckout(tx, { ...input, ...decision, plan: decision.plan.slug, checkoutId })
    return decision
  })
  const customerId = await deps.ensureCustomer(accountId)
  const session = await deps.stripe.createCheckout({
    checkoutId,
    accountId,
    customerId,
    priceId: decided.stripePriceId,
    plan: decided.plan.slug,
    userId: input.userId,
    trialDays: decided.trialDays,
    successUrl: input.successUrl,
    cancelUrl: input.cancelUrl,
  })
  if (session.url === null) throw new Error(`Checkout session ${session.id} came without a URL`)
  const { id: stripeSessionId, url, expiresAt } = session
  await deps.db.tenant(accountId, (tx) =>
    openCheckout(tx, { accountId, checkoutId, stripeSessionId, url, expiresAt }),
  )
  await expireEarlier(deps, accountId, decided.earlier)
  return { url, sessionId: stripeSessionId, expiresAt }
}

type Decision = {
  plan: Plan
  interval: Interval
  currency: string
  stripePriceId: string
  trialDays: number
  earlier: OpenCheckout[]
}

async function decide(deps: CheckoutDeps, tx: Tx, input: StartCheckout): Promise<Decision> {
  const account = await lockAccount(tx, input.accountId)
  const { catalog } = await deps.catalogs.current(tx)
  const plan = planForSale(catalog, input.plan)
  const subscription = await planSubscription(tx, input.accountId)
  if (subscription !== undefined && isLive(subscription.status)) {
    const name = planOf(catalog, subscription.plan ?? '')?.name ?? subscription.plan
    const action = { kind: 'change_plan', url: input.billingUrl, text: 'Go to billing' }
    throw new Refusal('already_subscribed', { plan: name }, action)
  }
  const interval = input.interval ?? plan.prices[0]?.interval ?? 'month'
  const currency = (input.currency ?? account.currency).toLowerCase()
  const price = await currentPrice(tx, lookupKey(plan.slug, { interval, currency }))
  if (price === undefined) throw new Refusal('price_not_offered', { plan: plan.slug, interval, currency })
  // One trial per account, whatever it subscribes to.
  const trialDays = plan.trialDays > 0 && (await hadTrial(tx, input.accountId)) ? 0 : plan.trialDays
  const earlier = await openCheckouts(tx, input.accountId)
  return { plan, interval, currency, stripePriceId: price.stripePriceId, trialDays, earlier }
}

function planForSale(catalog: Catalog, slug: string): Plan {
  const plan = planOf(catalog, slug)
  const forSale = catalog.plans.filter((each) => each.public && !each.free && !each.custom)
  if (plan === undefined) {
    throw new Refusal('unknown_plan', { plan: slug, plans: forSale.map((each) => each.slug).join(', ') })
  }
  if (plan.free)
    throw new Refusal('plan_not_for_sale', { plan: slug, why: 'it is free and needs no payment' })
  if (plan.custom)
    throw new Refusal('plan_not_for_sale', { plan: slug, why: 'it is made to measure; talk to us' })
  return plan
}

async function expireEarlier(deps: CheckoutDeps, accountId: string, earlier: OpenCheckout[]): Promise<void> {
  for (const { checkoutId, stripeSessionId } of earlier) {
    if (stripeSessionId !== null) await deps.stripe.expireCheckout(stripeSessionId)
    await deps.db.tenant(accountId, (tx) => closeCheckout(tx, { accountId, checkoutId, status: 'expired' }))
  }
}

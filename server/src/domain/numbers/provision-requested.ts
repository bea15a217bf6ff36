import { ProviderUnavailable, Refusal } from '../../errors.ts'
import type { Database, Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { lockAccount } from '../accounts/reads.ts'
import type { Plan } from '../catalog/catalog.ts'
import { freePlanOf, planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { planSubscription } from '../subscriptions/reads.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { isInForce } from '../subscriptions/subscription.ts'
import type { BuyDeps } from './buy.ts'
import type { PhoneNumber } from './number.ts'
import { preferenceFor } from './number.ts'
import { type Attempt, provision } from './provision.ts'
import { pendingRequest } from './reads.ts'
import { insertOrder } from './writes.ts'

/**
 * Buys a number for somebody who waits for it. Should an earlier request still be on its way (Twilio did not say),
 * that one is carried on instead of buying a second number.
 *
 * @throws {Refusal} numbers_not_allowed, payment_overdue, no_numbers_found, number_on_its_way
 * @throws {ProviderUnavailable} where nothing was bought because Twilio did not answer
 */
export async function provisionRequested(
  deps: BuyDeps & { catalogs: Catalogs },
  { accountId, areaCode }: { accountId: string; areaCode?: string | undefined },
): Promise<PhoneNumber> {
  const orderId = await deps.db.tenant(accountId, async (tx) => {
    await lockAccount(tx, accountId)
    const { subscription, plan } = await entitled(tx, { deps, accountId })
    const pending = await pendingRequest(tx, accountId)
    if (pending !== undefined) return pending.orderId
    const order = { accountId, orderId: newId('ord'), kind: 'requested' as const, position: 0 }
    const preference = preferenceFor(plan, areaCode === undefined ? {} : { areaCode })
    await insertOrder(tx, { ...order, subscriptionId: subscription.subscriptionId, preference })
    return order.orderId
  })
  return answerOf(await provision(deps, { accountId, orderId }))
}

async function entitled(
  tx: Tx,
  { deps, accountId }: { deps: { db: Database; catalogs: Catalogs; publicUrl: string }; accountId: string },
): Promise<{ subscription: Subscription; plan: Plan }> {
  const subscription = await planSubscription(tx, accountId)
  const choose = { kind: 'choose_plan', url: `${deps.publicUrl}/pricing`, text: 'Choose a plan' }
  if (subscription?.plan == null || subscription.catalogVersion === null || !isInForce(subscription.status)) {
    const { catalog } = await deps.catalogs.current(tx)
    throw new Refusal('numbers_not_allowed', { plan: freePlanOf(catalog)?.slug ?? 'none' }, choose)
  }
  if (subscription.status === 'past_due' || subscription.status === 'unpaid') {
    const url = `${deps.publicUrl}/dashboard/billing`
    throw new Refusal(
      'payment_overdue',
      {},
      { kind: 'update_payment_method', url, text: 'Update the payment method' },
    )
  }
  const { catalog } = await deps.catalogs.version(tx, subscription.catalogVersion)
  const plan = planOf(catalog, subscription.plan)
  if (!plan?.numbers) throw new Refusal('numbers_not_allowed', { plan: subscription.plan }, choose)
  return { subscription, plan }
}

function answerOf(attempt: Attempt): PhoneNumber {
  if (attempt.status === 'completed') return attempt.number
  const { outcome } = attempt
  switch (outcome.kind) {
    case 'unknown':
      throw new Refusal('number_on_its_way')
    case 'not_asked':
      throw new ProviderUnavailable('Twilio', new Error(outcome.error))
    case 'ended':
      throw new Refusal('numbers_not_allowed', { plan: 'that has just ended' })
    case 'none_found':
    case 'refused':
      throw new Refusal('no_numbers_found', { reason: outcome.error })
  }
}

import type { Tx } from '../../lib/db.ts'
import { enqueueFact } from '../../lib/queue.ts'
import { subscriptionOf } from '../subscriptions/reads.ts'
import { hasEnded } from '../subscriptions/subscription.ts'
import { type BuyDeps, buyNumber } from './buy.ts'
import { giveUpNumber } from './give-up.ts'
import type { NumberOrder, Outcome, PhoneNumber } from './number.ts'
import { isRetried, retryDelaySeconds } from './number.ts'
import { liveNumberOfOrder, liveNumbersOfOrders, lockNumber, lockWithSiblings } from './reads.ts'
import { isSettled, sayNumbersSettled } from './settled.ts'
import { beginAttempt, completeOrder, failOrder, noteFailure, ownNumber } from './writes.ts'

type OrderKey = { accountId: string; orderId: string }

/** Where an order stands after an attempt, and why. */
export type Attempt =
  | { status: 'completed'; number: PhoneNumber }
  | { status: 'pending' | 'failed'; outcome: Exclude<Outcome, { kind: 'bought' }> }

/**
 * Makes one attempt at an order. Repeatable: a completed order is left alone, and an attempt that broke off is
 * carried on where it stood. Failing is no error of the caller's: the order notes it and is due again later.
 */
export async function provision(deps: BuyDeps, key: OrderKey): Promise<Attempt> {
  const { db } = deps
  const begun = await db.tenant(key.accountId, (tx) => begin(tx, key))
  if ('status' in begun) return begun
  const outcome = await buyNumber(deps, begun.order)
  return db.tenant(key.accountId, (tx) =>
    outcome.kind === 'bought' ? saveBought(tx, key, outcome) : saveFailure(tx, key, outcome),
  )
}

const ENDED: Attempt = { status: 'failed', outcome: { kind: 'ended' } }

async function begin(tx: Tx, key: OrderKey): Promise<Attempt | { order: NumberOrder }> {
  const { order } = await lockOrder(tx, key)
  if (order.status === 'completed') {
    const number = await liveNumberOfOrder(tx, key)
    return number === undefined ? ENDED : { status: 'completed', number }
  }
  if (order.status === 'failed') return ENDED
  const subscription = await subscriptionOf(tx, key.accountId, order.subscriptionId)
  if (hasEnded(subscription.status)) return end(tx, key)
  await beginAttempt(tx, key, retryDelaySeconds(order.attemptCount + 1))
  return { order }
}

async function end(tx: Tx, key: OrderKey): Promise<Attempt> {
  await failOrder(tx, key, 'the subscription ended')
  const number = await liveNumberOfOrder(tx, key)
  if (number !== undefined) await giveUpNumber(tx, number)
  return ENDED
}

async function saveBought(
  tx: Tx,
  key: OrderKey,
  outcome: Extract<Outcome, { kind: 'bought' }>,
): Promise<Attempt> {
  const { order, siblings } = await lockOrder(tx, key)
  const number = await lockNumber(tx, key.accountId, outcome.number.numberId)
  // Another run of this order was quicker.
  if (number.status === 'owned') return { status: 'completed', number }
  const subscription = await subscriptionOf(tx, key.accountId, order.subscriptionId)
  if (order.status !== 'pending' || number.status !== 'claimed' || hasEnded(subscription.status)) {
    await giveUpNumber(tx, number, outcome.twilioSid)
    return order.status === 'pending' ? end(tx, key) : ENDED
  }
  await ownNumber(tx, { ...number, ...outcome })
  await completeOrder(tx, key)
  const wasSettled = order.kind === 'included' && isSettled(siblings)
  await enqueueFact(tx, {
    name: 'number.provisioned',
    accountId: key.accountId,
    key: number.numberId,
    payload: {
      numberId: number.numberId,
      e164: number.e164,
      orderId: key.orderId,
      // Whether it stands in no welcome mail and is told of by itself.
      isLate: order.kind === 'requested' || wasSettled,
    },
  })
  const areOthersDone = siblings.every((each) => each.orderId === key.orderId || each.status === 'completed')
  if (order.kind === 'included' && !wasSettled && areOthersDone) await settle(tx, order, siblings)
  return { status: 'completed', number: await lockNumber(tx, key.accountId, number.numberId) }
}

async function saveFailure(
  tx: Tx,
  key: OrderKey,
  outcome: Exclude<Outcome, { kind: 'bought' }>,
): Promise<Attempt> {
  const { order, siblings } = await lockOrder(tx, key)
  if (outcome.kind === 'ended' || order.status !== 'pending') return { status: 'failed', outcome }
  if (order.kind === 'included' && !isSettled(siblings)) await settle(tx, order, siblings)
  if (!isRetried(order.kind, outcome)) {
    await failOrder(tx, key, outcome.error)
    return { status: 'failed', outcome }
  }
  await noteFailure(tx, key, outcome.error)
  return { status: 'pending', outcome }
}

async function settle(tx: Tx, order: NumberOrder, siblings: NumberOrder[]): Promise<void> {
  const { accountId, subscriptionId } = order
  const orderIds = siblings.map((each) => each.orderId)
  const numbers = (await liveNumbersOfOrders(tx, accountId, orderIds))
    .filter((each) => each.status === 'owned')
    .map((each) => each.e164)
  await sayNumbersSettled(tx, { accountId, subscriptionId, numbers })
}

async function lockOrder(tx: Tx, key: OrderKey): Promise<{ order: NumberOrder; siblings: NumberOrder[] }> {
  const siblings = await lockWithSiblings(tx, key.accountId, key.orderId)
  const order = siblings.find((each) => each.orderId === key.orderId)
  if (order === undefined) throw new Error(`there is no order ${key.orderId} of account ${key.accountId}`)
  return { order, siblings }
}

import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { AvailableNumber, Capabilities } from '../../providers/twilio/port.ts'
import type { NumberPreference } from '../subscriptions/subscription.ts'

type OrderKey = { accountId: string; orderId: string }
type NumberKey = { accountId: string; numberId: string }

/** False where the subscription's order of this position is there already. */
export async function insertOrder(
  tx: Tx,
  order: OrderKey & {
    kind: 'included' | 'requested'
    subscriptionId: string
    position: number
    preference: NumberPreference
  },
): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into number_orders (account_id, order_id, kind, subscription_id, position, preference, status, due_at)
    values (${order.accountId}, ${order.orderId}, ${order.kind}, ${order.subscriptionId}, ${order.position},
      ${JSON.stringify(order.preference)}, 'pending', business_now())
    on conflict do nothing`)
  return inserted === 1
}

/** Counts an attempt before it is made, and says when the next one follows should this one never end. */
export async function beginAttempt(tx: Tx, order: OrderKey, delaySeconds: number): Promise<void> {
  await tx.run(sql`
    update number_orders
    set attempt_count = attempt_count + 1, due_at = business_now() + make_interval(secs => ${delaySeconds})
    where account_id = ${order.accountId} and order_id = ${order.orderId}`)
}

export async function completeOrder(tx: Tx, order: OrderKey): Promise<void> {
  await tx.run(sql`
    update number_orders set status = 'completed', due_at = null, completed_at = business_now()
    where account_id = ${order.accountId} and order_id = ${order.orderId}`)
}

/** Notes why an attempt failed; the order stays pending and keeps its due time. */
export async function noteFailure(tx: Tx, order: OrderKey, error: string): Promise<void> {
  await tx.run(sql`
    update number_orders set last_error = ${error}
    where account_id = ${order.accountId} and order_id = ${order.orderId}`)
}

export async function failOrder(tx: Tx, order: OrderKey, error: string): Promise<void> {
  await tx.run(sql`
    update number_orders set status = 'failed', due_at = null, last_error = ${error}
    where account_id = ${order.accountId} and order_id = ${order.orderId}`)
}

/** False where some account (this one with another order, perhaps) has the number, or the order has one. */
export async function insertClaim(
  tx: Tx,
  claim: OrderKey & { numberId: string; number: AvailableNumber },
): Promise<boolean> {
  const { number } = claim
  const inserted = await tx.run(sql`
    insert into numbers
      (account_id, number_id, order_id, e164, country, type, status, capabilities, locality, region)
    values (${claim.accountId}, ${claim.numberId}, ${claim.orderId}, ${number.e164}, ${number.country},
      ${number.type}, 'claimed', ${JSON.stringify(number.capabilities)}, ${number.locality}, ${number.region})
    on conflict do nothing`)
  return inserted === 1
}

/** Gives up a claim on a number that was certainly not bought. */
export async function dropClaim(tx: Tx, number: NumberKey): Promise<void> {
  await tx.run(sql`
    update numbers set status = 'released', released_at = business_now()
    where account_id = ${number.accountId} and number_id = ${number.numberId} and status = 'claimed'`)
}

export async function ownNumber(
  tx: Tx,
  number: NumberKey & { twilioSid: string; twilioAccountSid: string; capabilities: Capabilities },
): Promise<void> {
  await tx.run(sql`
    update numbers
    set status = 'owned', owned_at = business_now(), twilio_sid = ${number.twilioSid},
      twilio_account_sid = ${number.twilioAccountSid}, capabilities = ${JSON.stringify(number.capabilities)}
    where account_id = ${number.accountId} and number_id = ${number.numberId}`)
}

/** Puts a number on its way back to Twilio; `twilioSid` where a purchase that came too late has just told it. */
export async function startRelease(
  tx: Tx,
  number: NumberKey,
  twilioSid: string | null = null,
): Promise<void> {
  await tx.run(sql`
    update numbers
    set status = 'releasing', released_at = null, twilio_sid = coalesce(twilio_sid, ${twilioSid})
    where account_id = ${number.accountId} and number_id = ${number.numberId}`)
}

/** False where it was released already. */
export async function finishRelease(tx: Tx, number: NumberKey): Promise<boolean> {
  const released = await tx.run(sql`
    update numbers set status = 'released', released_at = business_now()
    where account_id = ${number.accountId} and number_id = ${number.numberId} and status = 'releasing'`)
  return released === 1
}

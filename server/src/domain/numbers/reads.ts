import type { Statement, Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Capabilities, NumberType } from '../../providers/twilio/port.ts'
import type { NumberPreference } from '../subscriptions/subscription.ts'
import type { NumberOrder, NumberStatus, PhoneNumber } from './number.ts'

type NumberRow = {
  account_id: string
  number_id: string
  order_id: string
  e164: string
  country: string
  type: NumberType
  status: NumberStatus
  twilio_sid: string | null
  capabilities: Capabilities
  locality: string | null
  region: string | null
  label: string | null
  claimed_at: Date
  owned_at: Date | null
  released_at: Date | null
}

function toNumber(row: NumberRow): PhoneNumber {
  return {
    accountId: row.account_id,
    numberId: row.number_id,
    orderId: row.order_id,
    e164: row.e164,
    country: row.country,
    type: row.type,
    status: row.status,
    twilioSid: row.twilio_sid,
    capabilities: row.capabilities,
    locality: row.locality,
    region: row.region,
    label: row.label,
    claimedAt: row.claimed_at,
    ownedAt: row.owned_at,
    releasedAt: row.released_at,
  }
}

type OrderRow = {
  account_id: string
  order_id: string
  kind: 'included' | 'requested'
  subscription_id: string
  position: number
  preference: NumberPreference
  status: NumberOrder['status']
  attempt_count: number
  due_at: Date | null
  last_error: string | null
}

function toOrder(row: OrderRow): NumberOrder {
  return {
    accountId: row.account_id,
    orderId: row.order_id,
    kind: row.kind,
    subscriptionId: row.subscription_id,
    position: row.position,
    preference: row.preference,
    status: row.status,
    attemptCount: row.attempt_count,
    dueAt: row.due_at,
    lastError: row.last_error,
  }
}

const numbersWhere = (rest: Statement): Statement => ({
  text: `select account_id, number_id, order_id, e164, country, type, status, twilio_sid, capabilities, locality, region,
      label, claimed_at, owned_at, released_at
    from numbers ${rest.text}`,
  values: rest.values,
})

const ordersWhere = (rest: Statement): Statement => ({
  text: `select account_id, order_id, kind, subscription_id, position, preference, status, attempt_count, due_at,
      last_error
    from number_orders ${rest.text}`,
  values: rest.values,
})

/** The numbers an account has, the oldest first; claims count once they are bought. */
export async function numbersOf(tx: Tx, accountId: string): Promise<PhoneNumber[]> {
  const rows = await tx.rows<NumberRow>(
    numbersWhere(sql`where account_id = ${accountId} and status = 'owned' order by owned_at, number_id`),
  )
  return rows.map(toNumber)
}

export async function numberOf(
  tx: Tx,
  accountId: string,
  numberId: string,
): Promise<PhoneNumber | undefined> {
  const row = await tx.maybe<NumberRow>(
    numbersWhere(sql`where account_id = ${accountId} and number_id = ${numberId}`),
  )
  return row && toNumber(row)
}

/** The number that an order has claimed or bought; at most one, so that an order never buys two. */
export async function liveNumberOfOrder(
  tx: Tx,
  order: { accountId: string; orderId: string },
): Promise<PhoneNumber | undefined> {
  const row = await tx.maybe<NumberRow>(
    numbersWhere(sql`
      where account_id = ${order.accountId} and order_id = ${order.orderId}
        and status in ('claimed', 'owned')`),
  )
  return row && toNumber(row)
}

export async function lockNumber(tx: Tx, accountId: string, numberId: string): Promise<PhoneNumber> {
  return toNumber(
    await tx.one<NumberRow>(
      numbersWhere(sql`where account_id = ${accountId} and number_id = ${numberId} for update`),
    ),
  )
}

/** How many numbers an account held at any time in [startsAt, endsAt): what the charge for numbers counts. */
export async function countHeld(
  tx: Tx,
  accountId: string,
  { startsAt, endsAt }: { startsAt: Date; endsAt: Date },
): Promise<number> {
  const { held } = await tx.one<{ held: number }>(sql`
    select count(*)::int as held from numbers
    where account_id = ${accountId} and owned_at < ${endsAt} and (released_at is null or released_at > ${startsAt})`)
  return held
}

/** Locks all of the subscription's included orders, or a requested one alone, and answers them by position. */
export async function lockWithSiblings(tx: Tx, accountId: string, orderId: string): Promise<NumberOrder[]> {
  const rows = await tx.rows<OrderRow>(
    ordersWhere(sql`
      where account_id = ${accountId} and (
        order_id = ${orderId}
        or (kind = 'included' and subscription_id = (
          select subscription_id from number_orders
          where account_id = ${accountId} and order_id = ${orderId} and kind = 'included')))
      order by position, order_id for update`),
  )
  return rows.map(toOrder)
}

export async function lockOrdersOf(
  tx: Tx,
  accountId: string,
  subscriptionId: string,
): Promise<NumberOrder[]> {
  const rows = await tx.rows<OrderRow>(
    ordersWhere(sql`
      where account_id = ${accountId} and subscription_id = ${subscriptionId}
      order by position, order_id for update`),
  )
  return rows.map(toOrder)
}

/** The order that somebody asked for and that has not come to its end. */
export async function pendingRequest(tx: Tx, accountId: string): Promise<NumberOrder | undefined> {
  const row = await tx.maybe<OrderRow>(
    ordersWhere(sql`
      where account_id = ${accountId} and kind = 'requested' and status = 'pending'
      order by created_at limit 1`),
  )
  return row && toOrder(row)
}

/** What these orders bought or are about to buy. */
export async function liveNumbersOfOrders(
  tx: Tx,
  accountId: string,
  orderIds: string[],
): Promise<PhoneNumber[]> {
  const rows = await tx.rows<NumberRow>(
    numbersWhere(sql`
      where account_id = ${accountId} and order_id = any(${orderIds})
        and status in ('claimed', 'owned')
      order by claimed_at, number_id`),
  )
  return rows.map(toNumber)
}

/** Orders of all accounts to be tried at or before `by`, the longest due first. */
export async function ordersDue(
  tx: Tx,
  by: Date,
  limit: number,
): Promise<{ accountId: string; orderId: string }[]> {
  const rows = await tx.rows<{ account_id: string; order_id: string }>(sql`
    select account_id, order_id from number_orders
    where status = 'pending' and due_at <= ${by} order by due_at limit ${limit}`)
  return rows.map((row) => ({ accountId: row.account_id, orderId: row.order_id }))
}

/** When the next order of any account is due that is not due yet; null where none waits. */
export async function nextOrderDueAt(tx: Tx): Promise<Date | null> {
  const { due_at } = await tx.one<{ due_at: Date | null }>(sql`
    select min(due_at) as due_at from number_orders where status = 'pending' and due_at > business_now()`)
  return due_at
}

/** Whether a subscription ever had a number bought for it. */
export async function hadNumbers(tx: Tx, accountId: string, subscriptionId: string): Promise<boolean> {
  const row = await tx.maybe(sql`
    select from numbers join number_orders using (account_id, order_id)
    where account_id = ${accountId} and subscription_id = ${subscriptionId} and owned_at is not null limit 1`)
  return row !== undefined
}

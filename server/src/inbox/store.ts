import type { Statement, Tx } from '../lib/db.ts'
import { sql } from '../lib/db.ts'
import type { Cursor } from '../lib/pagination.ts'

export type InboxStatus = 'received' | 'waiting' | 'handled' | 'ignored' | 'dead'

export type InboxEvent = {
  inboxId: bigint
  source: 'stripe' | 'twilio' | 'vapi'
  externalId: string
  type: string
  objectKey: string
  body: string
  status: InboxStatus
  accountId: string | null
  attemptCount: number
  lastError: string | null
  occurredAt: Date
  receivedAt: Date
  handledAt: Date | null
}

type InboxRow = {
  inbox_id: bigint
  source: InboxEvent['source']
  external_id: string
  type: string
  object_key: string
  body: string
  status: InboxStatus
  account_id: string | null
  attempt_count: number
  last_error: string | null
  occurred_at: Date
  received_at: Date
  handled_at: Date | null
}

function toEvent(row: InboxRow): InboxEvent {
  return {
    inboxId: row.inbox_id,
    source: row.source,
    externalId: row.external_id,
    type: row.type,
    objectKey: row.object_key,
    body: row.body,
    status: row.status,
    accountId: row.account_id,
    attemptCount: row.attempt_count,
    lastError: row.last_error,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    handledAt: row.handled_at,
  }
}

const select = (rest: Statement): Statement => ({
  text: `select inbox_id, source, external_id, type, object_key, body, status, account_id, attempt_count, last_error,
      occurred_at, received_at, handled_at from inbox ${rest.text}`,
  values: rest.values,
})

/** Answers whether the event is new: a delivery that comes again changes nothing. */
export async function insertEvent(
  tx: Tx,
  event: Pick<InboxEvent, 'source' | 'externalId' | 'type' | 'objectKey' | 'body' | 'status' | 'occurredAt'>,
): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into inbox (source, external_id, type, object_key, body, status, occurred_at)
    values (${event.source}, ${event.externalId}, ${event.type}, ${event.objectKey}, ${event.body}, ${event.status},
      ${event.occurredAt})
    on conflict (source, external_id) do nothing`)
  return inserted === 1
}

export async function unhandledOf(tx: Tx, objectKey: string): Promise<InboxEvent[]> {
  const rows = await tx.rows<InboxRow>(
    select(sql`where object_key = ${objectKey} and status in ('received', 'waiting') order by inbox_id`),
  )
  return rows.map(toEvent)
}

export async function markHandled(tx: Tx, inboxIds: bigint[], accountId: string): Promise<void> {
  await tx.run(sql`
    update inbox set status = 'handled', account_id = ${accountId}, handled_at = now(), last_error = null
    where inbox_id = any(${inboxIds})`)
}

export async function markFailed(
  tx: Tx,
  inboxIds: bigint[],
  failure: { status: 'received' | 'waiting' | 'dead'; error: string },
): Promise<void> {
  await tx.run(sql`
    update inbox set status = ${failure.status}, last_error = ${failure.error}, attempt_count = attempt_count + 1
    where inbox_id = any(${inboxIds})`)
}

/** Makes an event unhandled again, as if it had just come. Answers it, or undefined where there is none. */
export async function reopenEvent(tx: Tx, inboxId: bigint): Promise<InboxEvent | undefined> {
  const row = await tx.maybe<InboxRow>(sql`
    update inbox set status = case when object_key like 'none:%' then 'ignored' else 'received' end,
      attempt_count = 0, last_error = null, handled_at = null
    where inbox_id = ${inboxId}
    returning inbox_id, source, external_id, type, object_key, body, status, account_id, attempt_count, last_error,
      occurred_at, received_at, handled_at`)
  return row && toEvent(row)
}

export async function listEvents(
  tx: Tx,
  options: { status: InboxStatus | undefined; after: Cursor | undefined; limit: number },
): Promise<InboxEvent[]> {
  const { status, after, limit } = options
  const rows = await tx.rows<InboxRow>(
    select(sql`
      where (${status ?? null}::text is null or status = ${status ?? null})
        and (${after?.id ?? null}::bigint is null or inbox_id < ${after?.id ?? null}::bigint)
      order by inbox_id desc limit ${limit}`),
  )
  return rows.map(toEvent)
}

/**
 * Whether anything is being worked on: events just received (one that has waited for several tries is not about to
 * be handled), or jobs that could run now.
 */
export async function hasWorkNow(tx: Tx): Promise<boolean> {
  const { busy } = await tx.one<{ busy: boolean }>(sql`
    select exists (select from inbox where status in ('received', 'waiting') and attempt_count < 4)
      or exists (
        select from graphile_worker.jobs
        where attempts < max_attempts
          -- One that failed once or twice is tried again within seconds.
          and (run_at <= now() or locked_at is not null or attempts between 1 and 2)
      ) as busy`)
  return busy
}

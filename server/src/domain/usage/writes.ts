import type Big from 'big.js'
import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { UsageAnswer } from './answer.ts'
import type { PlacedEvent } from './event.ts'
import { COUNTER_COLUMNS, toCounter } from './reads.ts'
import type { Counter, CounterTerms, Period, PeriodTerms } from './usage.ts'

type PeriodRef = { accountId: string; periodId: string }

/** Remembers event ids; answers those that were not known before. In id order, so that two batches cannot lock crosswise. */
export async function insertKeys(tx: Tx, accountId: string, eventIds: string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ event_id: string }>(sql`
    insert into usage_keys (account_id, event_id)
    select ${accountId}, id from unnest(${eventIds}::text[]) as id order by id
    on conflict do nothing
    returning event_id`)
  return new Set(rows.map((row) => row.event_id))
}

/** Forgets an id that this very transaction took: a refusal is not remembered. */
export async function deleteKey(
  tx: Tx,
  { accountId, eventId }: { accountId: string; eventId: string },
): Promise<void> {
  await tx.run(sql`delete from usage_keys where account_id = ${accountId} and event_id = ${eventId}`)
}

export async function rememberAnswer(
  tx: Tx,
  input: { accountId: string; eventId: string; answer: UsageAnswer },
): Promise<void> {
  await tx.run(sql`
    update usage_keys set answer = ${JSON.stringify(input.answer)}
    where account_id = ${input.accountId} and event_id = ${input.eventId}`)
}

/**
 * Keeps events; answers the ids that are new. The keys decide that, but they are forgotten after some weeks while
 * the rows stay, and a row of the same id and time is still the same event.
 */
export async function insertEvents(tx: Tx, accountId: string, events: PlacedEvent[]): Promise<Set<string>> {
  const column = <T>(of: (event: PlacedEvent) => T): T[] => events.map(of)
  const rows = await tx.rows<{ event_id: string }>(sql`
    insert into usage_events (account_id, event_id, meter, quantity, at, period_id, is_late, user_id, entity_type,
      entity_id, cost_cents, metadata)
    select ${accountId}, * from unnest(
      ${column((e) => e.id)}::text[], ${column((e) => e.meter)}::text[],
      ${column((e) => e.quantity.toFixed())}::numeric[], ${column((e) => e.at.toISOString())}::timestamptz[],
      ${column((e) => e.periodId)}::text[], ${column((e) => e.isLate)}::boolean[],
      ${column((e) => e.userId)}::text[], ${column((e) => e.entityType)}::text[],
      ${column((e) => e.entityId)}::text[], ${column((e) => e.costCents?.toFixed() ?? null)}::numeric[],
      ${column((e) => JSON.stringify(e.metadata))}::jsonb[])
    on conflict do nothing
    returning event_id`)
  return new Set(rows.map((row) => row.event_id))
}

/**
 * Adds to a counter if it is open, still contains the time of the use and, where `isLimited`, has room for it under a
 * limit that blocks. The whole decision stands in this one update of one row, so whoever waits for the row's lock is
 * judged by what the one before left. Answers the counter afterwards; undefined where it was not to be.
 */
export async function raiseCounter(
  tx: Tx,
  input: {
    accountId: string
    periodId: string
    meter: string
    quantity: Big
    firstAt: Date
    lastAt: Date
    isLimited: boolean
  },
): Promise<Counter | undefined> {
  const quantity = input.quantity.toFixed()
  const row = await tx.maybe<Parameters<typeof toCounter>[0]>(sql`
    update usage_counters set used = used + ${quantity}::numeric
    where account_id = ${input.accountId} and period_id = ${input.periodId} and meter = ${input.meter}
      and is_open and starts_at <= ${input.firstAt} and ends_at > ${input.lastAt}
      and (not ${input.isLimited}::boolean or at_limit <> 'block' or included is null
        or used + reserved + ${quantity}::numeric <= included)
    returning ${COUNTER_COLUMNS}`)
  return row && toCounter(row)
}

/** Reads a counter and keeps it as it is until the transaction ends. */
export async function lockCounter(
  tx: Tx,
  { accountId, periodId, meter }: PeriodRef & { meter: string },
): Promise<Counter | undefined> {
  const row = await tx.maybe<Parameters<typeof toCounter>[0]>(sql`
    select ${COUNTER_COLUMNS} from usage_counters
    where account_id = ${accountId} and period_id = ${periodId} and meter = ${meter} for update`)
  return row && toCounter(row)
}

/**
 * Waits for everybody who is adding to counters that end after `at`, and keeps others waiting, in the order in
 * which tracking takes them.
 */
export async function lockCountersAfter(
  tx: Tx,
  { accountId, at }: { accountId: string; at: Date },
): Promise<void> {
  await tx.run(sql`
    select from usage_counters where account_id = ${accountId} and ends_at > ${at}
    order by period_id, meter for update`)
}

export async function insertPeriod(
  tx: Tx,
  { accountId, periodId, status, ...terms }: PeriodRef & { status: Period['status'] } & PeriodTerms,
): Promise<void> {
  await tx.run(sql`
    insert into periods (account_id, period_id, subscription_id, plan, catalog_version, starts_at, ends_at, anchor,
      interval, is_rolling, status)
    values (${accountId}, ${periodId}, ${terms.subscriptionId}, ${terms.plan}, ${terms.catalogVersion},
      ${terms.startsAt}, ${terms.endsAt}, ${terms.anchor}, ${terms.interval}, ${terms.isRolling}, ${status})`)
}

/** Gives a period that is not frozen new terms, and its counters the new boundaries; their limits come after. */
export async function confirmTerms(
  tx: Tx,
  { accountId, periodId, ...terms }: PeriodRef & PeriodTerms,
): Promise<void> {
  await tx.run(sql`
    update periods set subscription_id = ${terms.subscriptionId}, plan = ${terms.plan},
      catalog_version = ${terms.catalogVersion}, starts_at = ${terms.startsAt}, ends_at = ${terms.endsAt},
      anchor = ${terms.anchor}, interval = ${terms.interval}, is_rolling = ${terms.isRolling}, status = 'confirmed'
    where account_id = ${accountId} and period_id = ${periodId} and status <> 'frozen'`)
  await tx.run(sql`
    update usage_counters set starts_at = ${terms.startsAt}, ends_at = ${terms.endsAt},
      included = null, at_limit = 'allow', overage_cents = null
    where account_id = ${accountId} and period_id = ${periodId} and is_open`)
}

/** Ends a period early; none follows it by itself. */
export async function cutPeriod(tx: Tx, { accountId, periodId }: PeriodRef, endsAt: Date): Promise<void> {
  await tx.run(sql`
    update periods set ends_at = ${endsAt}, is_rolling = false
    where account_id = ${accountId} and period_id = ${periodId} and status <> 'frozen'`)
  await tx.run(sql`
    update usage_counters set ends_at = ${endsAt}
    where account_id = ${accountId} and period_id = ${periodId} and is_open`)
}

/** Takes back periods that turned out otherwise; their events are placed anew by `placeEvents`. */
export async function removePeriods(tx: Tx, accountId: string, periodIds: string[]): Promise<void> {
  await tx.run(sql`
    delete from usage_counters where account_id = ${accountId} and period_id = any(${periodIds}) and is_open`)
  await tx.run(sql`
    delete from periods where account_id = ${accountId} and period_id = any(${periodIds}) and status <> 'frozen'`)
}

/** Says that no period of this subscription follows by itself any more. */
export async function stopRolling(
  tx: Tx,
  { accountId, subscriptionId }: { accountId: string; subscriptionId: string },
): Promise<void> {
  await tx.run(sql`
    update periods set is_rolling = false
    where account_id = ${accountId} and subscription_id = ${subscriptionId} and is_rolling`)
}

/** Sets what a period includes of each meter, on the counters it has and on those that it lacks. */
export async function putLimits(
  tx: Tx,
  { accountId, periodId }: PeriodRef,
  terms: CounterTerms[],
): Promise<void> {
  await tx.run(sql`
    insert into usage_counters (account_id, period_id, meter, starts_at, ends_at, included, at_limit, overage_cents)
    select p.account_id, p.period_id, t.meter, p.starts_at, p.ends_at, t.included, t.at_limit, t.overage_cents
    from periods p, unnest(
      ${terms.map((each) => each.meter)}::text[], ${terms.map((each) => each.included?.toFixed() ?? null)}::numeric[],
      ${terms.map((each) => each.atLimit)}::text[],
      ${terms.map((each) => each.overageCents?.toFixed() ?? null)}::numeric[]
    ) as t (meter, included, at_limit, overage_cents)
    where p.account_id = ${accountId} and p.period_id = ${periodId} and p.status <> 'frozen'
    order by t.meter
    on conflict (account_id, period_id, meter) do update set
      included = excluded.included, at_limit = excluded.at_limit, overage_cents = excluded.overage_cents`)
}

/** A meter younger than the period's catalog is counted without a limit; its counter is made when it is first used. */
export async function ensureCounters(
  tx: Tx,
  { accountId, periodId }: PeriodRef,
  meters: string[],
): Promise<void> {
  await tx.run(sql`
    insert into usage_counters (account_id, period_id, meter, starts_at, ends_at, at_limit)
    select p.account_id, p.period_id, meter, p.starts_at, p.ends_at, 'allow'
    from periods p, unnest(${meters}::text[]) as meter
    where p.account_id = ${accountId} and p.period_id = ${periodId} and p.status <> 'frozen'
    order by meter
    on conflict do nothing`)
}

/**
 * Puts every event at or after `from` into the period that contains its time, or into none, and moves what it counted
 * from one counter to the other. Late events stay where they are, and so does everything in a frozen period.
 */
export async function placeEvents(
  tx: Tx,
  { accountId, from }: { accountId: string; from: Date },
): Promise<void> {
  const misplaced = sql`
    select e.account_id, e.event_id, e.at, e.meter, e.quantity, e.period_id as left_id, p.period_id as joined_id,
      p.starts_at, p.ends_at
    from usage_events e
    left join periods p on p.account_id = e.account_id and p.starts_at <= e.at and p.ends_at > e.at
    where e.account_id = ${accountId} and e.at >= ${from} and not e.is_late
      and p.status is distinct from 'frozen' and e.period_id is distinct from p.period_id`
  await tx.run(sql`
    insert into usage_counters (account_id, period_id, meter, starts_at, ends_at, at_limit)
    select distinct account_id, joined_id, meter, starts_at, ends_at, 'allow' from (${misplaced})
    where joined_id is not null
    order by joined_id, meter
    on conflict do nothing`)
  await tx.run(sql`
    with moved as (
      update usage_events e set period_id = m.joined_id from (${misplaced}) m
      where e.account_id = m.account_id and e.at = m.at and e.event_id = m.event_id
      returning m.left_id, m.joined_id, m.meter, m.quantity
    ), change as (
      select period_id, meter, sum(quantity) as quantity from (
        select left_id as period_id, meter, -quantity as quantity from moved
        union all select joined_id, meter, quantity from moved)
      where period_id is not null group by period_id, meter
    )
    update usage_counters c set used = c.used + change.quantity from change
    where c.account_id = ${accountId} and c.period_id = change.period_id and c.meter = change.meter and c.is_open`)
}

/** Closes a period for good: whoever was adding to it has finished, and nobody adds any more. */
export async function closePeriod(tx: Tx, { accountId, periodId }: PeriodRef): Promise<void> {
  await tx.run(sql`
    update periods set status = 'frozen'
    where account_id = ${accountId} and period_id = ${periodId} and status <> 'frozen'`)
  await tx.run(sql`
    update usage_counters set is_open = false
    where account_id = ${accountId} and period_id = ${periodId} and is_open`)
}

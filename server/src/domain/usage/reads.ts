import Big from 'big.js'
import type { Statement, Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Interval } from '../catalog/catalog.ts'
import type { UsageAnswer } from './answer.ts'
import type { Counter, Period } from './usage.ts'

type PeriodRow = {
  account_id: string
  period_id: string
  subscription_id: string | null
  plan: string
  catalog_version: number
  starts_at: Date
  ends_at: Date
  anchor: Date
  interval: Interval
  is_rolling: boolean
  status: Period['status']
}

function toPeriod(row: PeriodRow): Period {
  return {
    accountId: row.account_id,
    periodId: row.period_id,
    subscriptionId: row.subscription_id,
    plan: row.plan,
    catalogVersion: row.catalog_version,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    anchor: row.anchor,
    interval: row.interval,
    isRolling: row.is_rolling,
    status: row.status,
  }
}

const selectPeriods = (rest: Statement): Statement => ({
  text: `select account_id, period_id, subscription_id, plan, catalog_version, starts_at, ends_at, anchor, interval,
      is_rolling, status
    from periods ${rest.text}`,
  values: rest.values,
})

/** The period that contains `at`, and where none does the nearest ones on either side. */
export async function periodsAround(
  tx: Tx,
  { accountId, at }: { accountId: string; at: Date },
): Promise<{ containing: Period | undefined; before: Period | undefined; after: Period | undefined }> {
  const last = await tx.maybe<PeriodRow>(
    selectPeriods(
      sql`where account_id = ${accountId} and starts_at <= ${at} order by starts_at desc limit 1`,
    ),
  )
  const before = last && toPeriod(last)
  if (before !== undefined && before.endsAt > at)
    return { containing: before, before: undefined, after: undefined }
  const next = await tx.maybe<PeriodRow>(
    selectPeriods(sql`where account_id = ${accountId} and starts_at > ${at} order by starts_at limit 1`),
  )
  return { containing: undefined, before, after: next && toPeriod(next) }
}

/** The account's periods that end after `at`, in order. */
export async function periodsEndingAfter(
  tx: Tx,
  { accountId, at }: { accountId: string; at: Date },
): Promise<Period[]> {
  const rows = await tx.rows<PeriodRow>(
    selectPeriods(sql`where account_id = ${accountId} and ends_at > ${at} order by starts_at`),
  )
  return rows.map(toPeriod)
}

/** The period of a subscription that ends at exactly this instant: the one that a renewal closes. */
export async function periodEndingAt(
  tx: Tx,
  input: { accountId: string; subscriptionId: string; endsAt: Date },
): Promise<Period | undefined> {
  const row = await tx.maybe<PeriodRow>(
    selectPeriods(sql`
      where account_id = ${input.accountId} and subscription_id = ${input.subscriptionId} and ends_at = ${input.endsAt}`),
  )
  return row && toPeriod(row)
}

type CounterRow = {
  period_id: string
  meter: string
  starts_at: Date
  ends_at: Date
  is_open: boolean
  used: string
  reserved: string
  included: string | null
  at_limit: Counter['atLimit']
  overage_cents: string | null
}

export const COUNTER_COLUMNS: Statement = {
  text: 'period_id, meter, starts_at, ends_at, is_open, used, reserved, included, at_limit, overage_cents',
  values: [],
}

export function toCounter(row: CounterRow): Counter {
  return {
    periodId: row.period_id,
    meter: row.meter,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    isOpen: row.is_open,
    used: new Big(row.used),
    reserved: new Big(row.reserved),
    included: row.included === null ? null : new Big(row.included),
    atLimit: row.at_limit,
    overageCents: row.overage_cents === null ? null : new Big(row.overage_cents),
  }
}

/** All counters of one period, by meter. */
export async function countersOf(tx: Tx, accountId: string, periodId: string): Promise<Counter[]> {
  const rows = await tx.rows<CounterRow>(sql`
    select ${COUNTER_COLUMNS} from usage_counters
    where account_id = ${accountId} and period_id = ${periodId} order by meter`)
  return rows.map(toCounter)
}

/** The counters that may still take use of some time between `first` and `last`. */
export async function openCounters(
  tx: Tx,
  { accountId, first, last }: { accountId: string; first: Date; last: Date },
): Promise<Counter[]> {
  const rows = await tx.rows<CounterRow>(sql`
    select ${COUNTER_COLUMNS} from usage_counters
    where account_id = ${accountId} and is_open and ends_at > ${first} and starts_at <= ${last}`)
  return rows.map(toCounter)
}

/** What an event id was answered with. Undefined: never seen; null: seen, with nothing to tell. */
export async function rememberedAnswer(
  tx: Tx,
  { accountId, eventId }: { accountId: string; eventId: string },
): Promise<UsageAnswer | null | undefined> {
  const row = await tx.maybe<{ answer: UsageAnswer | null }>(sql`
    select answer from usage_keys where account_id = ${accountId} and event_id = ${eventId}`)
  return row?.answer
}

/** When the first event at or after `from` happened that no period contains. */
export async function firstOutsidePeriods(
  tx: Tx,
  { accountId, from }: { accountId: string; from: Date },
): Promise<Date | undefined> {
  const row = await tx.maybe<{ at: Date }>(sql`
    select e.at from usage_events e
    where e.account_id = ${accountId} and e.at >= ${from} and not e.is_late
      and not exists (
        select from periods p where p.account_id = e.account_id and p.starts_at <= e.at and p.ends_at > e.at)
    order by e.at limit 1`)
  return row?.at
}

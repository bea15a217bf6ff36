import { randomBytes } from 'node:crypto'
import { catalog as assistant } from '../../examples/assistant/catalog.ts'
import { createAccount } from '../src/domain/accounts/create.ts'
import type { Catalog, CatalogInput } from '../src/domain/catalog/catalog.ts'
import { checkCatalog, planOf } from '../src/domain/catalog/catalog.ts'
import type { Catalogs } from '../src/domain/catalog/reads.ts'
import { openCatalogs, versionByHash } from '../src/domain/catalog/reads.ts'
import { insertVersion, makeCurrent } from '../src/domain/catalog/writes.ts'
import { confirmPeriod } from '../src/domain/usage/confirm-period.ts'
import { endPeriod } from '../src/domain/usage/end-period.ts'
import { freezePeriod } from '../src/domain/usage/freeze-period.ts'
import type { Tracked } from '../src/domain/usage/track.ts'
import { track } from '../src/domain/usage/track.ts'
import { setBusinessTime } from '../src/lib/clock.ts'
import type { Database } from '../src/lib/db.ts'
import { sql } from '../src/lib/db.ts'
import type { TestDatabase } from './database.ts'
import { testDatabase } from './database.ts'

export type UsageWorld = {
  db: Database
  catalogs: Catalogs
  catalog: Catalog
  version: number
  putOnSale(input: CatalogInput): Promise<{ catalog: Catalog; version: number }>
  setNow(now: string | Date): Promise<void>
  newAccount(currency?: string): Promise<string>
  confirm(accountId: string, period: Confirmed): Promise<void>
  end(accountId: string, endedAt: string | Date): Promise<void>
  freeze(accountId: string, endsAt: string | Date): Promise<void>
  used(
    accountId: string,
    use: [meter: string, quantity: number | string, at: string | Date],
  ): Promise<Tracked>
  periods(accountId: string): Promise<string[]>
  counted(accountId: string, meter: string): Promise<Record<string, number>>
  /** Every way in which the tables disagree with what the folder's README promises. */
  broken(accountId: string): Promise<string[]>
  close(): Promise<void>
}

type Confirmed = {
  from: string | Date
  to: string | Date
  plan?: string
  anchor?: string | Date
  isRolling?: boolean
}

export function checked(input: CatalogInput): Catalog {
  const { catalog, problems } = checkCatalog(input)
  if (catalog === undefined) throw new Error(JSON.stringify(problems))
  return catalog
}

export function withoutFreePlan(input: CatalogInput): CatalogInput {
  return { ...input, plans: input.plans.filter((plan) => !plan.free) }
}

/** A database with a catalog on sale, at noon on 1 January 2025. */
export async function usageWorld(input: CatalogInput = assistant): Promise<UsageWorld> {
  const test: TestDatabase = await testDatabase()
  const { db } = test
  const catalogs = openCatalogs()
  const putOnSale: UsageWorld['putOnSale'] = async (document) => {
    const catalog = checked(document)
    const hash = randomBytes(8).toString('hex')
    const version = await db.system(async (tx) => {
      await insertVersion(tx, catalog, hash)
      const inserted = await versionByHash(tx, hash)
      await makeCurrent(tx, inserted.version)
      return inserted.version
    })
    return { catalog, version }
  }
  const setNow = (now: string | Date) => db.system((tx) => setBusinessTime(tx, new Date(now)))
  await setNow('2025-01-01T12:00:00Z')
  const onSale = await putOnSale(input)
  let events = 0
  return {
    ...{ db, catalogs, ...onSale, putOnSale, setNow, close: test.close },
    newAccount: async (currency = 'usd') => {
      const externalId = randomBytes(8).toString('hex')
      const email = 'owner@example.com'
      const { account } = await createAccount({ db }, { externalId, name: 'Ada', email, currency })
      return account.accountId
    },
    confirm: (accountId, { from, to, plan = 'ai_secretary', anchor = from, isRolling = true }) =>
      db.tenant(accountId, async (tx) => {
        const found = planOf(onSale.catalog, plan)
        if (found === undefined) throw new Error(plan)
        const times = { startsAt: new Date(from), endsAt: new Date(to), anchor: new Date(anchor) }
        const terms = { plan: found, catalogVersion: onSale.version, interval: 'month' as const, isRolling }
        await confirmPeriod({ tx, catalogs }, { accountId, subscriptionId: 'sub_1', ...times, ...terms })
      }),
    end: (accountId, endedAt) =>
      db.tenant(accountId, (tx) =>
        endPeriod({ tx, catalogs }, { accountId, subscriptionId: 'sub_1', endedAt: new Date(endedAt) }),
      ),
    freeze: (accountId, endsAt) =>
      db.tenant(accountId, async (tx) => {
        await freezePeriod({ tx, catalogs }, { accountId, subscriptionId: 'sub_1', endsAt: new Date(endsAt) })
      }),
    used: (accountId, [meter, quantity, at]) => {
      events += 1
      const event = { id: `used-${events}`, meter, quantity, at: new Date(at) }
      return track({ db, catalogs }, { accountId, events: [event] })
    },
    periods: (accountId) =>
      db.tenant(accountId, async (tx) => {
        const rows = await tx.rows<{ words: string }>(sql`
          select to_char(starts_at, 'MM-DD HH24:MI') || ' to ' || to_char(ends_at, 'MM-DD HH24:MI') || ' '
            || plan || ' ' || status as words
          from periods order by starts_at`)
        return rows.map((row) => row.words.replaceAll(' 00:00', ''))
      }),
    counted: (accountId, meter) =>
      db.tenant(accountId, async (tx) => {
        const rows = await tx.rows<{ day: string; used: string }>(sql`
          select to_char(starts_at, 'MM-DD') as day, used from usage_counters where meter = ${meter}
          order by starts_at`)
        return Object.fromEntries(rows.map((row) => [row.day, Number(row.used)]))
      }),
    broken: (accountId) =>
      db.tenant(accountId, async (tx) => (await tx.rows<{ what: string }>(BROKEN)).map((row) => row.what)),
  }
}

const BROKEN = sql`
  select 'counter ' || c.meter || ' from ' || c.starts_at || ' says ' || c.used as what from usage_counters c
  where c.used <> coalesce((
    select sum(e.quantity) from usage_events e
    where e.account_id = c.account_id and e.period_id = c.period_id and e.meter = c.meter and not e.is_late), 0)
  union all
  select 'event ' || e.event_id || ' at ' || e.at || ' counts elsewhere' from usage_events e
  left join periods p on p.account_id = e.account_id and p.starts_at <= e.at and p.ends_at > e.at
  where e.period_id is distinct from p.period_id
  union all
  select 'event ' || e.event_id || ' has no counter' from usage_events e
  where e.period_id is not null and not e.is_late and not exists (
    select from usage_counters c
    where c.account_id = e.account_id and c.period_id = e.period_id and c.meter = e.meter)
  union all
  select 'periods overlap at ' || a.ends_at from periods a join periods b
    on b.account_id = a.account_id and b.starts_at > a.starts_at and b.starts_at < a.ends_at
  union all
  select 'counter ' || c.meter || ' from ' || c.starts_at || ' differs from its period' from usage_counters c
  join periods p on p.account_id = c.account_id and p.period_id = c.period_id
  where (c.starts_at, c.ends_at, c.is_open) is distinct from (p.starts_at, p.ends_at, p.status <> 'frozen')`

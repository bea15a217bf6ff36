import type { Tx } from '../../lib/db.ts'
import type { Catalogs } from '../catalog/reads.ts'
import type { PlacedEvent, UsageEvent } from './event.ts'
import { rollTo } from './open-period.ts'
import { openCounters } from './reads.ts'
import { NeedsAccountLock } from './when-alone.ts'
import { ensureCounters } from './writes.ts'

/**
 * Finds the period of each event by its time. What an open counter takes is found in one read; the rest (a period to
 * open, one that is frozen, none at all) is decided only under the account's lock, which `isAlone` says is held.
 */
export async function placeUsage(
  { tx, catalogs, isAlone }: { tx: Tx; catalogs: Catalogs; isAlone: boolean },
  accountId: string,
  events: UsageEvent[],
): Promise<PlacedEvent[]> {
  const times = events.map((event) => event.at.getTime())
  const counters = await openCounters(tx, {
    accountId,
    first: new Date(times.reduce((a, b) => Math.min(a, b))),
    last: new Date(times.reduce((a, b) => Math.max(a, b))),
  })
  const placed: PlacedEvent[] = []
  for (const event of events) {
    const counter = counters.find(
      (each) => each.meter === event.meter && each.startsAt <= event.at && each.endsAt > event.at,
    )
    if (counter !== undefined) placed.push({ ...event, periodId: counter.periodId, isLate: false })
    else if (!isAlone) throw new NeedsAccountLock()
    else placed.push(await placeAlone({ tx, catalogs }, accountId, event))
  }
  return placed
}

async function placeAlone(
  deps: { tx: Tx; catalogs: Catalogs },
  accountId: string,
  event: UsageEvent,
): Promise<PlacedEvent> {
  const period = await rollTo(deps, { accountId, at: event.at })
  if (period === undefined) return { ...event, periodId: null, isLate: false }
  if (period.status === 'frozen') return { ...event, periodId: period.periodId, isLate: true }
  await ensureCounters(deps.tx, period, [event.meter])
  return { ...event, periodId: period.periodId, isLate: false }
}

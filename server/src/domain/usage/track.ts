import Big from 'big.js'
import { businessNow } from '../../lib/clock.ts'
import type { Database, Tx } from '../../lib/db.ts'
import type { Catalogs } from '../catalog/reads.ts'
import type { PlacedEvent, UsageInput } from './event.ts'
import { checkEvents } from './event.ts'
import { metersFor } from './meters.ts'
import { placeUsage } from './place.ts'
import { aloneIfNeeded, NeedsAccountLock } from './when-alone.ts'
import { insertEvents, insertKeys, raiseCounter } from './writes.ts'

/** `accepted` are new, the late ones among them included; accepted and duplicates together are all that were sent. */
export type Tracked = { accepted: number; duplicates: number; late: number }

/**
 * Records what happened, whatever the limits say; durable when answered, and once per event id. Use outside of every
 * period is kept unbilled, use of a frozen one is kept late and raises no counter.
 * `isBatch` says how the paths of what is wrong are told: `events.3.at`, or `at` of the only one.
 *
 * Throws Refusal `unknown_meter` or `bad_input` before anything is written.
 */
export async function track(
  { db, catalogs }: { db: Database; catalogs: Catalogs },
  {
    accountId,
    events: inputs,
    isBatch = true,
  }: { accountId: string; events: UsageInput[]; isBatch?: boolean },
): Promise<Tracked> {
  return aloneIfNeeded(db, accountId, async (tx, isAlone) => {
    const now = await businessNow(tx)
    const meters = await metersFor(
      { tx, catalogs },
      { accountId, now, named: inputs.map((input) => input.meter) },
    )
    const checked = checkEvents(inputs, { now, meters, isBatch })
    const firstOfEach = [
      ...new Map(checked.toReversed().map((event) => [event.id, event])).values(),
    ].reverse()
    const unseen = await insertKeys(
      tx,
      accountId,
      firstOfEach.map((event) => event.id),
    )
    const events = firstOfEach.filter((event) => unseen.has(event.id))
    if (events.length === 0) return { accepted: 0, duplicates: inputs.length, late: 0 }

    const placed = await placeUsage({ tx, catalogs, isAlone }, accountId, events)
    const inserted = await insertEvents(tx, accountId, placed)
    const kept = placed.filter((event) => inserted.has(event.id))
    await raiseCounters(tx, accountId, kept)
    return {
      accepted: kept.length,
      duplicates: inputs.length - kept.length,
      late: kept.filter((event) => event.isLate).length,
    }
  })
}

async function raiseCounters(tx: Tx, accountId: string, events: PlacedEvent[]): Promise<void> {
  const groups = Map.groupBy(
    events.filter((event) => event.periodId !== null && !event.isLate),
    (event) => JSON.stringify([event.periodId, event.meter]),
  )
  // In one order for everybody, so that two batches cannot wait for each other crosswise.
  for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const times = group.map((event) => event.at.getTime()).sort((a, b) => a - b)
    const [first] = group
    if (first === undefined || first.periodId === null) continue
    const raised = await raiseCounter(tx, {
      accountId,
      periodId: first.periodId,
      meter: first.meter,
      quantity: group.reduce((sum, event) => sum.plus(event.quantity), new Big(0)),
      firstAt: new Date(times[0] as number),
      lastAt: new Date(times.at(-1) as number),
      isLimited: false,
    })
    // Moved or frozen since it was found.
    if (raised === undefined) throw new NeedsAccountLock()
  }
}

import { Refusal } from '../../errors.ts'
import { businessNow } from '../../lib/clock.ts'
import type { Database, Tx } from '../../lib/db.ts'
import type { Catalogs } from '../catalog/reads.ts'
import type { UsageAnswer } from './answer.ts'
import { answerOf, figuresOf } from './answer.ts'
import { check, withUpgrade } from './check.ts'
import type { PlacedEvent, UsageEvent, UsageInput } from './event.ts'
import { checkEvents } from './event.ts'
import { metersFor } from './meters.ts'
import { placeUsage } from './place.ts'
import { rememberedAnswer } from './reads.ts'
import type { Counter } from './usage.ts'
import { fits } from './usage.ts'
import { aloneIfNeeded, NeedsAccountLock } from './when-alone.ts'
import { deleteKey, insertEvents, insertKeys, lockCounter, raiseCounter, rememberAnswer } from './writes.ts'

export type Consumed = UsageAnswer & { recorded: boolean }

type Deps = { tx: Tx; catalogs: Catalogs; isAlone: boolean }

/**
 * Checks and records in one step: however many call at once, a limit that blocks is never exceeded. The same id after
 * a grant is answered as the first time; a refusal leaves nothing behind, so that it may succeed after an upgrade.
 * `hasAccess`: whether the account is served at all, which its subscription decides and not its use.
 *
 * Throws Refusal `unknown_meter` or `bad_input`.
 */
export async function consume(
  { db, catalogs }: { db: Database; catalogs: Catalogs },
  { accountId, event: input, hasAccess }: { accountId: string; event: UsageInput; hasAccess: boolean },
): Promise<Consumed> {
  return aloneIfNeeded(db, accountId, async (tx, isAlone) => {
    const deps = { tx, catalogs, isAlone }
    const now = await businessNow(tx)
    const meters = await metersFor(deps, { accountId, now, named: [input.meter] })
    const [event] = checkEvents([input], { now, meters, isBatch: false })
    if (event === undefined) throw new Error('one event goes in and one comes out')
    const { meter, quantity } = event
    if (!hasAccess) {
      const before = await rememberedAnswer(tx, { accountId, eventId: event.id })
      if (before !== undefined) return asBefore(deps, accountId, { event, before })
      const answer = await check(deps, { accountId, hasAccess, meter, quantity: quantity.toFixed() })
      return { ...answer, recorded: false }
    }
    const isNew = (await insertKeys(tx, accountId, [event.id])).has(event.id)
    if (!isNew) {
      const before = await rememberedAnswer(tx, { accountId, eventId: event.id })
      return asBefore(deps, accountId, { event, before: before ?? null })
    }
    return decide(deps, accountId, event)
  })
}

/** An id that was tracked before has no answer of its own, but it is recorded, so whoever asks may go on. */
async function asBefore(
  deps: Deps,
  accountId: string,
  { event, before }: { event: UsageEvent; before: UsageAnswer | null },
): Promise<Consumed> {
  if (before !== null) return { ...before, recorded: true }
  const {
    reason: _,
    upgrade: __,
    ...figures
  } = await check(deps, { accountId, hasAccess: true, meter: event.meter })
  return { ...figures, allowed: true, recorded: true }
}

async function decide(deps: Deps, accountId: string, event: UsageEvent): Promise<Consumed> {
  const { tx } = deps
  const [placed] = await placeUsage(deps, accountId, [event])
  if (placed === undefined) throw new Error('one event goes in and one comes out')
  if (placed.isLate) {
    const message = 'the period of that time is closed; report it with track, which keeps what comes late'
    throw new Refusal('bad_input', { details: [{ path: 'at', message }] })
  }
  const { meter, quantity } = event
  const { counter, isGranted } = await take(tx, accountId, placed)
  if (!isGranted) {
    await deleteKey(tx, { accountId, eventId: event.id })
    const answer = answerOf({ meter, counter, quantity, hasAccess: true })
    return { ...(await withUpgrade(deps, { accountId, counter, quantity }, answer)), recorded: false }
  }
  const inserted = await insertEvents(tx, accountId, [placed])
  if (!inserted.has(event.id)) {
    // Its key was forgotten, but the event is there all the same: what was just taken goes back.
    await take(tx, accountId, { ...placed, quantity: quantity.neg() })
    return asBefore(deps, accountId, { event, before: null })
  }
  const answer: UsageAnswer = { allowed: true, ...figuresOf(meter, counter) }
  await rememberAnswer(tx, { accountId, eventId: event.id, answer })
  return { ...answer, recorded: true }
}

async function take(
  tx: Tx,
  accountId: string,
  { periodId, meter, quantity, at }: PlacedEvent,
): Promise<{ counter: Counter | undefined; isGranted: boolean }> {
  if (periodId === null) return { counter: undefined, isGranted: false }
  const step = { accountId, periodId, meter, quantity, firstAt: at, lastAt: at, isLimited: true }
  const raised = await raiseCounter(tx, step)
  if (raised !== undefined) return { counter: raised, isGranted: true }
  // Why not? Read under the row's lock, so that the figures of a refusal are those that it was decided by.
  const counter = await lockCounter(tx, { accountId, periodId, meter })
  const stillTakes = counter?.isOpen && counter.startsAt <= at && counter.endsAt > at
  if (counter === undefined || !stillTakes) throw new NeedsAccountLock()
  if (!fits(counter, quantity)) return { counter, isGranted: false }
  return { counter: await raiseCounter(tx, step), isGranted: true }
}

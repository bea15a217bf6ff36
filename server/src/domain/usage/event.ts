import Big from 'big.js'
import { Refusal } from '../../errors.ts'
import type { Catalog } from '../catalog/catalog.ts'

/** Use as a host app reports it. Decimals may be strings, so that no digit is lost on the way. */
export type UsageInput = {
  id: string
  meter: string
  quantity?: number | string | undefined
  at?: Date | undefined
  userId?: string | undefined
  entityType?: string | undefined
  entityId?: string | undefined
  costCents?: number | string | undefined
  metadata?: Record<string, unknown> | undefined
}

/** The same, checked and whole. */
export type UsageEvent = {
  id: string
  meter: string
  quantity: Big
  at: Date
  userId: string | null
  entityType: string | null
  entityId: string | null
  costCents: Big | null
  metadata: Record<string, unknown>
}

/** An event with the period that it counts into; null where it lies in none and stays unbilled. */
export type PlacedEvent = UsageEvent & { periodId: string | null; isLate: boolean }

export const BATCH_MAX = 1000
const ID_LENGTH_MAX = 255
const QUANTITY_MAX = new Big('1e12')
const DECIMALS_MAX = 12
/** How far a host app's clock may be ahead of ours. */
const AHEAD_MS_MAX = 5 * 60_000

type Problem = { path: string; message: string }

/**
 * Checks events against the catalog's meters and business time, wholly before anything is written.
 * Throws Refusal `unknown_meter`, or `bad_input` with the path of every problem (`events.3.at`; without `events.N`
 * where there is no batch).
 */
export function checkEvents(
  inputs: UsageInput[],
  context: { now: Date; meters: Catalog['meters']; isBatch: boolean },
): UsageEvent[] {
  if (inputs.length < 1 || inputs.length > BATCH_MAX) {
    refuse([{ path: 'events', message: `send 1 to ${BATCH_MAX} events at a time` }])
  }
  const problems: Problem[] = []
  const events = inputs.map((input, index) => {
    const pathOf = (name: string) => (context.isBatch ? `events.${index}.${name}` : name)
    problems.push(...problemsOf(input, context).map(({ path, message }) => ({ path: pathOf(path), message })))
    return problems.length > 0 ? undefined : toEvent(input, context.now)
  })
  if (problems.length > 0) refuse(problems)
  return events.filter((event) => event !== undefined)
}

function refuse(problems: Problem[]): never {
  throw new Refusal('bad_input', { details: problems })
}

function problemsOf(input: UsageInput, { now, meters }: { now: Date; meters: Catalog['meters'] }): Problem[] {
  const problems: Problem[] = []
  const fail = (path: string, message: string) => problems.push({ path, message })
  requireMeter(meters, input.meter)
  if (meters[input.meter]?.kind === 'gauge') {
    fail('meter', `${input.meter} is a gauge, a level that is set; only counters are added to`)
  }
  if (input.id === '' || input.id.length > ID_LENGTH_MAX) fail('id', `1 to ${ID_LENGTH_MAX} characters`)
  if (!isAmount(input.quantity ?? 1)) {
    fail(
      'quantity',
      `a decimal above 0, at most ${QUANTITY_MAX.toFixed()}, with at most ${DECIMALS_MAX} decimal places`,
    )
  }
  if (input.costCents !== undefined && !isAmount(input.costCents, { isZeroAllowed: true })) {
    fail('costCents', `a decimal of cents, 0 or more, with at most ${DECIMALS_MAX} decimal places`)
  }
  if (input.at !== undefined && Number.isNaN(input.at.getTime())) fail('at', 'a date and time')
  else if (input.at !== undefined && input.at.getTime() > now.getTime() + AHEAD_MS_MAX) {
    fail('at', `at most 5 minutes ahead of now, which is ${now.toISOString()}`)
  }
  return problems
}

/** Throws Refusal `unknown_meter`, naming those that there are. */
export function requireMeter(meters: Catalog['meters'], meter: string): void {
  if (Object.hasOwn(meters, meter)) return
  throw new Refusal('unknown_meter', { meter, meters: Object.keys(meters).join(', ') })
}

/** A quantity as an exact decimal; throws Refusal `bad_input` where it is none that can be used. */
export function quantityOf(value: number | string): Big {
  if (!isAmount(value))
    refuse([{ path: 'quantity', message: `a decimal above 0, at most ${QUANTITY_MAX.toFixed()}` }])
  return new Big(value)
}

function isAmount(value: number | string, { isZeroAllowed } = { isZeroAllowed: false }): boolean {
  let amount: Big
  try {
    amount = new Big(value)
  } catch {
    // big.js throws where the text is no number, which is the answer.
    return false
  }
  if (amount.gt(QUANTITY_MAX) || amount.lt(0) || (amount.eq(0) && !isZeroAllowed)) return false
  return amount.round(DECIMALS_MAX).eq(amount)
}

function toEvent(input: UsageInput, now: Date): UsageEvent {
  return {
    id: input.id,
    meter: input.meter,
    quantity: new Big(input.quantity ?? 1),
    at: input.at ?? now,
    userId: input.userId ?? null,
    entityType: input.entityType ?? null,
    entityId: input.entityId ?? null,
    costCents: input.costCents === undefined ? null : new Big(input.costCents),
    metadata: input.metadata ?? {},
  }
}

import type { Cassette, Exchange, Fields, Json } from './cassettes.ts'
import { isFields, objectsIn } from './cassettes.ts'

/** What existed long before the recordings began. */
const older = new Set(['price', 'plan', 'product', 'coupon', 'account'])

/** Fields that say when something happened, as against when something will. */
export const moments = new Set([
  'created',
  'canceled_at',
  'date',
  'effective_at',
  'ended_at',
  'finalized_at',
  'paid_at',
  'start_date',
  'updated_at',
  'voided_at',
  'webhooks_delivered_at',
])

function* momentsOf(object: Fields): Generator<[name: string, at: number]> {
  for (const [key, value] of Object.entries(object)) {
    if (moments.has(key) && typeof value === 'number') yield [`${object.id} ${key}`, value]
    if (key === 'status_transitions' && isFields(value)) yield* momentsOf({ id: object.id ?? '', ...value })
  }
}

const loggedAt = (answer: Fields): number | undefined => {
  const error: Json | undefined = answer.error
  const at = isFields(error) ? /[?&]t=(\d+)/.exec(String(error.request_log_url))?.[1] : undefined
  return at === undefined ? undefined : Number(at)
}

/** Tells when each exchange took place: at the first moment in its answer that no earlier answer knew. */
export function createChronology(): (exchange: Exchange) => number | undefined {
  const seen = new Set<string>()
  let last = 0
  return ({ answer }) => {
    const fresh: number[] = []
    for (const object of objectsIn(answer)) {
      if (older.has(String(object.object))) continue
      for (const [name, at] of momentsOf(object)) {
        if (!seen.has(name) && at >= last) fresh.push(at)
        seen.add(name)
      }
    }
    const at = fresh.length > 0 ? Math.min(...fresh) : loggedAt(answer)
    if (at === undefined || at < last) return undefined
    last = at
    return at
  }
}

/** When the first exchange of a cassette took place. */
export function beginningOf(cassette: Cassette): number {
  const at = createChronology()
  for (const exchange of cassette.exchanges) {
    const moment = at(exchange)
    if (moment !== undefined) return moment
  }
  return 1_760_000_000
}

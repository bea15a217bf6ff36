import { present, type Stored, type World } from '../world.ts'
import { invalid, missing } from './errors.ts'
import { inRange, integer, type Range, range, text } from './params.ts'

/** The parameters that every list has. */
export const paging = { limit: integer, starting_after: text, ending_before: text }
export const pagingAndCreated = { ...paging, created: range }

type Paging = { limit?: number; starting_after?: string; ending_before?: string; created?: Range }

export function refuseLimit(limit: number): void {
  if (limit >= 1 && limit <= 100) return
  const bound = limit < 1 ? 'greater than or equal to 1' : 'less than or equal to 100'
  throw invalid(`This value must be ${bound}.`, { param: 'limit', code: 'parameter_invalid_integer' })
}

export type Listing = { world: World; params: Paging; path: string }

/** The place of a cursor's object among all of its kind, where there is such an object. */
function placeOf({ store, resources }: World, id: string): { kind: string; place: number } | undefined {
  for (const kind of resources.keys()) {
    const place = store.place(kind, id)
    if (place !== undefined) return { kind, place }
  }
  return undefined
}

/** One page of a list, newest first. `items` come in order of creation. */
export const page = (call: Listing, items: Iterable<Stored>): object =>
  pageOfNewest(call, [...items].reverse())

/**
 * The same of items that come newest first; no more of them are taken than the page needs. A cursor's object need not be
 * among them: what a filter leaves out still has its place. One that is nowhere is refused.
 */
export function pageOfNewest(call: Listing, items: Iterable<Stored>): object {
  const { limit = 10, starting_after: after, ending_before: before, created } = call.params
  refuseLimit(limit)
  if (after !== undefined && before !== undefined) {
    throw invalid('Received both starting_after and ending_before parameters. Please pass in only one.', {
      param: 'ending_before',
    })
  }
  const cursor = after ?? before
  const known = cursor === undefined ? undefined : placeOf(call.world, cursor)
  const taken: Stored[] = []
  let kind: string | undefined
  let isPast = false
  for (const item of items) {
    if (!inRange((item as { created?: number }).created ?? 0, created)) continue
    kind ??= item.object
    const isCursor = item.id === cursor
    isPast ||=
      isCursor || (known?.kind === kind && (call.world.store.place(kind, item.id) ?? 0) < known.place)
    if (before !== undefined && isPast) break
    if (isCursor || (after !== undefined && !isPast)) continue
    taken.push(item)
    if (before === undefined && taken.length > limit) break
  }
  const isKnown = isPast || (known !== undefined && (kind === undefined || kind === known.kind))
  if (cursor !== undefined && !isKnown) {
    const name = kind ?? (call.path.split('/').at(-1) ?? 'object').replace(/s$/, '')
    throw missing(name, cursor, before === undefined ? 'starting_after' : 'ending_before')
  }
  const shown = before === undefined ? taken.slice(0, limit) : taken.slice(-limit)
  const data = shown.map((item) => present(call.world, item))
  return { object: 'list', data, has_more: taken.length > limit, url: call.path }
}

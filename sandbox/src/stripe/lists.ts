import { invalid, missing } from './errors.ts'
import { inRange, integer, type Range, range, text } from './params.ts'
import { present, type Stored, type World } from './world.ts'

/** The parameters that every list has. */
export const paging = { limit: integer, starting_after: text, ending_before: text }
export const pagingAndCreated = { ...paging, created: range }

type Paging = { limit?: number; starting_after?: string; ending_before?: string; created?: Range }

function refuseLimit(limit: number): void {
  if (limit >= 1 && limit <= 100) return
  const bound = limit < 1 ? 'greater than or equal to 1' : 'less than or equal to 100'
  throw invalid(`This value must be ${bound}.`, { param: 'limit', code: 'parameter_invalid_integer' })
}

/** How a cursor's object is called in a refusal: as those in the list, or by the list's path where it is empty. */
const nameOf = (items: Stored[], path: string) =>
  items[0]?.object ?? (path.split('/').at(-1) ?? 'object').replace(/s$/, '')

/**
 * How many of `items`, newest first, stand before a cursor's object, and whether that is one of them. It need not be:
 * what a filter leaves out still has its place. One that is nowhere is refused.
 */
function seek(call: { world: World; path: string }, items: Stored[], cursor: { id: string; param: string }) {
  const { store, resources } = call.world
  const found = items.findIndex(({ id }) => id === cursor.id)
  if (found >= 0) return { before: found, isIn: true }
  const kind = [...resources.keys()].find((name) => store.get(name, cursor.id) !== undefined)
  const place = kind === undefined ? undefined : store.place(kind, cursor.id)
  if (place === undefined || (items[0] && items[0].object !== kind))
    throw missing(nameOf(items, call.path), cursor.id, cursor.param)
  const older = items.findIndex(({ object, id }) => (store.place(object, id) ?? 0) < place)
  return { before: older < 0 ? items.length : older, isIn: false }
}

/** One page of a list, newest first. `items` come in order of creation. */
export function page(call: { world: World; params: Paging; path: string }, items: Iterable<Stored>): object {
  const { limit = 10, starting_after: after, ending_before: before, created } = call.params
  refuseLimit(limit)
  if (after !== undefined && before !== undefined) {
    throw invalid('Received both starting_after and ending_before parameters. Please pass in only one.', {
      param: 'ending_before',
    })
  }
  const fitting = [...items]
    .reverse()
    .filter((item) => inRange((item as { created?: number }).created ?? 0, created))
  let from = 0
  let to = Math.min(limit, fitting.length)
  let hasMore = fitting.length > limit
  if (after !== undefined) {
    const cursor = seek(call, fitting, { id: after, param: 'starting_after' })
    from = cursor.before + Number(cursor.isIn)
    to = Math.min(from + limit, fitting.length)
    hasMore = to < fitting.length
  } else if (before !== undefined) {
    to = seek(call, fitting, { id: before, param: 'ending_before' }).before
    from = Math.max(0, to - limit)
    hasMore = from > 0
  }
  const data = fitting.slice(from, to).map((item) => present(call.world, item))
  return { object: 'list', data, has_more: hasMore, url: call.path }
}

import { invalid, missing } from './errors.ts'
import { inRange, integer, type Range, range, text } from './params.ts'
import { present, type Stored, type World } from './world.ts'

/** The parameters that every list has. */
export const paging = { limit: integer, starting_after: text, ending_before: text }
export const pagingAndCreated = { ...paging, created: range }

type Paging = { limit?: number; starting_after?: string; ending_before?: string; created?: Range }

/**
 * One page of a list, newest first. `items` come in order of creation. The cursor's object need not be among the
 * filtered ones; where it is not, Stripe answers as for an unknown object, and so does this.
 */
export function page(call: { world: World; params: Paging; path: string }, items: Iterable<Stored>): object {
  const { limit = 10, starting_after: after, ending_before: before, created } = call.params
  if (limit < 1 || limit > 100) {
    const message =
      limit < 1
        ? 'This value must be greater than or equal to 1.'
        : 'This value must be less than or equal to 100.'
    throw invalid(message, { param: 'limit', code: 'parameter_invalid_integer' })
  }
  if (after !== undefined && before !== undefined) {
    throw invalid('You may only specify one of these parameters: ending_before, starting_after.', {
      param: 'ending_before',
    })
  }
  const fitting = [...items]
    .reverse()
    .filter((item) => inRange((item as { created?: number }).created ?? 0, created))
  const at = (id: string, param: string) => {
    const found = fitting.findIndex((item) => item.id === id)
    if (found < 0) throw missing(fitting[0]?.object ?? 'object', id, param)
    return found
  }
  let from = 0
  let to = Math.min(limit, fitting.length)
  let hasMore = fitting.length > limit
  if (after !== undefined) {
    from = at(after, 'starting_after') + 1
    to = Math.min(from + limit, fitting.length)
    hasMore = to < fitting.length
  } else if (before !== undefined) {
    to = at(before, 'ending_before')
    from = Math.max(0, to - limit)
    hasMore = from > 0
  }
  const data = fitting.slice(from, to).map((item) => present(call.world, item))
  return { object: 'list', data, has_more: hasMore, url: call.path }
}

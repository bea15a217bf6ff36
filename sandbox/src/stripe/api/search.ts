import { present, type Stored, type World } from '../world.ts'
import { invalid } from './errors.ts'
import { refuseLimit } from './lists.ts'
import { searchFields } from './search-fields.ts'
import { checkClause, fits, readQuery } from './search-query.ts'

/** How many objects each answered search found in all, which only shows when it is asked for. */
const totals = new WeakMap<object, number>()

export const totalOf = (answer: object): number | undefined => totals.get(answer)

type Reader<T> = (item: T) => string | number | boolean | null | Record<string, string>

/** What stands in an object under a dotted name. */
function within(item: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name] ?? null, item)
}

/** Pages are named by a word that says where the next one begins and means nothing to others. */
const wordFor = (from: number) => Buffer.from(`from ${from}`).toString('base64url')

function startOf(page: string | undefined): number {
  if (page === undefined) return 0
  const from = /^from (\d+)$/.exec(Buffer.from(page, 'base64url').toString())?.[1]
  if (from === undefined) throw invalid('Invalid page token.', { param: 'page' })
  return Number(from)
}

/**
 * One page of a search over `items`, which come in order of creation, newest first. `readers` say where a field is that
 * does not stand under its own name.
 */
export function searchIn<T extends Stored>(
  call: { world: World; params: { query: string; limit?: number; page?: string }; path: string },
  items: T[],
  readers: Record<string, Reader<T>> = {},
): object {
  const { world, params, path } = call
  const resource = path.split('/').at(-2) ?? ''
  const types = searchFields[resource] ?? {}
  const query = readQuery(params.query)
  for (const clause of query.clauses) checkClause(clause, types, resource)
  const limit = params.limit ?? 10
  refuseLimit(limit)
  const from = startOf(params.page)
  const newest = world.clock.now() - world.settings().search_delay_seconds
  const isIndexed = (item: T) => ((item as { created?: number }).created ?? 0) <= newest
  const found = items
    .filter((item) => {
      const read = (field: string) => (readers[field] ? readers[field](item) : within(item, field))
      return isIndexed(item) && fits(query, types, read)
    })
    .reverse()
  const more = found.length > from + limit
  const answer = {
    object: 'search_result',
    data: found.slice(from, from + limit).map((item) => present(world, item)),
    has_more: more,
    next_page: more ? wordFor(from + limit) : null,
    url: path,
  }
  totals.set(answer, found.length)
  return answer
}

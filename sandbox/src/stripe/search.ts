import { invalid } from './errors.ts'
import { present, type Stored, type World } from './world.ts'

type Reader<T> = (item: T) => string | number | boolean | null | Record<string, string>
type Clause = { field: string; key?: string; not: boolean; operator: string; value: string | null }

const clausePattern =
  /^\s*(-?)([a-z_]+)(?:\[(['"])(.+?)\3\])?\s*(:|~|<=|>=|<|>)\s*(?:(['"])((?:\\.|(?!\6).)*)\6|(null)|(-?[\w.]+))\s*/s

/** Reads Stripe's search language: clauses joined by AND or OR (never both), negated by `-`. */
function readQuery(query: string): { clauses: Clause[]; every: boolean } {
  const clauses: Clause[] = []
  const joints = new Set<string>()
  let rest = query
  for (;;) {
    const found = clausePattern.exec(rest)
    if (!found) throw invalid(`We were unable to parse your search query: ${query}`, { param: 'query' })
    const [whole, not, field = '', , key, operator = ':', , quoted, nothing, bare] = found
    const value = nothing ? null : (quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '')
    clauses.push({ field, ...(key ? { key } : {}), not: not === '-', operator, value })
    rest = rest.slice(whole.length)
    if (!rest) break
    const joint = /^(and|or)\s+/i.exec(rest)
    if (joint) rest = rest.slice(joint[0].length)
    joints.add((joint?.[1] ?? 'and').toLowerCase())
  }
  if (joints.size > 1)
    throw invalid('You can only use one of AND and OR in a search query.', { param: 'query' })
  return { clauses, every: !joints.has('or') }
}

function holds(found: string | number | boolean | null | undefined, { operator, value }: Clause): boolean {
  if (value === null) return found == null
  if (found == null) return false
  if (operator === ':') return String(found).toLowerCase() === value.toLowerCase()
  if (operator === '~') return String(found).toLowerCase().includes(value.toLowerCase())
  const [a, b] = [Number(found), Number(value)]
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b
}

/** One page of a search, newest first. Unlike Stripe's, which is up to a minute behind, it sees everything at once. */
export function searchIn<T extends Stored>(
  call: { world: World; params: { query: string; limit?: number; page?: string }; path: string },
  items: T[],
  fields: Record<string, Reader<T>>,
): object {
  const { clauses, every } = readQuery(call.params.query)
  for (const { field } of clauses) {
    if (!fields[field])
      throw invalid(`Field \`${field}\` is an unsupported search field for this resource.`, {
        param: 'query',
      })
  }
  const fits = (item: T) => {
    const results = clauses.map((clause) => {
      const read = fields[clause.field]?.(item)
      const value = clause.key === undefined ? read : (read as Record<string, string>)?.[clause.key]
      return holds(value as string, clause) !== clause.not
    })
    return every ? results.every(Boolean) : results.some(Boolean)
  }
  const found = items.filter(fits).reverse()
  const from = Number(call.params.page ?? 0)
  const limit = call.params.limit ?? 10
  if (!Number.isInteger(from) || from < 0) throw invalid('Invalid page.', { param: 'page' })
  const data = found.slice(from, from + limit).map((item) => present(call.world, item))
  const more = found.length > from + limit
  return {
    object: 'search_result',
    data,
    has_more: more,
    next_page: more ? String(from + limit) : null,
    url: call.path,
  }
}

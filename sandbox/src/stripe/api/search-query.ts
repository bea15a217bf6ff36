import { invalid } from './errors.ts'
import type { FieldType } from './search-fields.ts'

export type Clause = { field: string; key?: string; not: boolean; operator: string; value: string | null }
export type Query = { clauses: Clause[]; every: boolean }

const mostClauses = 10

const clausePattern =
  /^\s*(-?)([a-z0-9_.]+)(?:\[(['"])((?:\\.|(?!\3).)+)\3\])?\s*(:|~|<=|>=|<|>)\s*(?:(['"])((?:\\.|(?!\6).)*)\6|(null)(?![\w.])|(-?\d+(?:\.\d+)?)(?![\w.]))\s*/is

const unquoted = (quoted: string) => quoted.replace(/\\(.)/g, '$1')

const refuse = (message: string) => invalid(message, { param: 'query' })

/**
 * Reads Stripe's search language (docs.stripe.com/search): clauses joined by AND (which may be left out) or by OR, never
 * both, each negated by `-`; text in quotes, in which a quote is escaped; null without.
 */
export function readQuery(query: string): Query {
  const clauses: Clause[] = []
  const joints = new Set<string>()
  let rest = query
  for (;;) {
    const found = clausePattern.exec(rest)
    if (!found) throw refuse(`We were unable to parse your search query: ${query}`)
    const [whole, not, field = '', , key, operator = ':', , quoted, nothing, number] = found
    const value = nothing ? null : quoted === undefined ? (number ?? '') : unquoted(quoted)
    clauses.push({
      field: field.toLowerCase(),
      ...(key === undefined ? {} : { key: unquoted(key) }),
      not: not === '-',
      operator,
      value,
    })
    rest = rest.slice(whole.length)
    if (!rest) break
    const joint = /^(and|or)\s+/i.exec(rest)
    if (joint) rest = rest.slice(joint[0].length)
    joints.add((joint?.[1] ?? 'and').toLowerCase())
  }
  if (joints.size > 1) throw refuse('You can only use one of AND and OR in a search query.')
  if (clauses.length > mostClauses)
    throw refuse(`A search query can have at most ${mostClauses} clauses, but yours has ${clauses.length}.`)
  return { clauses, every: !joints.has('or') }
}

const isNumber = (value: string) => /^-?\d+(\.\d+)?$/.test(value)

/** Refuses a clause that asks a field for what its type cannot answer. */
export function checkClause(clause: Clause, types: Record<string, FieldType>, resource: string): void {
  const { field, operator, value, key } = clause
  const type = Object.hasOwn(types, field) ? types[field] : undefined
  if (!type || (key !== undefined) !== (field === 'metadata'))
    throw refuse(`Field \`${field}\` is an unsupported search field for resource \`${resource}\`.`)
  const cannot = (why: string) =>
    refuse(`The operator \`${operator}\` cannot be used on \`${field}\`: ${why}.`)
  if (operator === '~') {
    if (type !== 'string') throw cannot('only some text fields can be searched by a part')
    if (value === null || value.length < 3) throw cannot('the part must have at least three characters')
  } else if (operator !== ':') {
    if (type !== 'numeric') throw cannot('it is not numeric')
    if (value === null) throw cannot('null is neither more nor less than a number')
  }
  if (type === 'numeric' && value !== null && !isNumber(value)) throw cannot(`"${value}" is not a number`)
}

type Found = string | number | boolean | null | undefined

/** Whether a field's value is as the clause asks, its negation left aside. */
function matches(found: Found, { operator, value }: Clause, type: FieldType): boolean {
  if (value === null) return found == null || found === ''
  if (found == null) return false
  if (type === 'numeric') {
    const [a, b] = [Number(found), Number(value)]
    if (operator === ':') return a === b
    return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b
  }
  const [text, part] = [String(found).toLowerCase(), value.toLowerCase()]
  return operator === ':' ? text === part : text.includes(part)
}

/** Whether something fits a query; `read` answers what it has under a field. */
export function fits(
  query: Query,
  types: Record<string, FieldType>,
  read: (field: string) => unknown,
): boolean {
  const results = query.clauses.map((clause) => {
    const value = read(clause.field)
    const found = clause.key === undefined ? value : (value as Record<string, Found> | null)?.[clause.key]
    return matches(found as Found, clause, types[clause.field] ?? 'token') !== clause.not
  })
  return query.every ? results.every(Boolean) : results.some(Boolean)
}

import type { Exchange } from './cassettes.ts'
import { countValues, type Pair } from './compare.ts'
import type { Outcome } from './replay.ts'
import { exchangeRules, pairRules, renamed } from './rules.ts'

/** How many exchanges have to be compared for this to say anything. */
const LEAST_COMPARED = 300

/** What was found: kinds of exchanges that were compared, and every difference that no rule explains. */
export type Report = { summary: string; kinds: string[]; breaches: { kind: string; what: string }[] }

/** The exchange with its ids made alike: `POST /v1/customers/{id}`. */
const kindOf = ({ method, path }: Exchange) =>
  `${method} ${path.replace(/\/(?=[^/]*\d)[a-z]+_[^/]+/g, '/{id}')}`

const shown = (value: Pair['ours']) => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

const spelled = ({ object, field, recorded, ours }: Pair) =>
  `${object}: ${field} is ${shown(ours)}, recorded was ${shown(recorded)}`

const counted = (names: string[]): [name: string, count: number][] =>
  [...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length])

function leftOutLines(outcomes: Outcome[]): string[] {
  const whys = new Map(exchangeRules.map(({ name, why }) => [name, why]))
  const names = outcomes.flatMap(({ leftOut }) => leftOut ?? [])
  return counted(names).map(
    ([name, count]) => `  ${count} ${name}: ${whys.get(name) ?? 'it needs one of these'}`,
  )
}

function ruleLines(outcomes: Outcome[]): string[] {
  const left = outcomes.flatMap((outcome) => outcome.left)
  return pairRules.flatMap(({ name, why }) => {
    const mine = left.filter(({ rule }) => rule === name).map(({ pair }) => `${pair.object}: ${pair.field}`)
    if (mine.length === 0) return []
    const fields = counted(mine).map(([field, count]) => `${field} (${count})`)
    return [`  ${mine.length} ${name}: ${why}`, `    ${fields.sort().join(', ')}`]
  })
}

/** Which parameters were asked for by their present name. */
function renamedLines(compared: Outcome[]): string[] {
  const names = compared.flatMap(({ exchange }) => exchange.params.map(([name]) => name))
  return counted(names.filter((name) => Object.hasOwn(renamed, name))).map(
    ([name, count]) => `  ${count} ${name}: is ${renamed[name]} by now`,
  )
}

/** Says what was compared, what was equal, and what was left out by which rule. */
export function reportOf(outcomes: Outcome[]): Report {
  const compared = outcomes.filter(({ leftOut }) => leftOut === undefined)
  const equal = compared.filter(({ differences }) => differences.length === 0)
  const share = compared.length === 0 ? 0 : (100 * equal.length) / compared.length
  const values = compared.reduce((sum, { exchange }) => sum + countValues(exchange.answer), 0)
  const breaches = compared.flatMap(({ cassette, version, exchange, differences }) =>
    differences.map((pair) => ({
      kind: kindOf(exchange),
      what: `${spelled(pair)} (${cassette}, ${version})`,
    })),
  )
  if (compared.length < LEAST_COMPARED)
    breaches.push({
      kind: 'all of them',
      what: `only ${compared.length} of ${outcomes.length} could be compared`,
    })
  const summary = [
    `${outcomes.length} recorded exchanges: ${compared.length} compared, ${equal.length} equal (${share.toFixed(1)} %)`,
    `left out: ${outcomes.length - compared.length}`,
    ...leftOutLines(outcomes),
    'asked for by the present name of a parameter:',
    ...renamedLines(compared),
    `${values} values compared; of those left out by a rule, or there on one side only:`,
    ...ruleLines(outcomes),
  ].join('\n')
  return {
    summary,
    kinds: counted(compared.map(({ exchange }) => kindOf(exchange))).map(([kind]) => kind),
    breaches,
  }
}

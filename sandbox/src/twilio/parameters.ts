import { readOverrides } from './overrides.ts'
import { Refusal } from './refusal.ts'

/** What a parameter may hold. A list of words is an enumeration; `url` may be empty, which clears it. */
type Kind = 'text' | 'boolean' | 'integer' | 'url' | readonly string[]
export type Declared = Readonly<Record<string, Kind>>
type Value<K> = K extends 'boolean' ? boolean : K extends 'integer' ? number : string
export type Given<D extends Declared> = { readonly [Name in keyof D]?: Value<D[Name]> }

/** Checks that a webhook's address is one that can be called. */
export function checkUrl(name: string, value: string, code: number): string {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url) readOverrides(url.href)
  if (value === '' || (url && /^https?:$/.test(url.protocol))) return value
  throw new Refusal(code, `${name} is not a valid URL: ${value}`)
}

function readValue(name: string, kind: Kind, value: string): string | number | boolean {
  if (kind === 'text') return value
  if (kind === 'url') return checkUrl(name, value, 21502)
  if (kind === 'boolean') {
    if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
    throw new Refusal(20422, `Invalid Parameter: ${name} must be true or false, not "${value}".`)
  }
  if (kind === 'integer') {
    if (/^\d{1,15}$/.test(value)) return Number(value)
    throw new Refusal(20422, `Invalid Parameter: ${name} must be a whole number, not "${value}".`)
  }
  const word = kind.find((candidate) => candidate.toLowerCase() === value.toLowerCase())
  if (word !== undefined) return word
  throw new Refusal(20422, `Invalid Parameter: ${name} must be one of ${kind.join(', ')}, not "${value}".`)
}

/**
 * Reads what was sent against what is declared. A parameter that is not declared is refused by its name, so that
 * nobody believes in an effect that the sandbox does not have.
 */
export function readParameters<D extends Declared>(declared: D, sent: URLSearchParams): Given<D> {
  const unknown = [...new Set(sent.keys())].filter((name) => !Object.hasOwn(declared, name))
  if (unknown.length > 0) {
    throw new Refusal(20001, `Unknown parameters: this sandbox does not know ${unknown.join(', ')} here.`)
  }
  const given: Record<string, string | number | boolean> = {}
  for (const [name, kind] of Object.entries(declared)) {
    const values = sent.getAll(name)
    if (values.length > 1)
      throw new Refusal(20422, `Invalid Parameter: ${name} was given ${values.length} times.`)
    if (values[0] !== undefined) given[name] = readValue(name, kind, values[0])
  }
  return given as Given<D>
}

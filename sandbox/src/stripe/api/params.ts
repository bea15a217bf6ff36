import { plainDecimal } from '../money/money.ts'
import { invalid, notImplemented } from './errors.ts'
import type { Raw } from './form.ts'

/** How one parameter is read. `name` is its full name with brackets, for errors. */
export type Param<T> = {
  parse(raw: Raw, name: string): T
  required?: boolean
  /** What it is made of, for whoever describes the API: the fields it holds, the forms it takes, or that it is refused. */
  made?: { fields: Shape } | { listOf: Param<unknown> } | { oneOf: Param<unknown>[] } | 'not yet'
}
export type Shape = Record<string, Param<unknown>>
type Needed<S> = {
  [K in keyof S as S[K] extends { required: true } ? K : never]: S[K] extends Param<infer T> ? T : never
}
type Free<S> = {
  [K in keyof S as S[K] extends { required: true } ? never : K]?: S[K] extends Param<infer T> ? T : never
}
export type Values<S> = Needed<S> & Free<S>

const short = (name: string) => name.replace(/^.*\[([^\]\d][^\]]*)\]$/, '$1')

function word(raw: Raw, name: string): string {
  if (typeof raw !== 'string') throw invalid(`Invalid string: ${JSON.stringify(raw)}`, { param: name })
  return raw
}

function filled(raw: Raw, name: string): string {
  const value = word(raw, name)
  if (value !== '') return value
  const message = `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`
  throw invalid(message, { param: name, code: 'parameter_invalid_empty' })
}

/** Text that cannot be empty. */
export const text: Param<string> = { parse: filled }

/** Text; an empty one unsets the field and is read as null. */
export const clearableText: Param<string | null> = { parse: (raw, name) => word(raw, name) || null }

export const integer: Param<number> = {
  parse(raw, name) {
    const value = filled(raw, name)
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalid(`Invalid integer: ${value}`, { param: name, code: 'parameter_invalid_integer' })
    }
    return Number(value)
  },
}

/** A whole number that is not negative, as quantities and intervals are. */
export const count: Param<number> = {
  parse(raw, name) {
    const value = integer.parse(raw, name)
    if (value >= 0) return value
    throw invalid('This value must be greater than or equal to 0.', {
      param: name,
      code: 'parameter_invalid_integer',
    })
  },
}

export const boolean: Param<boolean> = {
  parse(raw, name) {
    const value = filled(raw, name)
    if (value === 'true' || value === '1') return true
    if (value === 'false' || value === '0') return false
    throw invalid(`Invalid boolean: ${value}`, { param: name })
  },
}

/** A decimal of at most 12 places, kept as text. */
export const decimal: Param<string> = {
  parse(raw, name) {
    const value = filled(raw, name)
    if (!/^-?\d{1,15}(\.\d{1,12})?$/.test(value)) {
      const message = `Invalid decimal: ${value}; must contain at maximum twelve decimal places.`
      throw invalid(message, { param: name, code: 'parameter_invalid_integer' })
    }
    return plainDecimal(value)
  },
}

/** A decimal that is not negative, as quantities with fractions are. */
export const decimalCount: Param<string> = {
  parse(raw, name) {
    const value = decimal.parse(raw, name)
    if (!value.startsWith('-')) return value
    throw invalid('This value must be greater than or equal to 0.', {
      param: name,
      code: 'parameter_invalid_integer',
    })
  },
}

export function oneOf<const T extends string>(...allowed: T[]): Param<T> {
  return {
    parse(raw, name) {
      const value = filled(raw, name)
      const found = allowed.find((candidate) => candidate === value)
      if (found) return found
      const list =
        allowed.length > 1 ? `${allowed.slice(0, -1).join(', ')}, or ${allowed.at(-1)}` : allowed[0]
      throw invalid(`Invalid ${short(name)}: must be one of ${list}`, { param: name })
    },
  }
}

/** Like `of`, but an empty value unsets the field and is read as null. */
export function clearable<T>(of: Param<T>): Param<T | null> {
  return { parse: (raw, name) => (raw === '' ? null : of.parse(raw, name)), made: { oneOf: [of] } }
}

export function either<A, B>(first: Param<A>, second: Param<B>): Param<A | B> {
  return {
    parse(raw, name) {
      try {
        return first.parse(raw, name)
      } catch {
        // Not of the first form: the second one words the refusal.
        return second.parse(raw, name)
      }
    },
    made: { oneOf: [first, second] },
  }
}

export function list<T>(of: Param<T>): Param<T[]> {
  return {
    parse(raw, name) {
      if (typeof raw === 'string') {
        if (raw === '') return []
        throw invalid('Invalid array', { param: name })
      }
      return Object.entries(raw).map(([key, inner]) => {
        if (!/^\d+$/.test(key)) throw invalid('Invalid array', { param: name })
        return of.parse(inner, `${name}[${key}]`)
      })
    },
    made: { listOf: of },
  }
}

/** Marks a parameter that Stripe knows and the sandbox does not: it is refused by its name. */
const notYet: Param<never> = {
  parse(_raw, name) {
    throw notImplemented(`the parameter ${name}`, name)
  },
  made: 'not yet',
}

export function notYetAll<const N extends string>(...names: N[]): Record<N, Param<never>> {
  return Object.fromEntries(names.map((name) => [name, notYet])) as Record<N, Param<never>>
}

/** Adds values that Stripe knows and the sandbox does not: they are refused by their name, too. */
export function notYetValues<T>(of: Param<T>, ...values: readonly string[]): Param<T> {
  return {
    ...of,
    parse(raw, name) {
      if (typeof raw === 'string' && values.includes(raw)) throw notImplemented(`${name}=${raw}`, name)
      return of.parse(raw, name)
    },
  }
}

export function required<T>(of: Param<T>): Param<T> & { required: true } {
  return { ...of, required: true }
}

/** Reads the fields of one level; `holder` is the name of what holds them, empty at the top. */
export function readFields<S extends Shape>(shape: S, raw: { [name: string]: Raw }, holder = ''): Values<S> {
  const named = (key: string) => (holder ? `${holder}[${key}]` : key)
  const unknown = Object.keys(raw)
    .filter((key) => !Object.hasOwn(shape, key))
    .map(named)
  if (unknown.length) {
    const message = `Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${unknown.join(', ')}`
    throw invalid(message, { param: unknown[0] as string, code: 'parameter_unknown' })
  }
  const values: Record<string, unknown> = {}
  for (const [key, param] of Object.entries(shape)) {
    const given = raw[key]
    if (given !== undefined) values[key] = param.parse(given, named(key))
    else if (param.required) {
      throw invalid(`Missing required param: ${named(key)}.`, {
        param: named(key),
        code: 'parameter_missing',
      })
    }
  }
  return values as Values<S>
}

export function object<S extends Shape>(shape: S): Param<Values<S>> {
  return {
    parse(raw, name) {
      if (typeof raw === 'string') throw invalid('Invalid object', { param: name })
      return readFields(shape, raw, name)
    },
    made: { fields: shape },
  }
}

/** Metadata as sent: a key with an empty value is to be removed; an empty text clears them all and is null. */
export const metadata: Param<Record<string, string> | null> = {
  parse(raw, name) {
    if (raw === '') return null
    if (typeof raw === 'string') throw invalid('Invalid object', { param: name })
    for (const [key, value] of Object.entries(raw)) {
      const param = `${name}[${key}]`
      if (typeof value !== 'string') throw invalid(`Invalid string: ${JSON.stringify(value)}`, { param })
      if (key.length > 40) {
        throw invalid(`Metadata keys can be at most 40 characters long; "${key}" is too long.`, { param })
      }
      if (value.length > 500) {
        throw invalid(
          `Metadata values can have up to 500 characters, but you passed in a value that is ${value.length} characters.`,
          { param },
        )
      }
    }
    return { ...(raw as Record<string, string>) }
  },
}

/** What metadata becomes when `given` is sent on top of it; at most 50 keys. */
export function mergeMetadata(
  now: Record<string, string>,
  given: Record<string, string> | null | undefined,
): Record<string, string> {
  if (given === undefined) return now
  if (given === null) return {}
  const merged = Object.fromEntries(Object.entries({ ...now, ...given }).filter(([, value]) => value !== ''))
  if (Object.keys(merged).length > 50)
    throw invalid('You can only have up to 50 keys in metadata.', { param: 'metadata' })
  return merged
}

const bounds = object({ gt: integer, gte: integer, lt: integer, lte: integer })
export type Range =
  | number
  | Values<{ gt: Param<number>; gte: Param<number>; lt: Param<number>; lte: Param<number> }>
/** An instant, or bounds on one, as lists are filtered by. */
export const range: Param<Range> = {
  parse: (raw, name) => (typeof raw === 'string' ? integer : bounds).parse(raw, name),
  made: { oneOf: [integer, bounds] },
}

export function inRange(value: number, wanted: Range | undefined): boolean {
  if (wanted === undefined) return true
  if (typeof wanted === 'number') return value === wanted
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = wanted
  return value > gt && value >= gte && value < lt && value <= lte
}

export const address = object({
  city: clearableText,
  country: clearableText,
  line1: clearableText,
  line2: clearableText,
  postal_code: clearableText,
  state: clearableText,
})

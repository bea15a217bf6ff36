import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Fields = { [key: string]: Json }

export type Param = [name: string, value: string]

/** One request to the real API and what it answered. */
export type Exchange = {
  method: string
  path: string
  /** Of the query or the body, with their full names. */
  params: Param[]
  status: number
  answer: Fields
}
/** What one test of someone's project asked of the real API, in order. */
export type Cassette = { name: string; version: string; exchanges: Exchange[] }

export const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Line = { method: string; path: string; request: string; status: number; response: string; from: string }

/** The recorder masked what its own settings held as a key; the rest of the parameter's name was a plain word. */
const unmasked = (text: string) => text.replaceAll('confirmation_<PADDLE_API_KEY>', 'confirmation_secret')

function exchangeOf({ method, path, request, status, response }: Line): Exchange {
  const [plain = '', query = ''] = path.split('?')
  const form = new URLSearchParams([query, request].filter((part) => part !== '').join('&'))
  return {
    method,
    path: plain,
    params: [...form].map(([name, value]) => [name, unmasked(value)]),
    status,
    answer: JSON.parse(unmasked(response)),
  }
}

/** All cassettes of a folder of `….<version>.jsonl.gz` files, in the order in which they were recorded. */
export function readCassettes(folder: string): Cassette[] {
  const byName = new Map<string, Cassette>()
  for (const file of readdirSync(folder).sort()) {
    const version = /\.(\d{4}-\d\d-\d\d\.[a-z]+)\.jsonl\.gz$/.exec(file)?.[1]
    if (version === undefined) continue
    for (const line of gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .split('\n')) {
      if (line === '') continue
      const read: Line = JSON.parse(line)
      const key = `${version} ${read.from}`
      const cassette = byName.get(key) ?? { name: read.from.replace(/\.yml$/, ''), version, exchanges: [] }
      cassette.exchanges.push(exchangeOf(read))
      byName.set(key, cassette)
    }
  }
  return [...byName.values()]
}

/** Every object of the API inside an answer, with whatever holds it, outermost first. */
export function* objectsIn(value: Json): Generator<Fields> {
  if (Array.isArray(value)) for (const one of value) yield* objectsIn(one)
  else if (isFields(value)) {
    if (typeof value.object === 'string' && value.object !== 'list') yield value
    for (const inner of Object.values(value)) yield* objectsIn(inner)
  }
}

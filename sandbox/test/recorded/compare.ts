import type { Fields, Json } from './cassettes.ts'
import { isFields } from './cassettes.ts'
import { type Ids, isId } from './ids.ts'

/** A value of a recorded answer beside ours; undefined is one that is not there. */
export type Pair = {
  version: string
  /** The kind of API object that holds it, and its name in it: `invoice`, `lines.data[].amount`. */
  object: string
  field: string
  recorded: Json | undefined
  ours: Json | undefined
}

/** Where the walk stands. */
type Place = Pick<Pair, 'version' | 'object' | 'field'>

const inside = (place: Place, name: string): Place => ({
  ...place,
  field: place.field === '' ? name : `${place.field}.${name}`,
})

const kindOf = (value: Json): string | undefined =>
  isFields(value) && typeof value.object === 'string' && value.object !== 'list' ? value.object : undefined

function sameText(recorded: string, ours: string, ids: Ids): boolean {
  if (isId(recorded) && isId(ours)) return ids.pair(recorded, ours)
  return recorded === ours || ids.translate(recorded) === ours
}

function* compareFields(recorded: Fields, ours: Fields, at: { place: Place; ids: Ids }): Generator<Pair> {
  // The id first: what else is in the object may name it.
  const names = new Set(['id', ...Object.keys(recorded), ...Object.keys(ours)])
  for (const name of names) {
    if (!(name in recorded) && !(name in ours)) continue
    yield* compare(recorded[name], ours[name], { ...at, place: inside(at.place, name) })
  }
}

/** Yields every value in which our answer is not the recorded one, ids and all; what is equal pairs its ids. */
export function* compare(
  recorded: Json | undefined,
  ours: Json | undefined,
  at: { place: Place; ids: Ids },
): Generator<Pair> {
  if (recorded === undefined || ours === undefined) {
    yield { ...at.place, recorded, ours }
    return
  }
  const kind = kindOf(recorded)
  const place = kind === undefined ? at.place : { ...at.place, object: kind, field: '' }
  if (isFields(recorded) && isFields(ours)) yield* compareFields(recorded, ours, { ...at, place })
  else if (Array.isArray(recorded) && Array.isArray(ours)) {
    for (let position = 0; position < Math.max(recorded.length, ours.length); position++)
      yield* compare(recorded[position], ours[position], {
        ...at,
        place: { ...place, field: `${place.field}[]` },
      })
  } else {
    const same =
      typeof recorded === 'string' && typeof ours === 'string'
        ? sameText(recorded, ours, at.ids)
        : recorded === ours
    if (!same) yield { ...at.place, recorded, ours }
  }
}

/** How many values there are to compare in an answer: what is neither an object nor a list. */
export function countValues(value: Json): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + countValues(one), 0)
  if (isFields(value)) return Object.values(value).reduce((sum: number, one) => sum + countValues(one), 0)
  return 1
}

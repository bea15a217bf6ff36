import type { Param, Shape } from './params.ts'

/**
 * One parameter by its full name, `items[]` for a list's entries and `items[][price]` for a field of theirs. `refused`:
 * answered by its name with a 400.
 */
export type Declared = { name: string; refused: boolean; param: Param<unknown> }

function below(param: Param<unknown>, name: string): Declared[] {
  const { made } = param
  if (made === undefined || made === 'not yet') return []
  if ('fields' in made) return declared(made.fields, name)
  if ('oneOf' in made) return made.oneOf.flatMap((form) => below(form, name))
  const entry = `${name}[]`
  return [{ name: entry, refused: isRefused(made.listOf), param: made.listOf }, ...below(made.listOf, entry)]
}

/** Whether no form of the parameter is taken. */
function isRefused({ made }: Param<unknown>): boolean {
  if (made === 'not yet') return true
  return typeof made === 'object' && 'oneOf' in made && made.oneOf.every(isRefused)
}

/** The parameters that a shape names, those inside others included; what stands below a refused one is not told. */
export function declared(shape: Shape, holder = ''): Declared[] {
  const all = Object.entries(shape).flatMap(([key, param]) => {
    const name = holder ? `${holder}[${key}]` : key
    return [{ name, refused: isRefused(param), param }, ...below(param, name)]
  })
  return [...new Map(all.map((one) => [one.name, one])).values()]
}

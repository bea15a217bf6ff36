import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { type Declared, declared } from '../../../sandbox/src/stripe/declared.ts'
import type { Operation } from '../../../sandbox/src/stripe/world.ts'
import type { Report } from './tally.ts'

type Schema = {
  $ref?: string | undefined
  anyOf?: Schema[] | undefined
  items?: Schema | undefined
  properties?: Record<string, Schema> | undefined
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    anyOf: z.array(schema).optional(),
    items: schema.optional(),
    properties: z.record(z.string(), schema).optional(),
  }),
)

const described = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        'x-query': schema.optional(),
        requestBody: z.object({ content: z.record(z.string(), z.object({ schema })) }).optional(),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), schema) }),
})

/** The description of Stripe's API that the checkers are made from. */
export type Described = z.infer<typeof described>

export function readDescription(file: string): Described {
  return described.parse(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')))
}

/** Every name by which the described operation can be asked for something, those inside others as `items[][price]`. */
function namesIn(description: Described, schema: Schema, name: string, seen: string[] = []): string[] {
  if (schema.$ref !== undefined) {
    const [target = ''] = schema.$ref.split('/').slice(-1)
    const found = description.components.schemas[target]
    return found === undefined || seen.includes(target)
      ? []
      : namesIn(description, found, name, [...seen, target])
  }
  if (schema.anyOf) return schema.anyOf.flatMap((one) => namesIn(description, one, name, seen))
  if (schema.items) return namesIn(description, schema.items, `${name}[]`, seen)
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const full = name === '' ? key : `${name}[${key}]`
    return [full, ...namesIn(description, inner, full, seen)]
  })
}

const isBelow = (name: string, holder: string) => name.startsWith(`${holder}[`)

function differences(wanted: string[], ours: Declared[]): string[] {
  const names = new Set(ours.map(({ name }) => name))
  const refused = ours.filter((one) => one.refused).map(({ name }) => name)
  const missing = wanted.filter(
    (name) => !names.has(name) && !refused.some((holder) => isBelow(name, holder)),
  )
  const known = new Set(wanted)
  return [
    ...missing.map((name) => `[request] ${name}: Stripe takes it, and here it is neither taken nor refused`),
    ...[...names]
      .filter((name) => !known.has(name))
      .map((name) => `[request] ${name}: Stripe does not know it`),
  ]
}

const shapeOf = (path: string) => path.replace(/\{[^}]+\}/g, '{}')

/** What the operations declare against what the description says of them: each parameter is there, and no other. */
export function compareParameters(description: Described, operations: Operation[]): Report {
  const paths = new Map(Object.entries(description.paths).map(([path, methods]) => [shapeOf(path), methods]))
  const compared = operations.map(({ method, path, params }) => {
    const kind = `${method} ${path}`
    const theirs = paths.get(shapeOf(path))?.[method.toLowerCase()]
    if (!theirs) return { kind, problems: ['Stripe has no such operation'] }
    const [form] = Object.values(theirs.requestBody?.content ?? {})
    const wanted = namesIn(description, theirs['x-query'] ?? form?.schema ?? {}, '')
    // Every operation reads `expand` by itself.
    const asked = [...new Set(wanted)].filter((name) => name !== 'expand')
    return { kind, problems: differences(asked, declared(params)) }
  })
  return {
    checker: 'Stripe’s parameters',
    summary: `${operations.length} operations compared by the names of their parameters`,
    kinds: compared.map(({ kind }) => kind),
    breaches: compared.flatMap(({ kind, problems }) => problems.map((what) => ({ kind, what }))),
  }
}

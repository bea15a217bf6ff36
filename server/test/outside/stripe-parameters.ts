import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { type Declared, declared } from '../../../sandbox/src/stripe/api/declared.ts'
import type { Operation } from '../../../sandbox/src/stripe/world.ts'
import type { Report } from './tally.ts'

type Schema = {
  $ref?: string | undefined
  anyOf?: Schema[] | undefined
  items?: Schema | undefined
  properties?: Record<string, Schema> | undefined
  enum?: (string | boolean | null)[] | undefined
  nullable?: boolean | undefined
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    anyOf: z.array(schema).optional(),
    items: schema.optional(),
    properties: z.record(z.string(), schema).optional(),
    enum: z.array(z.union([z.string(), z.boolean(), z.null()])).optional(),
    nullable: z.boolean().optional(),
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

/** A parameter by its full name, and the words that it is known to take; an empty one unsets it. */
type Wanted = { name: string; words: string[] }

function resolve(description: Described, schema: Schema): Schema[] {
  const [target = ''] = (schema.$ref ?? '').split('/').slice(-1)
  const found = schema.$ref === undefined ? schema : description.components.schemas[target]
  if (!found) return []
  return found.anyOf ? found.anyOf.flatMap((one) => resolve(description, one)) : [found]
}

const isWord = (value: unknown): value is string => typeof value === 'string'

/** All that the described operation can be asked for: list entries as `items[]`, their fields as `items[][price]`. */
function wantedIn(description: Described, schema: Schema, name: string): Wanted[] {
  const forms = resolve(description, schema)
  const unset = schema.nullable ? [''] : []
  const words = [...unset, ...forms.flatMap((form) => (form.enum ?? []).filter(isWord))]
  const inner = forms.flatMap((form) => [
    ...(form.items ? wantedIn(description, form.items, `${name}[]`) : []),
    ...Object.entries(form.properties ?? {}).flatMap(([key, field]) =>
      wantedIn(description, field, name === '' ? key : `${name}[${key}]`),
    ),
  ])
  return name === '' ? inner : [{ name, words }, ...inner]
}

const isBelow = (name: string, holder: string) => name.startsWith(`${holder}[`)
const isEntry = ({ name }: { name: string }) => name.endsWith('[]')

/** Whether a word is taken, or refused by its name as one that the sandbox does not have. */
function isKnown({ param, name }: Declared, word: string): boolean {
  try {
    param.parse(word, name)
    return true
  } catch (error) {
    return error instanceof Error && error.message.includes('does not implement')
  }
}

/** Words in Stripe's types that its API refuses where they stand. */
const refusedByStripe = [{ on: 'POST /v1/subscriptions', word: 'payment_behavior=pending_if_incomplete' }]

function differences(kind: string, wanted: Wanted[], ours: Declared[]): string[] {
  const declared = new Map(ours.map((one) => [one.name, one]))
  const refused = ours.filter((one) => one.refused).map(({ name }) => name)
  const missing = wanted.filter(
    (one) => !isEntry(one) && !declared.has(one.name) && !refused.some((holder) => isBelow(one.name, holder)),
  )
  const known = new Set(wanted.map(({ name }) => name))
  const unknown = ours.filter((one) => !isEntry(one) && !known.has(one.name))
  const words = wanted.flatMap(({ name, words }) => {
    const mine = declared.get(name)
    return mine ? words.filter((word) => !isKnown(mine, word)).map((word) => `${name}=${word}`) : []
  })
  return [
    ...missing.map(
      ({ name }) => `[request] ${name}: Stripe takes it, and here it is neither taken nor refused`,
    ),
    ...unknown.map(({ name }) => `[request] ${name}: Stripe does not know it`),
    ...words
      .filter((word) => !refusedByStripe.some((one) => one.on === kind && one.word === word))
      .map((word) => `[request] ${word}: Stripe takes it, and here it is refused as if nobody knew it`),
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
    const wanted = wantedIn(description, theirs['x-query'] ?? form?.schema ?? {}, '')
    // Every operation reads `expand` by itself.
    const asked = wanted.filter(({ name }) => name !== 'expand')
    return { kind, problems: [...new Set(differences(kind, asked, declared(params)))] }
  })
  return {
    checker: 'Stripe’s parameters',
    summary: `${operations.length} operations compared by the names and words of their parameters`,
    kinds: compared.map(({ kind }) => kind),
    breaches: compared.flatMap(({ kind, problems }) => problems.map((what) => ({ kind, what }))),
  }
}

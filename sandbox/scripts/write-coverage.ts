// Writes sandbox/COVERAGE.md, which follows from the code: node sandbox/scripts/write-coverage.ts
import { writeFileSync } from 'node:fs'
import { settings } from '../src/settings.ts'
import { declared } from '../src/stripe/api/declared.ts'
import { operations } from '../src/stripe/main.ts'
import { apiVersion, type Operation } from '../src/stripe/world.ts'
import { type SdkOperation, sdkOperations } from './stripe-operations.ts'

/** A path without the names of what varies in it. */
export const shapeOf = (path: string) => path.replace(/\{[^}]+\}/g, '{}')

const cell = (text: string) => text.replaceAll('|', '\\|')

function refusedBy(operation: Operation): string {
  return declared(operation.params)
    .filter(({ refused }) => refused)
    .map(({ name }) => `\`${name}\``)
    .join(', ')
}

function groupSection(group: string, all: SdkOperation[], ours: Map<string, Operation>): string {
  const rows = all.map(({ method, path, call }) => {
    const operation = ours.get(`${method} ${shapeOf(path)}`)
    const refused = operation ? refusedBy(operation) : ''
    return `| \`${method} ${path}\` | \`${call}\` | ${operation ? 'yes' : '–'} | ${refused} |`
  })
  const count = all.filter(({ method, path }) => ours.has(`${method} ${shapeOf(path)}`)).length
  return `### ${group}: ${count} of ${all.length}

| operation | method | here | parameters refused by name |
|---|---|---|---|
${rows.join('\n')}
`
}

function settingRows(): string {
  return Object.entries(settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { usual, because, says }]) => {
      const why = because === 'account' ? 'an account’s choice' : 'a guess'
      return `| \`${name}\` | \`${JSON.stringify(usual)}\` | ${why} | ${cell(says)} |`
    })
    .join('\n')
}

/** sandbox/COVERAGE.md: what of Stripe's API is here, and what is a choice or a guess. */
export function coveragePage(): string {
  const all = sdkOperations()
  const ours = new Map(operations.map((one) => [`${one.method} ${shapeOf(one.path)}`, one]))
  const groups = Map.groupBy(all, ({ group }) => group)
  const isHere = ({ method, path }: SdkOperation) => ours.has(`${method} ${shapeOf(path)}`)
  const [some, none] = [
    [...groups].filter(([, list]) => list.some(isHere)),
    [...groups].filter(([, list]) => !list.some(isHere)),
  ]
  const missing = none.map(([group, list]) => {
    const names = list.map(({ method, path }) => `\`${method} ${path}\``)
    return `- ${group}: ${names.join(', ')}`
  })
  return `# What of Stripe the sandbox has

Of the ${all.length} operations of version 1 of Stripe's API that the official SDK (${apiVersion}) knows, ${all.filter(isHere).length} are here. What is
not is answered with an error that says so and is never ignored: an unknown path with 404, a parameter that Stripe knows
and the sandbox does not with 400 and its name, one that nobody knows with 400 \`parameter_unknown\`.

## Settings

What an account of Stripe's can choose, and what no source tells, is a setting. \`GET /_sandbox/settings\` shows them, and
\`PUT /_sandbox/settings\` or the option \`settings\` of \`startSandbox\` changes them.

| setting | usually | because it is | what it says |
|---|---|---|---|
${settingRows()}

## Operations

${some.map(([group, list]) => groupSection(group, list, ours)).join('\n')}
### Not here at all

${missing.join('\n')}

Generated from the code by \`node sandbox/scripts/write-coverage.ts\`.
`
}

if (import.meta.main) writeFileSync(new URL('../COVERAGE.md', import.meta.url), coveragePage())

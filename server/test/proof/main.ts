import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

/** One property in its long form: how many cases held, and what each failure was. */
export type Proof = (options: {
  seed: number
  isFull: boolean
}) => AsyncIterable<{ name: string; problem?: string }>

/** `npm run proof` runs them all in the size for CI, `npm run proof -- NAME [--full] [--seed N]` one. */
const proofs: Record<string, () => Promise<Proof>> = {
  kill: async () => (await import('./kill.ts')).proveKills,
  sandbox: async () => (await import('./sandbox.ts')).proveSequences,
  'sandbox-kill': async () => (await import('./sandbox.ts')).proveKilledSequences,
}

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false }, seed: { type: 'string' } },
  allowPositionals: true,
})
const unknown = positionals.find((name) => !Object.hasOwn(proofs, name))
if (unknown !== undefined) {
  process.stderr.write(`There is no proof "${unknown}"; there are: ${Object.keys(proofs).join(', ')}\n`)
  process.exit(2)
}
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
let passed = 0
let failed = 0
for (const [name, load] of Object.entries(proofs)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  process.stdout.write(`${name}, seed ${seed}${values.full ? ', in full' : ''}\n`)
  const prove = await load()
  for await (const found of prove({ seed, isFull: values.full })) {
    if (found.problem === undefined) passed++
    else failed++
    process.stdout.write(`  ${found.problem === undefined ? 'held' : 'FAILED'}  ${found.name}\n`)
    if (found.problem !== undefined) process.stdout.write(`${found.problem}\n`)
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

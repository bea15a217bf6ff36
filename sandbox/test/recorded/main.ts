import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { accountOf } from './account.ts'
import { readCassettes } from './cassettes.ts'
import { type Outcome, replay } from './replay.ts'
import { reportOf } from './report.ts'
import { missingFields } from './samples.ts'
import { stateOf } from './seeds.ts'

/**
 * Does the sandbox answer as the real API once did? Replays recorded exchanges and compares every value; and where the
 * provider's samples of its objects stand beside the recordings, compares their fields.
 *
 *     node sandbox/test/recorded/main.ts FOLDER-OF-RECORDINGS [--only PART-OF-A-NAME] [--json FILE]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, only: { type: 'string' } },
})
const [folder] = positionals
if (folder === undefined) {
  console.error('Say where the recordings are: node sandbox/test/recorded/main.ts FOLDER')
  process.exit(2)
}

const cassettes = readCassettes(folder)
const account = accountOf(cassettes)
const state = await stateOf(account)
const outcomes: Outcome[] = []
for (const cassette of cassettes) {
  if (values.only === undefined || cassette.name.includes(values.only))
    outcomes.push(...(await replay(cassette, { account, state })))
}

const report = reportOf(outcomes)
console.log(report.summary)
const samples = join(folder, '../fixtures3.json.gz')
if (existsSync(samples) && values.only === undefined) {
  const answers = outcomes.flatMap(({ answer }) => answer ?? [])
  const { kinds, missing, excused } = await missingFields(samples, answers)
  console.log(
    `${kinds.length} kinds of objects lack ${missing.length} fields of the provider’s samples, but for:`,
  )
  console.log(`  ${excused.join(', ')}`)
  report.kinds.push(...kinds.map((kind) => `sample of ${kind}`))
  report.breaches.push(
    ...missing.map((name) => ({ kind: `sample of ${name.replace(/: .*/, '')}`, what: `no ${name}` })),
  )
}
for (const [kind, breaches] of Map.groupBy(report.breaches, (breach) => breach.kind)) {
  console.log(`\n${kind}`)
  for (const { what } of breaches) console.log(`  ${what}`)
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report, null, 2))
process.exitCode = report.breaches.length === 0 ? 0 : 1

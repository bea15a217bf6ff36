import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { accountOf } from './account.ts'
import { readCassettes } from './cassettes.ts'
import { type Outcome, replay } from './replay.ts'
import { reportOf } from './report.ts'
import { stateOf } from './seeds.ts'

/**
 * Does the sandbox answer as the real API once did? Replays recorded exchanges and compares every value.
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
for (const [kind, breaches] of Map.groupBy(report.breaches, (breach) => breach.kind)) {
  console.log(`\n${kind}`)
  for (const { what } of breaches) console.log(`  ${what}`)
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report, null, 2))
process.exitCode = report.breaches.length === 0 ? 0 : 1

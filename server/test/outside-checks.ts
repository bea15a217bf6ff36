import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { operations } from '../../sandbox/src/stripe/main.ts'
import { createChildren } from './outside/children.ts'
import { replayRecordings } from './outside/recordings.ts'
import { compareParameters, readDescription } from './outside/stripe-parameters.ts'
import { tally } from './outside/tally.ts'
import { type Watched, watchProgram, watchSandboxTests, watchScenarios } from './outside/watch.ts'

/**
 * Is our sandbox what Stripe and Twilio are, and do we ask them as they are to be asked? Checkers made from the
 * providers' own descriptions stand between, while the program plays a story and the sandbox's tests run; and what
 * was recorded of the real API is asked of the sandbox.
 *
 *     node server/test/outside-checks.ts FOLDER-OF-THE-CHECKERS
 */
const root = fileURLToPath(new URL('../../', import.meta.url))
const MS_MAX = 900_000

const [given] = process.argv.slice(2)
if (given === undefined || !existsSync(given)) {
  console.error('Say where the checkers stand: node server/test/outside-checks.ts FOLDER')
  process.exit(2)
}
const checkersFolder = path.resolve(given)

const children = createChildren(root)
const reportsFolder = await mkdtemp(path.join(tmpdir(), 'tollgate-outside-'))
const run = { children, root, checkersFolder, reportsFolder }

async function watchAll(): Promise<Watched[]> {
  return [
    parameters(),
    await replayRecordings(run),
    await watchProgram(run),
    await watchScenarios(run),
    await watchSandboxTests(run),
  ]
}

/** The description stands beside the checkers that are made from it. */
function parameters(): Watched {
  const file = path.join(checkersFolder, '../stripe/openapi.from-sdk.json.gz')
  if (!existsSync(file)) return { reports: [], problems: [`no description of Stripe's API at ${file}`] }
  return { reports: [compareParameters(readDescription(file), operations)], problems: [] }
}

/** Fails when the run is asked to stop, or takes too long. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => reject(new Error(`stopped by ${signal}`)))
  setTimeout(() => reject(new Error(`not done after ${MS_MAX / 1000} s`)), MS_MAX).unref()
})

function print(watched: Watched[]): number {
  const reports = watched.flatMap((each) => each.reports)
  const problems = watched.flatMap((each) => each.problems)
  for (const { checker, summary } of reports) console.log(`\n== ${checker}\n${summary.trim()}`)
  const { passed, failed, leftOut } = tally(reports)
  if (leftOut.length > 0) console.log(`\nLeft out:\n${leftOut.map((each) => `  ${each}`).join('\n')}`)
  const all = [...problems, ...failed]
  if (all.length > 0) console.log(`\nFailed:\n${all.map((each) => `  ${each}`).join('\n')}`)
  console.log(`\n${passed.length} passed, ${all.length} failed`)
  return all.length === 0 ? 0 : 1
}

try {
  process.exitCode = print(await Promise.race([watchAll(), interrupted]))
} catch (error) {
  console.error(error)
  console.log('\n0 passed, 1 failed')
  process.exitCode = 1
} finally {
  await children.stopAll()
  await rm(reportsFolder, { recursive: true, force: true })
}

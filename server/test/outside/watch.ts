import path from 'node:path'
import { readConnection } from '../../src/local/connection-file.ts'
import { freePort } from '../../src/local/free-port.ts'
import { stripeSdk } from '../../src/providers/stripe/client.ts'
import { checkEvents, checkStripe, checkTwilio } from './checkers.ts'
import type { Children } from './children.ts'
import { playStory } from './story.ts'
import type { Report } from './tally.ts'

export type Run = { children: Children; root: string; checkersFolder: string; reportsFolder: string }

/** What was watched: the checkers' reports, and what went wrong by itself. */
export type Watched = { reports: Report[]; problems: string[] }

/** Plays the story on the whole program, with checkers between it and the sandbox in both directions. */
export async function watchProgram(run: Run): Promise<Watched> {
  const { children, root, reportsFolder } = run
  const sandboxPort = await freePort('SANDBOX_PORT', 0)
  const stripe = await checkStripe(run, sandboxPort)
  const twilio = await checkTwilio(run, sandboxPort)
  const dataDir = path.join(reportsFolder, 'data')
  const program = children.start([path.join(root, 'server/src/main.ts'), 'start'], {
    TOLLGATE_DATA: dataDir,
    PORT: '0',
    SANDBOX_PORT: String(sandboxPort),
    STRIPE_API_BASE: stripe.url,
    TWILIO_API_BASE: twilio.url,
  })
  await program.ready(/Tollgate is ready/)
  const connection = readConnection(dataDir)
  if (!connection)
    throw new Error(`The program is ready but says nowhere how it is reached:\n${program.output()}`)
  const sdk = stripeSdk({ secretKey: connection.sandbox.stripeSecretKey, apiBase: stripe.url })

  // The program's own endpoint is led through the checker, so that what it is sent is what is checked.
  const [endpoint] = (await sdk.webhookEndpoints.list()).data
  if (!endpoint) throw new Error('The program has no webhook endpoint at the sandbox.')
  const events = await checkEvents(run, {
    secret: connection.sandbox.stripeWebhookSecret,
    forward: endpoint.url,
  })
  await sdk.webhookEndpoints.update(endpoint.id, { url: `${events.url}/` })

  const problems: string[] = []
  try {
    await playStory({ connection, stripe: sdk })
  } catch (error) {
    problems.push(`the story: ${error instanceof Error ? error.message : error}\n${program.output()}`)
  }
  await program.stop()
  return { reports: [await stripe.finish(), await events.finish(), await twilio.finish()], problems }
}

/** Runs tests with checkers between them and the sandbox; `hear`: they add a checker to the endpoints of theirs. */
async function watchTests(
  run: Run,
  { what, args, hear }: { what: string; args: string[]; hear: boolean },
): Promise<Watched> {
  const sandboxPort = await freePort('SANDBOX_PORT', 0)
  const stripe = await checkStripe(run, sandboxPort)
  const twilio = await checkTwilio(run, sandboxPort)
  const events = hear ? await checkEvents(run, { secret: 'whsec_test' }) : null
  const tests = run.children.start(
    [
      path.join(run.root, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--testTimeout', '60000'],
      // One sandbox at a time stands behind the checkers.
      '--no-file-parallelism',
      ...args,
    ],
    {
      SANDBOX_PORT: String(sandboxPort),
      STRIPE_API_BASE: stripe.url,
      TWILIO_API_BASE: twilio.url,
      ...(events ? { WEBHOOK_PROXY: `${events.url}/` } : {}),
      NO_COLOR: '1',
    },
  )
  const code = await tests.ended
  const problems = code === 0 ? [] : [`${what}, watched:\n${tests.output()}`]
  const reports = [await stripe.finish(), await twilio.finish()]
  return { reports: events ? [...reports, await events.finish()] : reports, problems }
}

/** Runs the product's scenarios with checkers between it and the sandbox. */
export const watchScenarios = (run: Run): Promise<Watched> =>
  watchTests(run, { what: 'the scenarios', args: ['server/test/scenarios'], hear: false })

/** The sandbox's tests that ask it as its users do. */
const TESTS = ['test/', 'src/twilio/']

/** The others break it on purpose, speak to it without an SDK, or play so much that watching it tells nothing new. */
const LEFT_OUT = [
  'requests*',
  'closing',
  'control',
  'restart',
  'package',
  'coverage',
  'random',
  'as-recorded',
  'compare',
]

/** Runs the sandbox's own tests with checkers before it. */
export const watchSandboxTests = (run: Run): Promise<Watched> =>
  watchTests(run, {
    what: "the sandbox's own tests",
    args: [
      ...['--root', 'sandbox'],
      ...LEFT_OUT.flatMap((name) => ['--exclude', `**/${name}.test.ts`]),
      ...TESTS,
    ],
    hear: true,
  })

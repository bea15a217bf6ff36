import path from 'node:path'
import { CannotStart, readSettings } from '../config.ts'
import { connectionPath, removeConnection, writeConnection } from '../local/connection-file.ts'
import { type LocalParts, startLocalParts } from '../local/local-parts.ts'
import { type StopRequest, stopRequest } from '../local/stop-request.ts'
import { parseCommandLine } from './command-line.ts'

const USAGE = `tollgate start

Runs everything on this machine: Postgres, the sandbox in place of Stripe and Twilio, the API, the worker and the pages.
DATABASE_URL, STRIPE_… and TWILIO_… put the real ones in their place.`

const CLOSE_MS_MAX = 20_000

type StartServer = typeof import('../app.ts')['startServer']
type Server = Awaited<ReturnType<StartServer>>

/** Runs everything on this machine until it is asked to stop. */
export async function start(args: string[]): Promise<number> {
  if (!parseCommandLine(args, { usage: USAGE, options: {}, positionalsMax: 0 })) return 0
  const began = performance.now()
  const settings = readSettings()
  const stop = stopRequest()
  process.stdout.write('Starting Tollgate…\n')
  // Loaded while Postgres and the sandbox come up.
  const app = import('../app.ts')
  app.catch(() => undefined)
  const parts = await startLocalParts(settings)
  try {
    if (!stop.isAsked()) await serveUntil(stop, { parts, began, startServer: (await app).startServer })
  } finally {
    await parts.stop()
  }
  process.stdout.write('Stopped.\n')
  return 0
}

async function serveUntil(
  stop: StopRequest,
  { parts, began, startServer }: { parts: LocalParts; began: number; startServer: StartServer },
): Promise<void> {
  const { config, databaseUrl, secrets, sandboxUrl } = parts
  const { apiKey, adminKey } = secrets
  const server = await startServer({
    config,
    databaseUrl,
    role: 'all',
    // Where real money moves, keys are made on purpose and never lie in a file.
    ...(sandboxUrl ? { localKeys: { apiKey, adminKey } } : {}),
  })
  try {
    tellScripts(parts, server.url)
    process.stdout.write(welcome(parts, { url: server.url, seconds: (performance.now() - began) / 1000 }))
    const why = await Promise.race([stop.asked, parts.ended])
    if (why) throw new CannotStart(`Stopping, since ${why}.`, 1)
    process.stdout.write('\nStopping…\n')
  } finally {
    removeConnection(config.dataDir)
    await closeWithin(server, CLOSE_MS_MAX)
  }
}

function tellScripts({ config, databaseUrl, secrets, sandboxUrl }: LocalParts, url: string): void {
  if (!sandboxUrl) return
  writeConnection(config.dataDir, {
    url,
    apiKey: secrets.apiKey,
    adminKey: secrets.adminKey,
    jwtSecret: 'secret' in config.jwt ? config.jwt.secret : secrets.jwtSecret,
    databaseUrl,
    sandbox: {
      url: sandboxUrl,
      stripeSecretKey: secrets.stripeSecretKey,
      stripeWebhookSecret: secrets.stripeWebhookSecret,
      twilioAccountSid: secrets.twilioAccountSid,
      twilioAuthToken: secrets.twilioAuthToken,
    },
  })
}

function welcome(parts: LocalParts, ready: { url: string; seconds: number }): string {
  const { config } = parts
  const rows = [
    ['Start here', `${ready.url}/`],
    ['Pricing', `${ready.url}/pricing`],
    ['Billing', `${ready.url}/dashboard/billing`],
  ]
  const hints: string[] = []
  if (config.sandboxUrl) {
    rows.push(['Sandbox', `${ready.url}/sandbox`])
    hints.push(
      'Choose a plan on the pricing page and pay with card 4242 4242 4242 4242.',
      'On the sandbox page, move the clock by a month and see the renewal.',
    )
  }
  if (parts.sandboxUrl) rows.push(['Keys', shortest(connectionPath(config.dataDir))])
  const lines = rows.map(([name, value]) => `  ${name?.padEnd(12)}${value}`)
  return [
    `\nTollgate is ready (${ready.seconds.toFixed(1)} s).\n`,
    ...lines,
    '',
    ...hints.map((hint) => `  ${hint}`),
    '  Ctrl-C stops everything; what you did is kept.\n',
    '',
  ].join('\n')
}

/** As a person would type it from where they are. */
function shortest(file: string): string {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith('..') ? file : relative
}

/** A request or job that does not end must not keep the rest from stopping; what it did not commit is done again. */
async function closeWithin(server: Server, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      process.stderr.write(`Still busy after ${milliseconds / 1000} s; stopping all the same.\n`)
      resolve()
    }, milliseconds)
  })
  // With Postgres gone the server cannot close in order; why it is gone is the news, and comes after this.
  const closed = server.close().catch((error: Error) => {
    process.stderr.write(`The server could not close in order: ${error.message}\n`)
  })
  await Promise.race([closed, timeout])
  clearTimeout(timer)
}

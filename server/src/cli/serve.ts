import { CannotStart, type Config, completeConfig, readSettings, type Settings } from '../config.ts'
import { buildPages } from '../local/build-pages.ts'
import { readConnection } from '../local/connection-file.ts'
import { freePort } from '../local/free-port.ts'
import { stopRequest } from '../local/stop-request.ts'
import { parseCommandLine } from './command-line.ts'

const USAGE = `tollgate serve [--role api|worker|all]

Runs one process of an installation; any number of them share one database. It needs DATABASE_URL, STRIPE_SECRET_KEY
and STRIPE_WEBHOOK_SECRET, JWT_SECRET or JWKS_URL, and TWILIO_… where numbers are sold. What is absent is taken from a
"tollgate start" that runs on the same data folder.`

const ROLES = ['api', 'worker', 'all'] as const
type Role = (typeof ROLES)[number]

/** Runs the API, the worker or both until it is asked to stop. */
export async function serve(args: string[]): Promise<number> {
  const options = { role: { type: 'string', default: 'all' } } as const
  const parsed = parseCommandLine(args, { usage: USAGE, options, positionalsMax: 0 })
  if (!parsed) return 0
  const role = ROLES.find((each) => each === parsed.values.role)
  if (!role) throw new CannotStart(`--role: is "${parsed.values.role}"; allowed is ${ROLES.join(', ')}`)
  return run(role)
}

async function run(role: Role): Promise<number> {
  const stop = stopRequest()
  const [{ config, databaseUrl }, { startServer }] = await Promise.all([
    configForOneProcess(readSettings()),
    import('../app.ts'),
  ])
  // Only after the settings were found right; a worker has no pages.
  if (role !== 'worker') await buildPages()
  const server = await startServer({ config, databaseUrl, role })
  process.stdout.write(`Tollgate (${role}) is ready at ${server.url}\n`)
  await stop.asked
  await server.close()
  return 0
}

async function configForOneProcess(settings: Settings): Promise<{ config: Config; databaseUrl: string }> {
  const running = readConnection(settings.dataDir)
  const databaseUrl = settings.databaseUrl ?? running?.databaseUrl
  if (!databaseUrl) throw new CannotStart(missing('DATABASE_URL'))
  if (!settings.stripe && !running) throw new CannotStart(missing('STRIPE_SECRET_KEY'))
  const sandbox = settings.stripe && settings.twilio ? undefined : running?.sandbox
  const config = completeConfig(
    { ...settings, publicUrl: settings.publicUrl ?? running?.url ?? null },
    {
      databaseUrl,
      port: await freePort('PORT', settings.port),
      stripe:
        settings.stripe ??
        (sandbox
          ? {
              secretKey: sandbox.stripeSecretKey,
              webhookSecrets: [sandbox.stripeWebhookSecret],
              apiBase: settings.stripeApiBase ?? sandbox.url,
            }
          : null),
      twilio:
        settings.twilio ??
        (sandbox
          ? {
              accountSid: sandbox.twilioAccountSid,
              authToken: sandbox.twilioAuthToken,
              apiBase: settings.twilioApiBase ?? sandbox.url,
            }
          : null),
      sandboxUrl: settings.stripe ? null : (sandbox?.url ?? null),
      smtpUrl: settings.stripe || !sandbox ? null : await mailOf(sandbox.url),
      jwt: settings.stripe || !running ? null : { secret: running.jwtSecret },
      logLevel: 'info',
    },
  )
  return { config, databaseUrl }
}

const missing = (name: string) =>
  `${name}: is missing; set it, or run "tollgate start" on the same TOLLGATE_DATA first, whose sandbox is then used`

async function mailOf(sandboxUrl: string): Promise<string> {
  try {
    const answer = await fetch(new URL('/_sandbox/info', sandboxUrl))
    const { smtpUrl } = (await answer.json()) as { smtpUrl: string }
    return smtpUrl
  } catch (cause) {
    throw new CannotStart(
      `The sandbox at ${sandboxUrl} does not answer (${(cause as Error).message}): start it again`,
      1,
    )
  }
}

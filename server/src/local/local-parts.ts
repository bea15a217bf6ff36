import { CannotStart, type Config, completeConfig, type Settings } from '../config.ts'
import { buildPages } from './build-pages.ts'
import { readConnection, removeConnection } from './connection-file.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { freePort } from './free-port.ts'
import { lockFolder } from './lock-folder.ts'
import { type SandboxOptions, type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'
import { type LocalSecrets, readOrMakeSecrets } from './secrets.ts'

/** All that the server needs beside itself, running on this machine. */
export type LocalParts = {
  config: Config
  databaseUrl: string
  secrets: LocalSecrets
  sandboxUrl: string | null
  /** Resolves with why, should one of the parts end without having been asked to. */
  ended: Promise<string>
  /** The sandbox first, Postgres last. */
  stop(): Promise<void>
}

type Ports = { port: number; sandboxPort: number }

/**
 * Brings up, side by side, what the settings leave to this machine: Postgres with the newest schema, the sandbox, the
 * pages. Either all of it stands afterwards or nothing of it runs.
 *
 * @throws {CannotStart} with one line that says what to do
 */
export async function startLocalParts(settings: Settings): Promise<LocalParts> {
  const release = await takeDataFolder(settings.dataDir)
  const stops = [async () => release()]
  const stop = async () => {
    for (const each of stops.toReversed()) await each()
  }
  try {
    const ports = {
      port: await freePort('PORT', settings.port),
      sandboxPort: await freePort('SANDBOX_PORT', settings.sandboxPort),
    }
    const secrets = readOrMakeSecrets(settings.dataDir)
    const [database, sandbox] = await allOrNothing([
      startDatabase(settings, stops),
      startSandboxWhereNeeded(settings, { secrets, ports, stops }),
      buildPages(),
    ])
    return {
      config: localConfig(settings, { secrets, sandbox, port: ports.port, databaseUrl: database.url }),
      databaseUrl: database.url,
      secrets,
      sandboxUrl: sandbox?.url ?? null,
      ended: Promise.race([database.ended, sandbox?.ended].filter((each) => each !== undefined)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function takeDataFolder(dataDir: string): Promise<() => void> {
  let release: (() => void) | null
  try {
    release = await lockFolder(dataDir, 0)
  } catch (cause) {
    throw new CannotStart(
      `The data folder ${dataDir} cannot be written (${(cause as Error).message}): start as the user who owns it, or set TOLLGATE_DATA to a folder of your own`,
    )
  }
  if (!release) {
    const at = readConnection(dataDir)?.url
    throw new CannotStart(
      `Tollgate is already running on ${dataDir}${at ? ` (${at})` : ''}: stop it first, or set TOLLGATE_DATA, PORT and SANDBOX_PORT for a second one`,
    )
  }
  // From here on the file would be a former program's; scripts wait for it to know that this one is up.
  removeConnection(dataDir)
  return release
}

async function startDatabase(
  settings: Settings,
  stops: (() => Promise<void>)[],
): Promise<{ url: string; ended?: Promise<string> }> {
  // A database of the user's own is migrated by its owner, who is not the role that the server may run as.
  if (settings.databaseUrl) return { url: settings.databaseUrl }
  const [postgres, { migrateUp }] = await allOrNothing([
    startEmbeddedPostgres({ dataDir: settings.dataDir }).then((started) => {
      stops.push(started.stop)
      return started
    }),
    import('../migrate.ts'),
  ])
  await migrateUp(postgres.ownerUrl)
  return { url: postgres.appUrl, ended: postgres.ended }
}

/** Without Stripe keys the sandbox is Stripe; without Twilio keys it is Twilio, except beside a live Stripe account. */
function sandboxRoles(settings: Settings): { stripe: boolean; twilio: boolean } {
  const isLive = /^.k_live_/.test(settings.stripe?.secretKey ?? '')
  return { stripe: !settings.stripe, twilio: !settings.twilio && !isLive }
}

async function startSandboxWhereNeeded(
  settings: Settings,
  parts: { secrets: LocalSecrets; ports: Ports; stops: (() => Promise<void>)[] },
): Promise<SandboxProcess | null> {
  const { secrets, ports } = parts
  const roles = sandboxRoles(settings)
  if (!roles.stripe && !roles.twilio) return null
  const stripe: SandboxOptions['stripe'] = { secretKey: secrets.stripeSecretKey }
  if (roles.stripe) {
    const url = `http://127.0.0.1:${ports.port}/api/webhooks/stripe`
    stripe.webhookEndpoints = [{ url, secret: secrets.stripeWebhookSecret }]
  }
  const sandbox = await startSandboxProcess({
    dataDir: settings.dataDir,
    port: ports.sandboxPort,
    stripe,
    twilio: { accountSid: secrets.twilioAccountSid, authToken: secrets.twilioAuthToken },
  })
  parts.stops.push(sandbox.stop)
  return sandbox
}

function localConfig(
  settings: Settings,
  parts: { secrets: LocalSecrets; sandbox: SandboxProcess | null; port: number; databaseUrl: string },
): Config {
  const { secrets, sandbox } = parts
  const roles = sandboxRoles(settings)
  const sandboxUrl = sandbox?.url ?? null
  return completeConfig(settings, {
    databaseUrl: parts.databaseUrl,
    port: parts.port,
    stripe: settings.stripe ?? {
      secretKey: secrets.stripeSecretKey,
      webhookSecrets: [secrets.stripeWebhookSecret],
      apiBase: settings.stripeApiBase ?? sandboxUrl,
    },
    twilio:
      settings.twilio ??
      (roles.twilio
        ? {
            accountSid: secrets.twilioAccountSid,
            authToken: secrets.twilioAuthToken,
            apiBase: settings.twilioApiBase ?? sandboxUrl,
          }
        : null),
    // Real subscriptions live in real time, and mails about them go to real people.
    sandboxUrl: roles.stripe ? sandboxUrl : null,
    smtpUrl: roles.stripe ? (sandbox?.smtpUrl ?? null) : null,
    jwt: roles.stripe ? { secret: secrets.jwtSecret } : null,
    logLevel: 'warn',
  })
}

/** Like Promise.all, but fails only when every part has come to its end, so that none starts behind our back. */
async function allOrNothing<T extends readonly unknown[]>(
  parts: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(parts)
  return Promise.all(parts) as unknown as Promise<T>
}

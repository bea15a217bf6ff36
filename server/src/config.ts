import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** Where the clone (or the installed package) lies. */
export const rootFolder = fileURLToPath(new URL('../../', import.meta.url))

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type StripeConfig = {
  secretKey: string
  /** Several while the secret is being rotated: a signature by any of them is good. */
  webhookSecrets: string[]
  /** Null: Stripe itself. */
  apiBase: string | null
}
type TwilioConfig = { accountSid: string; authToken: string; apiBase: string | null }
export type JwtConfig = { secret: string } | { jwksUrl: string }

/** All that the running server is told from outside, complete and checked. */
export type Config = {
  databaseUrl: string | null
  stripe: StripeConfig | null
  twilio: TwilioConfig | null
  /** The sandbox's own address when one stands in for a provider: its clock is then the business clock. */
  sandboxUrl: string | null
  catalogPath: string
  dataDir: string
  port: number
  sandboxPort: number
  /** How browsers and providers reach the server, without a slash at the end. */
  publicUrl: string
  jwt: JwtConfig
  smtpUrl: string | null
  mailFrom: string
  vapiSecret: string | null
  logLevel: LogLevel
}

/**
 * The environment as it was given: what is absent is null, for the command to fill in (from the sandbox and the
 * local secrets) or to insist on.
 */
export type Settings = Omit<Config, 'sandboxUrl' | 'publicUrl' | 'mailFrom' | 'jwt' | 'logLevel'> & {
  stripeApiBase: string | null
  twilioApiBase: string | null
  publicUrl: string | null
  mailFrom: string | null
  jwt: JwtConfig | null
  logLevel: LogLevel | null
}

/** The program cannot start as things are. The message is all that a person needs, so no stack is shown for it. */
export class CannotStart extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 2) {
    super(message)
    this.name = 'CannotStart'
    this.exitCode = exitCode
  }
}

const hasProtocol = (text: string, ...protocols: string[]) =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol)

const port = (name: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `${name}: is not a port number; allowed is 0 (any free port) to 65535`)
    .transform(Number)
    .refine((value) => value <= 65535, `${name}: is over 65535; allowed is 0 (any free port) to 65535`)
    .optional()

const origin = (name: string) =>
  z
    .string()
    .refine(
      (text) => hasProtocol(text, 'http:', 'https:') && new URL(text).pathname === '/' && !/[?#]/.test(text),
      `${name}: is not a server's address; allowed is http:// or https://, a host and a port, without a path`,
    )
    .transform((text) => new URL(text).origin)
    .optional()

const text = (pattern: RegExp, problem: string) => z.string().regex(pattern, problem).optional()

/** One entry for each variable. No message repeats a value: most of them are secrets. */
const environment = z.object({
  DATABASE_URL: z
    .string()
    .refine(
      (value) => hasProtocol(value, 'postgres:', 'postgresql:'),
      'DATABASE_URL: is not a Postgres address; allowed is postgres://user:password@host:port/database',
    )
    .optional(),
  STRIPE_SECRET_KEY: text(
    /^(sk|rk)_(test|live)_\w{8,}$/,
    'STRIPE_SECRET_KEY: is not a Stripe secret key; allowed is sk_test_…, sk_live_… or a restricted rk_…',
  ),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .transform((value) => value.split(',').map((secret) => secret.trim()))
    .refine(
      (secrets) => secrets.every((secret) => /^whsec_[\w+/=]{8,}$/.test(secret)),
      "STRIPE_WEBHOOK_SECRET: is not an endpoint's signing secret; allowed is whsec_…, several separated by commas",
    )
    .optional(),
  STRIPE_API_BASE: origin('STRIPE_API_BASE'),
  TWILIO_ACCOUNT_SID: text(
    /^AC[0-9a-f]{32}$/,
    'TWILIO_ACCOUNT_SID: is not an account SID; allowed is AC and 32 hexadecimal digits in lower case',
  ),
  TWILIO_AUTH_TOKEN: text(
    /^[0-9a-f]{32}$/,
    'TWILIO_AUTH_TOKEN: is not an auth token; allowed are 32 hexadecimal digits in lower case',
  ),
  TWILIO_API_BASE: origin('TWILIO_API_BASE'),
  TOLLGATE_CATALOG: z
    .string()
    .transform((value) => path.resolve(value))
    .refine(
      existsSync,
      'TOLLGATE_CATALOG: names nothing that is there; allowed is a catalog file or its folder',
    )
    .optional(),
  TOLLGATE_DATA: z
    .string()
    .transform((value) => path.resolve(value))
    .optional(),
  PORT: port('PORT'),
  SANDBOX_PORT: port('SANDBOX_PORT'),
  PUBLIC_URL: z
    .string()
    .refine(
      (value) => hasProtocol(value, 'http:', 'https:') && !/[?#]/.test(value),
      'PUBLIC_URL: is not a web address; allowed is http:// or https:// and a host, as browsers reach this server',
    )
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  JWT_SECRET: z
    .string()
    .min(32, 'JWT_SECRET: is too short to sign with; allowed are 32 characters or more')
    .optional(),
  JWKS_URL: z
    .string()
    .refine(
      (value) => hasProtocol(value, 'http:', 'https:'),
      'JWKS_URL: is not a web address; allowed is the https:// address of a JSON Web Key Set',
    )
    .optional(),
  SMTP_URL: z
    .string()
    .refine(
      (value) => hasProtocol(value, 'smtp:', 'smtps:') && new URL(value).hostname !== '',
      'SMTP_URL: is not a mail server; allowed is smtp://user:password@host:587 or smtps://…',
    )
    .optional(),
  MAIL_FROM: text(
    /^([^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/,
    'MAIL_FROM: is not a sender; allowed is billing@example.com or Example <billing@example.com>',
  ),
  VAPI_SECRET: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `LOG_LEVEL: is not a level; allowed is ${LOG_LEVELS.join(', ')}`).optional(),
})

/**
 * Reads and checks the environment.
 *
 * @throws {CannotStart} with one line for each wrong setting: its name, what is wrong, what is allowed. Exit code 2.
 */
export function readSettings(env: Record<string, string | undefined> = process.env): Settings {
  // An empty value is how compose files and CI systems write "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
  const read = environment.safeParse(given)
  const wrong = new Set(read.error?.issues.map((issue) => String(issue.path[0])))
  const problems = [...(read.error?.issues.map((issue) => issue.message) ?? []), ...conflicts(given, wrong)]
  if (!read.success || problems.length > 0) throw new CannotStart(problems.join('\n'))
  const value = read.data
  const stripeApiBase = value.STRIPE_API_BASE ?? null
  const twilioApiBase = value.TWILIO_API_BASE ?? null
  return {
    databaseUrl: value.DATABASE_URL ?? null,
    stripe:
      value.STRIPE_SECRET_KEY && value.STRIPE_WEBHOOK_SECRET
        ? {
            secretKey: value.STRIPE_SECRET_KEY,
            webhookSecrets: value.STRIPE_WEBHOOK_SECRET,
            apiBase: stripeApiBase,
          }
        : null,
    stripeApiBase,
    twilio:
      value.TWILIO_ACCOUNT_SID && value.TWILIO_AUTH_TOKEN
        ? {
            accountSid: value.TWILIO_ACCOUNT_SID,
            authToken: value.TWILIO_AUTH_TOKEN,
            apiBase: twilioApiBase,
          }
        : null,
    twilioApiBase,
    catalogPath: value.TOLLGATE_CATALOG ?? path.join(rootFolder, 'examples/assistant'),
    dataDir: value.TOLLGATE_DATA ?? path.join(rootFolder, '.data'),
    port: value.PORT ?? 4800,
    sandboxPort: value.SANDBOX_PORT ?? 4801,
    publicUrl: value.PUBLIC_URL ?? null,
    jwt: jwtOf(value.JWT_SECRET, value.JWKS_URL),
    smtpUrl: value.SMTP_URL ?? null,
    mailFrom: value.MAIL_FROM ?? null,
    vapiSecret: value.VAPI_SECRET ?? null,
    logLevel: value.LOG_LEVEL ?? null,
  }
}

/**
 * Makes settings a whole configuration, once the command knows what stands in for the absent ones.
 *
 * @throws {CannotStart} where neither the environment nor the command says how callers sign their tokens.
 */
export function completeConfig(
  settings: Settings,
  filled: Pick<Config, 'databaseUrl' | 'stripe' | 'twilio' | 'sandboxUrl' | 'port'> & {
    jwt: JwtConfig | null
    smtpUrl: string | null
    logLevel: LogLevel
  },
): Config {
  const jwt = settings.jwt ?? filled.jwt
  if (!jwt) {
    throw new CannotStart(
      'JWT_SECRET: is missing beside a real Stripe account; set it (32 characters or more) or JWKS_URL, so that tokens of your users can be verified',
    )
  }
  const publicUrl = settings.publicUrl ?? `http://127.0.0.1:${filled.port}`
  return {
    databaseUrl: filled.databaseUrl,
    stripe: filled.stripe,
    twilio: filled.twilio,
    sandboxUrl: filled.sandboxUrl,
    catalogPath: settings.catalogPath,
    dataDir: settings.dataDir,
    port: filled.port,
    sandboxPort: settings.sandboxPort,
    publicUrl,
    jwt,
    smtpUrl: settings.smtpUrl ?? filled.smtpUrl,
    mailFrom: settings.mailFrom ?? `Tollgate <billing@${mailHost(publicUrl)}>`,
    vapiSecret: settings.vapiSecret,
    logLevel: settings.logLevel ?? filled.logLevel,
  }
}

/** True when npm runs this program (`npm start`): its end is then ours too, even when it could not tell us. */
export function isStartedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined
}

/** The environment for a child program: ours, with a few changes. */
export function environmentWith(changes: Record<string, string>): Record<string, string | undefined> {
  return { ...process.env, ...changes }
}

/** What is wrong between settings, each of which may be right alone. Those in `wrong` have their line already. */
function conflicts(given: Record<string, string | undefined>, wrong: Set<string>): string[] {
  const problems: string[] = []
  const pairs = [
    ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'the sandbox'],
    ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'the sandbox'],
  ] as const
  for (const [one, other, instead] of pairs) {
    if (Boolean(given[one]) === Boolean(given[other])) continue
    const [there, missing] = given[one] ? [one, other] : [other, one]
    problems.push(`${missing}: is missing beside ${there}; set both, or neither for ${instead}`)
  }
  if (given.JWT_SECRET && given.JWKS_URL) {
    problems.push('JWT_SECRET: is set beside JWKS_URL; set the one that your tokens are signed by')
  }
  const ports = [given.PORT ?? '4800', given.SANDBOX_PORT ?? '4801'].map(Number)
  if (!wrong.has('PORT') && !wrong.has('SANDBOX_PORT') && ports[0] === ports[1] && ports[0] !== 0) {
    problems.push(`SANDBOX_PORT: is the same as PORT (${ports[0]}); set another one`)
  }
  return problems
}

function jwtOf(secret: string | undefined, jwksUrl: string | undefined): JwtConfig | null {
  if (secret) return { secret }
  return jwksUrl ? { jwksUrl } : null
}

/** Mail from an address literal is refused by many servers, so a bare IP becomes localhost. */
function mailHost(publicUrl: string): string {
  const { hostname } = new URL(publicUrl)
  return /^[\d.]+$|^\[/.test(hostname) ? 'localhost' : hostname
}

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { CannotStart } from '../config.ts'
import { writeWhole } from './write-whole.ts'

const secretsSchema = z.object({
  /** For the host app's server: scopes usage and billing. */
  apiKey: z.string().startsWith('tg_'),
  /** For operators: scope admin. */
  adminKey: z.string().startsWith('tg_'),
  jwtSecret: z.string().min(32),
  stripeSecretKey: z.string().startsWith('sk_test_'),
  stripeWebhookSecret: z.string().startsWith('whsec_'),
  twilioAccountSid: z.string().regex(/^AC[0-9a-f]{32}$/),
  twilioAuthToken: z.string().regex(/^[0-9a-f]{32}$/),
})

/** What the parts of a local installation share; none of it is worth anything outside this machine. */
export type LocalSecrets = z.infer<typeof secretsSchema>

/**
 * Reads the installation's secrets, made at its first start and kept: keys that a person has copied into an app stay
 * good. Call it with the data folder locked.
 */
export function readOrMakeSecrets(dataDir: string): LocalSecrets {
  const file = path.join(dataDir, 'secrets.json')
  if (existsSync(file)) {
    const read = secretsSchema.safeParse(parseJson(readFileSync(file, 'utf8')))
    if (read.success) return read.data
    throw new CannotStart(
      `${file} is damaged (${read.error.issues[0]?.path.join('.') || 'not JSON'}). Restore it, or remove it to have new keys made.`,
    )
  }
  const secrets: LocalSecrets = {
    apiKey: `tg_${random(24)}`,
    adminKey: `tg_${random(24)}`,
    jwtSecret: random(32),
    stripeSecretKey: `sk_test_${alphanumeric(48)}`,
    stripeWebhookSecret: `whsec_${alphanumeric(32)}`,
    twilioAccountSid: `AC${randomBytes(16).toString('hex')}`,
    twilioAuthToken: randomBytes(16).toString('hex'),
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeWhole(file, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function random(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

/** Letters and digits, as Stripe's keys have. */
function alphanumeric(length: number): string {
  return randomBytes(length * 2)
    .toString('base64')
    .replace(/[^a-zA-Z0-9]/g, '')
    .slice(0, length)
}

import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { CannotStart } from '../config.ts'
import { writeWhole } from './write-whole.ts'

const connectionSchema = z.object({
  url: z.url(),
  apiKey: z.string(),
  adminKey: z.string(),
  jwtSecret: z.string(),
  databaseUrl: z.string(),
  sandbox: z.object({
    url: z.url(),
    stripeSecretKey: z.string(),
    stripeWebhookSecret: z.string(),
    twilioAccountSid: z.string(),
    twilioAuthToken: z.string(),
  }),
})

/** How scripts and people on this machine reach a running program in sandbox mode. */
export type Connection = z.infer<typeof connectionSchema>

export const connectionPath = (dataDir: string) => path.join(dataDir, 'connection.json')

export function writeConnection(dataDir: string, connection: Connection): void {
  writeWhole(connectionPath(dataDir), `${JSON.stringify(connection, null, 2)}\n`)
}

/** The running program's connection, or null where none runs: the file goes when the program stops. */
export function readConnection(dataDir: string): Connection | null {
  const file = connectionPath(dataDir)
  if (!existsSync(file)) return null
  try {
    return connectionSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new CannotStart(
      `${file} cannot be read as a connection: ${(cause as Error).message}. Start again to have it written anew.`,
    )
  }
}

export function removeConnection(dataDir: string): void {
  rmSync(connectionPath(dataDir), { force: true })
}

import { mkdirSync } from 'node:fs'
import { CannotStart, readSettings, type Settings } from '../config.ts'
import { readConnection } from '../local/connection-file.ts'
import { freePort } from '../local/free-port.ts'
import { startSandboxProcess } from '../local/sandbox-process.ts'
import { readOrMakeSecrets } from '../local/secrets.ts'
import { stopRequest } from '../local/stop-request.ts'
import { parseCommandLine } from './command-line.ts'

const USAGE = `tollgate sandbox start
tollgate sandbox advance --days N | --months N | --seconds N | --to 2031-01-31T00:00:00Z
tollgate sandbox reset

start runs the emulators of Stripe and Twilio alone, on SANDBOX_PORT. advance moves the clock of the sandbox that runs
and plays all that falls due on the way; reset empties it.`

const options = {
  days: { type: 'string' },
  months: { type: 'string' },
  seconds: { type: 'string' },
  to: { type: 'string' },
} as const

export async function sandbox(args: string[]): Promise<number> {
  const parsed = parseCommandLine(args, { usage: USAGE, options, positionalsMax: 1 })
  if (!parsed) return 0
  const settings = readSettings()
  switch (parsed.positionals[0]) {
    case 'start':
      return runAlone(settings)
    case 'advance':
      return control(settings, '/_sandbox/clock/advance', span(parsed.values))
    case 'reset':
      return control(settings, '/_sandbox/reset', {})
    default:
      throw new CannotStart(USAGE)
  }
}

async function runAlone(settings: Settings): Promise<number> {
  const stop = stopRequest()
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 })
  const secrets = readOrMakeSecrets(settings.dataDir)
  const running = await startSandboxProcess({
    dataDir: settings.dataDir,
    port: await freePort('SANDBOX_PORT', settings.sandboxPort),
    stripe: { secretKey: secrets.stripeSecretKey },
    twilio: { accountSid: secrets.twilioAccountSid, authToken: secrets.twilioAuthToken },
  })
  const rows = [
    ['Stripe and Twilio', running.url],
    ['Mail', running.smtpUrl],
    ['Stripe key', secrets.stripeSecretKey],
    ['Twilio account', secrets.twilioAccountSid],
    ['Twilio token', secrets.twilioAuthToken],
  ]
  process.stdout.write(`${rows.map(([name, value]) => `${name?.padEnd(20)}${value}`).join('\n')}\n`)
  const why = await Promise.race([stop.asked, running.ended])
  if (why) throw new CannotStart(`Stopping, since ${why}.`, 1)
  await running.stop()
  return 0
}

function span(values: { [name in keyof typeof options]?: string }): Record<string, number | string> {
  const given = Object.entries(values)
  const [name, value] = given[0] ?? []
  if (given.length !== 1 || !name || !value) throw new CannotStart(`Say how far, in one way.\n\n${USAGE}`)
  if (name === 'to') return { to: value }
  if (!/^\d{1,9}$/.test(value)) throw new CannotStart(`--${name}: is "${value}"; allowed is a whole number`)
  return { [name]: Number(value) }
}

async function control(settings: Settings, path: string, body: object): Promise<number> {
  const base = readConnection(settings.dataDir)?.sandbox.url ?? `http://127.0.0.1:${settings.sandboxPort}`
  let answer: Response
  try {
    answer = await fetch(new URL(path, base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  } catch {
    throw new CannotStart(
      `No sandbox answers at ${base}: start one with "tollgate start" or "tollgate sandbox start"`,
      1,
    )
  }
  process.stdout.write(`${(await answer.text()).trim()}\n`)
  return answer.ok ? 0 : 1
}

#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { startSandbox } from './main.ts'

const usage = `tollgate-sandbox [--port 4801] [--mail-port PORT] [--data FOLDER] [--now ISO-DATE]

Runs local emulators of Stripe and Twilio, and a mailbox, on one clock that can be moved.
--data keeps the state in a folder; without it the state is gone when the program ends.`

function portOf(given: string | undefined, usual: number): number {
  if (given === undefined) return usual
  const port = Number(given)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  console.error(`tollgate-sandbox: "${given}" is no port.`)
  process.exit(2)
}

const options = {
  port: { type: 'string' },
  'mail-port': { type: 'string' },
  data: { type: 'string' },
  now: { type: 'string' },
  help: { type: 'boolean' },
} as const

function readArguments() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    console.error(`tollgate-sandbox: ${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

const given = readArguments()
if (given.help) {
  console.log(usage)
  process.exit(0)
}
const sandbox = await startSandbox({
  port: portOf(given.port, 4801),
  mailPort: portOf(given['mail-port'], 0),
  ...(given.data === undefined ? {} : { dataDir: given.data }),
  ...(given.now === undefined ? {} : { now: given.now }),
})
console.log(`Sandbox     ${sandbox.url}
Stripe key  ${sandbox.stripe.secretKey}
Twilio      ${sandbox.twilio.accountSid} / ${sandbox.twilio.authToken}
Mail        ${sandbox.smtpUrl}`)

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    sandbox.close().then(
      () => process.exit(0),
      (error) => {
        console.error('tollgate-sandbox: stopping failed:', error)
        process.exit(1)
      },
    )
  })
}

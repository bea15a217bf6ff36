import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Connection, readConnection } from '../../src/local/connection-file.ts'
import { freePort } from '../../src/local/free-port.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const READY_MS_MAX = 60_000

let dataDir: string
let ports: { PORT: string; SANDBOX_PORT: string }
let program: ChildProcess | undefined
let connection: Connection

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
  ports = { PORT: String(await freePort('PORT', 0)), SANDBOX_PORT: String(await freePort('SANDBOX_PORT', 0)) }
  await start()
})
afterAll(async () => {
  if (program) await kill()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 })
})

async function start(): Promise<void> {
  const child = spawn(process.execPath, [main, 'start'], {
    env: { PATH: process.env.PATH, TOLLGATE_DATA: dataDir, ...ports },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  program = child
  await vi.waitFor(
    async () => {
      const read = readConnection(dataDir)
      if (!read) throw new Error('not ready')
      connection = read
      expect((await fetch(`${read.url}/readyz`)).status).toBe(200)
    },
    { timeout: READY_MS_MAX, interval: 20 },
  )
}

/** No warning and no last word: what the program had answered before is all that it can stand by. */
async function kill(): Promise<void> {
  const child = program as ChildProcess
  program = undefined
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  rmSync(path.join(dataDir, 'connection.json'), { force: true })
}

async function ask(url: string, body?: unknown) {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${connection.apiKey}`,
      'tollgate-account': 'ext:clara',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answered = await answer.json()
  expect(answer.ok, JSON.stringify(answered)).toBe(true)
  return answered
}
const api = (at: string, body?: unknown) => ask(`${connection.url}/api${at}`, body)
const sandbox = (at: string, body?: unknown) => ask(`${connection.sandbox.url}/_sandbox${at}`, body)

test('kill -9 in the middle of the checkout, of the use and of the renewal: the story ends the same', {
  timeout: 180_000,
}, async () => {
  await fetch(`${connection.url}/api/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${connection.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ externalId: 'clara', name: 'Clara', email: 'clara@example.com' }),
  })
  const { sessionId } = await api('/checkout', { plan: 'ai_secretary' })
  // The webhooks are on their way when the program dies.
  await sandbox(`/checkout/${sessionId}/pay`, { card: '4242424242424242' })
  await kill()
  await start()
  await sandbox('/clock/advance', { seconds: 0 })
  expect((await api('/billing/subscription')).subscription).toMatchObject({
    plan: 'ai_secretary',
    status: 'active',
  })

  await api('/usage/track', { id: 'minutes', meter: 'voice_minutes', quantity: 150 })
  await kill()
  await start()
  await api('/usage/track', { id: 'minutes', meter: 'voice_minutes', quantity: 150 })
  await api('/usage/track', {
    events: [
      { id: 'messages', meter: 'sms_messages', quantity: 120 },
      { id: 'mails', meter: 'email_count', quantity: 45 },
    ],
  })

  const { periodEnd } = (await api('/billing/subscription')).subscription
  const isOver = new Date(Date.parse(periodEnd) + 2 * 3_600_000).toISOString()
  // Three times the clock is on its way over the renewal when the program dies.
  for (const pause of [30, 120, 300]) {
    const moving = sandbox('/clock/advance', { to: isOver }).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, pause))
    await kill()
    await moving
    await start()
  }
  const { now } = await sandbox('/clock')
  if (Date.parse(now) < Date.parse(isOver)) await sandbox('/clock/advance', { to: isOver })
  await sandbox('/clock/advance', { seconds: 3600 })

  const payments = (await api('/billing/payments')).data
  expect(
    payments.map((each: { reason: string; status: string; amountCents: number }) => [
      each.reason,
      each.status,
      each.amountCents,
    ]),
  ).toEqual([
    ['subscription_cycle', 'paid', 4580],
    ['subscription_create', 'paid', 4000],
  ])
  expect((await api('/phone/numbers')).data).toHaveLength(1)
  const { mails } = await sandbox('/outbox')
  const ids = new Set(
    mails.map((mail: { kind: string; messageId: string }) => `${mail.kind} ${mail.messageId}`),
  )
  expect([...ids].map((id) => String(id).split(' ')[0]).sort()).toEqual(['receipt', 'receipt', 'welcome'])
})

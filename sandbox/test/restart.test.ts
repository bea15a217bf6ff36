import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { clientOf, customerWithCard, monthlyPrice } from './start.ts'

const running: ChildProcess[] = []
const data = mkdtempSync(join(tmpdir(), 'sandbox-restart-'))
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))

/** Starts the command as a user would and reads what it prints. */
async function run(): Promise<{ child: ChildProcess; url: string; key: string }> {
  const cli = new URL('../src/cli.ts', import.meta.url).pathname
  const child = spawn(
    process.execPath,
    [cli, '--port', '0', '--data', data, '--now', '2026-05-01T00:00:00Z'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  running.push(child)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`The sandbox ended at once: ${said}`)))
    child.stdout?.on('data', (part) => {
      said += part
      if (said.includes('smtp://')) resolve()
    })
  })
  const [, url = ''] = /Sandbox\s+(\S+)/.exec(said) ?? []
  const [, key = ''] = /Stripe key\s+(\S+)/.exec(said) ?? []
  return { child, url, key }
}

const post = async (url: string, path: string, body: object) =>
  (await (
    await fetch(`${url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })
  ).json()) as Record<string, unknown>

test('killed in the middle of a renewal, it goes on where it stood; SIGTERM ends it cleanly', async () => {
  const first = await run()
  const stripe = clientOf(first.url, first.key)
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 4000)
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await post(first.url, 'clock/advance', { to: '2026-06-01T00:30:00Z' })
  const noted = await stripe.customers.create({ name: 'Late' }, { idempotencyKey: 'once' })
  first.child.kill('SIGKILL')
  await ended(first.child)

  const second = await run()
  expect(second.key).toBe(first.key)
  const again = clientOf(second.url, second.key)
  const [draft] = (await again.invoices.list({ subscription: made.id })).data
  expect([draft?.status, draft?.billing_reason]).toEqual(['draft', 'subscription_cycle'])
  const replayed = await again.customers.create({ name: 'Late' }, { idempotencyKey: 'once' })
  expect(replayed.id).toBe(noted.id)
  const moved = await post(second.url, 'clock/advance', { seconds: 3600 })
  expect(String(moved.now)).toMatch(/^2026-06-01T01:3/)
  expect((await again.invoices.retrieve(draft?.id ?? '')).status).toBe('paid')
  second.child.kill('SIGTERM')
  expect(await ended(second.child)).toBe(0)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ended, type Running, runSandbox } from './child.ts'
import { clientOf, customerWithCard, monthlyPrice } from './start.ts'

const running: Running[] = []
let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sandbox-restart-'))
})
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

async function run(): Promise<Running> {
  const started = await runSandbox(data, '2026-05-01T00:00:00Z')
  running.push(started)
  return started
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

/** An address where something listens once `answer` is called, and nothing before. */
async function laterListener() {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await close()
  return { url: `http://127.0.0.1:${port}/`, answer: () => listen(port), close }
}

test('a refused webhook is a failed attempt and comes again after an hour, also after a restart, without a word', async () => {
  const listener = await laterListener()
  const first = await run()
  const stripe = clientOf(first.url, first.key)
  await stripe.webhookEndpoints.create({ url: listener.url, enabled_events: ['product.created'] })
  for (const name of ['a', 'b']) await stripe.products.create({ name })
  const tried = await post(first.url, 'clock/advance', { seconds: 1 })
  expect(tried.deliveries).toEqual({ succeeded: 0, failed: 0, pending: 2 })
  first.child.kill('SIGKILL')
  await ended(first.child)

  const second = await run()
  await listener.answer()
  const early = await post(second.url, 'clock/advance', { seconds: 3000 })
  expect(early.deliveries).toEqual({ succeeded: 0, failed: 0, pending: 2 })
  const moved = await post(second.url, 'clock/advance', { seconds: 601 })
  expect(moved.deliveries).toEqual({ succeeded: 2, failed: 0, pending: 0 })
  const shown = (await (await fetch(`${second.url}/_sandbox/deliveries`)).json()) as {
    deliveries: { attempts: object[] }[]
  }
  const attempts = [
    { at: expect.any(Number), error: expect.stringContaining('ECONNREFUSED') },
    { at: expect.any(Number), status: 200 },
  ]
  expect(shown.deliveries.map((delivery) => delivery.attempts)).toEqual([attempts, attempts])
  expect([first.complaints(), second.complaints()]).toEqual(['', ''])
  await listener.close()
})

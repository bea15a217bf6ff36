import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const IN_FLIGHT = 8
const CUSTOMERS = 10_000
const SUBSCRIPTIONS = 20_000
const RENEWED = 1_000
const MONTHS = 12

const cli = fileURLToPath(new URL('../sandbox/src/cli.ts', import.meta.url))
const canned = fileURLToPath(new URL('./canned-server.ts', import.meta.url))

/**
 * How fast the sandbox creates customers and subscriptions over HTTP, whether it stays so as they grow, and how long a
 * year of renewals takes, its state kept on disk. The baseline is a server on Node that does nothing, on the same machine.
 */
export async function benchSandbox(): Promise<void> {
  const baseline = await customersPerSecond([canned])
  await withData(async (data) => {
    const rate = await customersPerSecond([cli, '--port', '0', '--data', data])
    say('customers', `${rate.toFixed(0)} a second, ${IN_FLIGHT} in flight`)
    say('an empty server', `${baseline.toFixed(0)} a second: ${(baseline / rate).toFixed(1)} times as many`)
  })
  await withData(growing)
  await withData(yearOfRenewals)
}

function say(what: string, figures: string): void {
  process.stdout.write(`  ${what.padEnd(26)}${figures}\n`)
}

async function withData(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-bench-'))
  try {
    await act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

type Program = {
  post(path: string, form: Record<string, string>): Promise<{ id: string }>
  move(body: object): Promise<{ played: unknown[] }>
  megabytes(): number
  stop(): Promise<void>
}

async function run(args: string[]): Promise<Program> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const { url, key } = await addressOf(child)
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const send = (to: string, body: string, headers: Record<string, string>) =>
    new Promise<string>((resolve, reject) => {
      const asking = request(`${url}${to}`, { method: 'POST', agent, headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString()
          if (answer.statusCode === 200) resolve(text)
          else reject(new Error(`${to} answered ${answer.statusCode}: ${text}`))
        })
        answer.on('error', reject)
      })
      asking.on('error', reject)
      asking.end(body)
    })
  return {
    async post(to, form) {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-www-form-urlencoded',
        // As the official library sends one with every POST.
        'idempotency-key': randomUUID(),
      }
      return JSON.parse(await send(to, new URLSearchParams(form).toString(), headers)) as { id: string }
    },
    async move(body) {
      const text = await send('/_sandbox/clock/advance', JSON.stringify(body), {})
      return JSON.parse(text) as { played: unknown[] }
    },
    megabytes: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)])) / 1024,
    async stop() {
      agent.destroy()
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function addressOf(child: ChildProcess): Promise<{ url: string; key: string }> {
  let said = ''
  for await (const part of child.stdout ?? []) {
    said += part
    const url = /Sandbox\s+(\S+)/.exec(said)?.[1]
    const key = /Stripe key\s+(\S+)\n?/.exec(said)?.[1]
    if (url && key) {
      child.stdout?.resume()
      return { url, key }
    }
  }
  throw new Error(`the program said no address: ${said}`)
}

/** Does something so many times, as many at once as are to be in flight. */
async function many<T>(times: number, act: (turn: number) => Promise<T>): Promise<T[]> {
  const done: T[] = []
  let next = 0
  const lane = async () => {
    for (let turn = next++; turn < times; turn = next++) done[turn] = await act(turn)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return done
}

async function seconds(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return (performance.now() - began) / 1000
}

async function customersPerSecond(args: string[]): Promise<number> {
  const program = await run(args)
  const create = (turn: number) =>
    program.post('/v1/customers', {
      email: `${turn}@example.com`,
      name: 'Ann',
      'metadata[account]': `a${turn}`,
    })
  await many(CUSTOMERS / 10, create)
  const rates: number[] = []
  for (let part = 0; part < 5; part++) {
    const each = CUSTOMERS / 5
    rates.push(each / (await seconds(() => many(each, create))))
  }
  await program.stop()
  return median(rates)
}

async function monthlyPrice(program: Program): Promise<string> {
  const product = await program.post('/v1/products', { name: 'Basic' })
  const form = { product: product.id, currency: 'usd', unit_amount: '4000', 'recurring[interval]': 'month' }
  return (await program.post('/v1/prices', form)).id
}

async function customerWithCard(program: Program): Promise<string> {
  const { id } = await program.post('/v1/customers', { email: 'ann@example.com' })
  const method = await program.post('/v1/payment_methods/pm_card_visa/attach', { customer: id })
  await program.post(`/v1/customers/${id}`, { 'invoice_settings[default_payment_method]': method.id })
  return id
}

async function growing(data: string): Promise<void> {
  const program = await run([cli, '--port', '0', '--data', data])
  const price = await monthlyPrice(program)
  const rates: number[] = []
  for (let tenth = 0; tenth < 10; tenth++) {
    const each = SUBSCRIPTIONS / 10
    const customers = await many(each, () => customerWithCard(program))
    const taken = await seconds(() =>
      many(each, (turn) =>
        program.post('/v1/subscriptions', { customer: customers[turn] ?? '', 'items[0][price]': price }),
      ),
    )
    rates.push(each / taken)
  }
  const [first = Number.NaN] = rates
  const last = rates.at(-1) ?? Number.NaN
  say('subscriptions', `${median(rates).toFixed(0)} a second, ${IN_FLIGHT} in flight`)
  say(
    `as they grow to ${SUBSCRIPTIONS}`,
    `${first.toFixed(0)} in the first tenth, ${last.toFixed(0)} in the last: ${(last / first).toFixed(2)}`,
  )
  say('memory at the end', `${program.megabytes().toFixed(0)} MB`)
  await program.stop()
}

async function yearOfRenewals(data: string): Promise<void> {
  const program = await run([cli, '--port', '0', '--data', data, '--now', '2026-01-15T12:00:00Z'])
  const price = await monthlyPrice(program)
  const customers = await many(RENEWED, () => customerWithCard(program))
  for (const customer of customers)
    await program.post('/v1/subscriptions', { customer, 'items[0][price]': price })
  let steps = 0
  const taken = await seconds(async () => {
    steps = (await program.move({ months: MONTHS })).played.length
  })
  say(
    `${MONTHS} months of ${RENEWED}`,
    `${taken.toFixed(1)} s: ${RENEWED * MONTHS} renewals in ${steps} steps of the clock, ${((RENEWED * MONTHS) / taken).toFixed(0)} a second`,
  )
  say('memory at the end', `${program.megabytes().toFixed(0)} MB`)
  await program.stop()
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

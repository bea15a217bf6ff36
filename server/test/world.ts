import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from 'tollgate-sandbox'
import { startSandbox } from 'tollgate-sandbox'
import { expect } from 'vitest'
import { takeWatch } from '../../sandbox/test/watched.ts'
import type { Server } from '../src/app.ts'
import { startServer } from '../src/app.ts'
import type { Config } from '../src/config.ts'
import { freePort } from '../src/local/free-port.ts'
import type { TestDatabase } from './database.ts'
import { testDatabase } from './database.ts'

/** What an HTTP call answered; `body` is the parsed JSON, or the text where it is none. */
// biome-ignore lint/suspicious/noExplicitAny: a scenario reads whatever the public interface answers.
type Answered = { status: number; headers: Headers; body: any }

type CallOptions = { as?: string; account?: string; body?: unknown; headers?: Record<string, string> }

/** A whole installation for one test file: real Postgres, the sandbox, the server, all over HTTP. */
export type World = {
  url: string
  sandbox: Sandbox
  database: TestDatabase
  config: Config
  apiKey: string
  adminKey: string
  call(method: string, path: string, options?: CallOptions): Promise<Answered>
  control(method: string, path: string, body?: unknown): Promise<Answered>
  /** Moves the clock, as API.md's control has it, and waits until everybody has done what fell due. */
  advance(by: Record<string, unknown>): Promise<Answered['body']>
  /** Waits until what has happened so far is handled everywhere. */
  settle(): Promise<void>
  restartServer(): Promise<void>
  close(): Promise<void>
}

const WEBHOOK_SECRET = 'whsec_test_secret_of_the_tests'

/** Starts an installation with the catalog of an example. */
export async function startWorld(options: { example?: string; now?: string } = {}): Promise<World> {
  const database = await testDatabase()
  const port = await freePort('PORT', 0)
  const url = `http://127.0.0.1:${port}`
  const secretKey = `sk_test_${randomBytes(12).toString('hex')}`
  // Checkers may stand between the two, where the environment names them.
  const watch = takeWatch()
  const sandbox = await startSandbox({
    port: watch.port,
    stripe: { secretKey, webhookEndpoints: [{ url: `${url}/api/webhooks/stripe`, secret: WEBHOOK_SECRET }] },
    ...(options.now === undefined ? {} : { now: options.now }),
  })
  const config: Config = {
    databaseUrl: database.url,
    stripe: { secretKey, webhookSecrets: [WEBHOOK_SECRET], apiBase: watch.stripeBase ?? sandbox.url },
    twilio: { ...sandbox.twilio, apiBase: watch.twilioBase ?? sandbox.url },
    sandboxUrl: sandbox.url,
    catalogPath: fileURLToPath(new URL(`../../examples/${options.example ?? 'assistant'}`, import.meta.url)),
    dataDir: '',
    port,
    sandboxPort: 0,
    publicUrl: url,
    jwt: { secret: 'a secret of the tests, long enough to sign with' },
    smtpUrl: sandbox.smtpUrl,
    mailFrom: 'Tollgate <billing@example.com>',
    vapiSecret: null,
    logLevel: 'error',
  }
  const apiKey = `tg_${randomBytes(20).toString('hex')}`
  const adminKey = `tg_${randomBytes(20).toString('hex')}`
  const start = () =>
    startServer({ config, databaseUrl: database.url, role: 'all', localKeys: { apiKey, adminKey } })
  let server: Server = await start()

  const control: World['control'] = (method, path, body) =>
    request(sandbox.url, method, `/_sandbox${path}`, { body })
  const advance: World['advance'] = async (by) => {
    const answer = await control('POST', '/clock/advance', by)
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 })
    return answer.body
  }
  return {
    url,
    sandbox,
    database,
    config,
    apiKey,
    adminKey,
    call: (method, path, { as = apiKey, account, body, headers } = {}) =>
      request(url, method, path, {
        body,
        headers: {
          ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
          ...(account === undefined ? {} : { 'tollgate-account': account }),
          ...headers,
        },
      }),
    control,
    advance,
    settle: async () => {
      await advance({ seconds: 0 })
    },
    restartServer: async () => {
      await server.close()
      server = await start()
    },
    close: async () => {
      await server.close()
      await sandbox.close()
      watch.leave()
      await database.close()
    },
  }
}

async function request(
  base: string,
  method: string,
  path: string,
  { body, headers }: { body?: unknown; headers?: Record<string, string> },
): Promise<Answered> {
  const answer = await fetch(new URL(path, base), {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
}

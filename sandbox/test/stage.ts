import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import twilio from 'twilio'
import type RequestClient from 'twilio/lib/base/RequestClient.js'
import { createClock } from '../src/clock.ts'
import { createDeliveries } from '../src/deliveries.ts'
import { startServer } from '../src/server.ts'
import { openStore } from '../src/store.ts'
import { createTwilio, twilioFaultBody, twilioHosts } from '../src/twilio/main.ts'
import { takeWatch } from './watched.ts'

/** The official SDK's client with nothing changed but where its requests go. */
class ElsewhereClient extends twilio.RequestClient {
  readonly #base: URL

  constructor(base: string) {
    super({ timeout: 10_000 })
    this.#base = new URL(base)
  }

  override request<Data>(options: RequestClient.RequestOptions<Data>) {
    const url = new URL(options.uri)
    const host = url.host
    url.protocol = this.#base.protocol
    url.host = this.#base.host
    options.uri = url.href
    options.headers = { ...options.headers, Host: host, 'X-Twilio-Host': host }
    return super.request(options)
  }
}

export const accountSid = `AC${'0123456789abcdef'.repeat(2)}`
export const authToken = 'token-of-the-sandbox'

type Heard = { url: string; headers: Record<string, string>; form: Record<string, string> }

/** A host app's webhook: keeps what it is told, answers with a status. */
export async function startListener(status = 200) {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
    )
    heard.push({
      url: `http://${headers.host}${request.url}`,
      headers,
      form: Object.fromEntries(new URLSearchParams(body)),
    })
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * The emulator as tests need it: the real store, clock, deliveries and server, reached over HTTP, through a proxy that
 * watches the exchange where the environment names one.
 */
export async function setStage(options: { dataDir?: string; start?: number } = {}) {
  const store = openStore(options.dataDir ?? null)
  const clock = createClock(store, options.start)
  const deliveries = createDeliveries(store, clock)
  const emulator = createTwilio({ store, clock, deliveries, account: { sid: accountSid, authToken } })
  const watch = takeWatch()
  const server = await startServer({
    port: watch.port,
    store,
    afterWork: deliveries.flush,
    parts: [
      {
        owns: ({ path }) => path in emulator.control,
        handle: (request) => emulator.control[request.path]?.(request) ?? { status: 404, body: '' },
      },
      {
        provider: 'twilio',
        owns: ({ host }) => twilioHosts(host),
        handle: emulator.handle,
        faultBody: twilioFaultBody,
      },
    ],
  })
  const base = watch.twilioBase ?? server.url
  const client = (sid = accountSid, token = authToken) =>
    twilio(sid, token, { httpClient: new ElsewhereClient(base) })
  const ask = (path: string, init: RequestInit & { host?: string; auth?: string; from?: string } = {}) => {
    const auth = init.auth ?? `${accountSid}:${authToken}`
    return fetch((init.from ?? base) + path, {
      ...init,
      headers: {
        'x-twilio-host': init.host ?? 'api.twilio.com',
        authorization: `Basic ${Buffer.from(auth).toString('base64')}`,
        ...init.headers,
      },
    })
  }
  return {
    url: server.url,
    store,
    clock,
    deliveries,
    emulator,
    client,
    ask,
    control: (path: string, body: object) =>
      fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) }),
    /** Moves the clock, plays what falls due, and waits until every webhook of it was answered. */
    async advance(seconds: number) {
      const target = clock.now() + seconds
      for (let due = clock.next(); due && due.at <= target; due = clock.next()) {
        clock.freeze(due.at)
        await clock.play(due)
        await deliveries.settled()
      }
      clock.freeze(target)
      clock.thaw()
    },
    async close() {
      deliveries.close()
      await server.close()
      watch.leave()
      store.close()
    },
  }
}

/** The refusal of a call of the SDK, by what is documented of it. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ status: number; code: number; message: string }> {
  try {
    await call
  } catch (error) {
    const { status, code, message } = error as { status: number; code: number; message: string }
    return { status, code, message }
  }
  throw new Error('The call was not refused.')
}

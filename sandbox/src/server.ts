import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fault, findFault, type Provider, takeFault } from './faults.ts'
import type { Store } from './store.ts'

export type SandboxRequest = {
  method: string
  host: string
  path: string
  query: URLSearchParams
  /** Header names in lower case. */
  headers: Record<string, string>
  body: Buffer
}
export type Reply = { status: number; headers?: Record<string, string>; body: string }
export type Handler = (request: SandboxRequest) => Reply | Promise<Reply>

/** One part of the sandbox: which requests are its own, how it answers, and how it words an injected status. */
export type Part = {
  provider?: Provider
  owns: (request: SandboxRequest) => boolean
  handle: Handler
  /** Says that a request is being worked on: the answer that refuses it, or what to call when it is done. */
  claim?: (request: SandboxRequest) => Reply | (() => void)
  /** The body of a `status` fault in this provider's own form of errors. */
  faultBody?: (status: number, code?: string) => string
}

const largestBody = 20 * 1024 * 1024

async function read(request: IncomingMessage): Promise<SandboxRequest> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > largestBody) throw new Error('The request body is larger than 20 MB.')
    parts.push(part as Buffer)
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  }
  const url = new URL(request.url ?? '/', 'http://sandbox')
  const host = headers['x-twilio-host'] ?? headers.host ?? ''
  return {
    method: request.method ?? 'GET',
    host,
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(parts),
  }
}

const pause = (milliseconds: number) =>
  // A pause of a fault does not keep a sandbox alive that is closing.
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref())

/** Plays a fault that stands before the work. Answers what to send, `'drop'`, or `'go on'`. */
async function beforeWork(fault: Fault, part: Part): Promise<Reply | 'drop' | 'go on'> {
  if (fault.effect === 'timeout') {
    await pause(fault.delayMs ?? 120_000)
    return 'drop'
  }
  if (fault.delayMs) await pause(fault.delayMs)
  if (fault.effect === 'reset') return 'drop'
  if (fault.effect !== 'status') return 'go on'
  const status = fault.status ?? 500
  const body =
    part.faultBody?.(status, fault.code) ??
    JSON.stringify({ error: { message: `Injected fault: ${status}` } })
  // Of what Stripe answers with 429, contention for one object is to be tried again at once.
  const retry = fault.code === 'lock_timeout' ? { 'stripe-should-retry': 'true' } : {}
  return { status, headers: { 'content-type': 'application/json', ...retry }, body }
}

function send(response: ServerResponse, reply: Reply): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', ...reply.headers }
  response.writeHead(reply.status, { ...headers, 'content-length': Buffer.byteLength(reply.body) })
  response.end(reply.body)
}

async function answer(request: SandboxRequest, parts: Part[], store: Store): Promise<Reply | 'drop'> {
  const part = parts.find((candidate) => candidate.owns(request))
  if (!part) {
    const message = `The sandbox has nothing at ${request.method} ${request.path} (host ${request.host}).`
    return { status: 404, body: JSON.stringify({ error: { type: 'invalid_request_error', message } }) }
  }
  const fault = part.provider && findFault(store, part.provider, request)
  if (fault) {
    takeFault(store, fault)
    store.commit()
  }
  // A request that runs into a time-out never arrives.
  const claimed = fault?.effect === 'timeout' ? undefined : part.claim?.(request)
  if (claimed && typeof claimed !== 'function') return claimed
  try {
    const instead = fault ? await beforeWork(fault, part) : 'go on'
    if (instead !== 'go on') return instead
    const reply = await part.handle(request)
    return fault?.effect === 'answer-lost' ? 'drop' : reply
  } finally {
    claimed?.()
  }
}

export type Server = { url: string; port: number; close(): Promise<void> }

/**
 * Listens on 127.0.0.1 and hands each request to the first part that owns it. A request is committed to the
 * store before its answer leaves; `afterWork` then lets what it caused (webhooks) go out.
 */
export async function startServer(options: {
  port: number
  store: Store
  parts: Part[]
  afterWork: () => void
}): Promise<Server> {
  const { store, parts, afterWork } = options
  const server = createServer(async (incoming, response) => {
    try {
      const reply = await answer(await read(incoming), parts, store)
      store.commit()
      if (reply === 'drop') incoming.socket.destroy()
      else send(response, reply)
    } catch (error) {
      store.rollback()
      console.error(`sandbox: ${incoming.method} ${incoming.url} failed:`, error)
      const message = `The sandbox itself failed: ${error instanceof Error ? error.message : error}`
      if (!response.headersSent) {
        send(response, { status: 500, body: JSON.stringify({ error: { type: 'api_error', message } }) })
      }
    }
    afterWork()
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const port = (server.address() as AddressInfo).port
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, port, close }
}

import type { Reply, SandboxRequest } from '../server.ts'
import { type Account, type Accounts, mayAct } from './account.ts'
import { type Declared, type Given, readParameters } from './parameters.ts'
import { Refusal, refusalReply } from './refusal.ts'

/** One request that was let in: `account` is the one whose resources are meant, `caller` the one who asks. */
export type Call<D extends Declared = Declared> = {
  account: Account
  caller: Account
  /** The named parts of the path. */
  path: Readonly<Record<string, string>>
  given: Given<D>
  /** The path and query as they were sent, for the addresses of pages. */
  url: { path: string; query: URLSearchParams }
}

export type Route = {
  product: string
  method: string
  pattern: RegExp
  /** Whether it can be called for an account that is suspended or closed. */
  always: boolean
  act: (call: Omit<Call, 'given'>, sent: URLSearchParams) => Reply
}

type Spec<D extends Declared> = {
  /** `GET pricing /v1/…/:Name`; `api` where no product is named. */
  at: string
  takes: D
  always?: boolean
  act: (call: Call<D>) => Reply
}

/** Declares one path: its method, product, named parts, and the parameters that it takes. */
export function route<const D extends Declared>({ at, takes, always = false, act }: Spec<D>): Route {
  const words = at.split(' ')
  const method = words[0] ?? ''
  const product = words.length === 3 ? (words[1] ?? '') : 'api'
  const path = words.at(-1) ?? ''
  const source = path.replaceAll('.', '\\.').replace(/:([A-Za-z]+)/g, '(?<$1>[^/]+?)')
  return {
    product,
    method,
    pattern: new RegExp(`^${source}$`),
    always,
    act: (call, sent) => act({ ...call, given: readParameters(takes, sent) }),
  }
}

export const twilioHosts = (host: string): boolean =>
  /^[a-z-]+(\.[a-z0-9-]+)*\.twilio\.com(:\d+)?$/.test(host)

/** `api` of `api.twilio.com` and of `api.dublin.ie1.twilio.com`; any other host means the oldest product. */
const productOf = (host: string) => (twilioHosts(host) ? (host.split('.')[0] ?? '') : 'api')

function authenticate(request: SandboxRequest, accounts: Accounts): Account {
  const [, encoded = ''] = /^Basic (.+)$/i.exec(request.headers.authorization ?? '') ?? []
  const [, sid = '', token = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  const account = accounts.find(sid)
  if (!account || account.authToken !== token || account.status === 'closed') {
    throw new Refusal(20003, 'Authenticate', 401)
  }
  return account
}

function sentParameters(request: SandboxRequest): URLSearchParams {
  if (request.method === 'GET' || request.method === 'DELETE') return request.query
  const type = (request.headers['content-type'] ?? '').split(';')[0]
  if (request.body.length > 0 && type !== 'application/x-www-form-urlencoded') {
    throw new Refusal(20415, `Content-Type must be application/x-www-form-urlencoded, not "${type}".`, 415)
  }
  return new URLSearchParams([...request.query, ...new URLSearchParams(request.body.toString())])
}

function find(routes: readonly Route[], request: SandboxRequest) {
  const product = productOf(request.host)
  const fitting = routes.filter((one) => one.product === product && one.pattern.test(request.path))
  if (fitting.length === 0) {
    throw new Refusal(20404, `The requested resource ${request.path} was not found`, 404)
  }
  const found = fitting.find((one) => one.method === request.method)
  if (found) return found
  const allowed = [...new Set(fitting.map((one) => one.method))].join(', ')
  throw new Refusal(
    20004,
    `Method not allowed: this sandbox answers ${allowed} at ${request.path}, not ${request.method}.`,
    405,
  )
}

const decode = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Refusal(20404, `The requested resource ${text} was not found`, 404)
  }
}

function answer(request: SandboxRequest, routes: readonly Route[], accounts: Accounts): Reply {
  const caller = authenticate(request, accounts)
  const found = find(routes, request)
  const groups = found.pattern.exec(request.path)?.groups ?? {}
  const path = Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]))
  const account = path.AccountSid === undefined ? caller : accounts.find(path.AccountSid)
  if (!account || !mayAct(caller, account)) {
    throw new Refusal(20404, `The requested resource ${request.path} was not found`, 404)
  }
  const reads = request.method === 'GET'
  const stopped = account.status === 'closed' || (account.status === 'suspended' && !reads)
  if (stopped && !found.always)
    throw new Refusal(20005, `Account ${account.id} is ${account.status}: not active`, 403)
  const url = { path: request.path, query: request.query }
  return found.act({ account, caller, path, url }, sentParameters(request))
}

/** Answers one request; what is refused is answered in Twilio's form of errors. */
export function dispatch(request: SandboxRequest, routes: readonly Route[], accounts: Accounts): Reply {
  try {
    return answer(request, routes, accounts)
  } catch (error) {
    if (error instanceof Refusal) return refusalReply(error)
    throw error
  }
}

import type { Handler, Reply, SandboxRequest } from '../server.ts'
import { callEnds, type PhoneCall } from './call.ts'
import { receiveCall } from './calls.ts'
import { isE164 } from './inventory.ts'
import { receiveMessage } from './messages.ts'
import { type OwnedNumber, ownerOf } from './owned-numbers.ts'
import { json } from './refusal.ts'
import type { World } from './world.ts'

/** Somebody out there, where the request does not say who: a number that is kept for films. */
const stranger = '+12125550123'

const wrong = (message: string): Reply => json(400, { error: { message } })

/** The body as an object with none but the named fields, or the sentence that says what is wrong. */
function readBody(request: SandboxRequest, fields: readonly string[]): Record<string, unknown> | string {
  if (request.method !== 'POST') return `${request.path} takes POST.`
  let body: unknown
  try {
    body = JSON.parse(request.body.toString())
  } catch {
    return 'The body must be JSON.'
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'The body must be a JSON object.'
  const unknown = Object.keys(body).find((name) => !fields.includes(name))
  if (unknown !== undefined) return `There is no field "${unknown}" here; there are ${fields.join(', ')}.`
  return body as Record<string, unknown>
}

/** The number that is called, or the sentence that says why it cannot be. */
function reach({ store, accounts }: World, to: unknown): OwnedNumber | string {
  if (typeof to !== 'string' || !isE164(to)) return '"to" must be a number in E.164, as +14155550123.'
  const number = ownerOf(store, to)
  if (!number) return `No account of this sandbox owns ${to}.`
  const status = accounts.find(number.account)?.status
  return status === 'active'
    ? number
    : `The account that owns ${to} is ${status}: it gets no calls and messages.`
}

const isCaller = (from: unknown): from is string =>
  typeof from === 'string' && (isE164(from) || /^\d{3,6}$/.test(from))

function callFromOutside(world: World): Handler {
  return (request) => {
    const body = readBody(request, ['from', 'to', 'durationSeconds', 'status'])
    if (typeof body === 'string') return wrong(body)
    const { from = stranger, to, status = 'completed' } = body
    const number = reach(world, to)
    if (typeof number === 'string') return wrong(number)
    if (!isCaller(from)) return wrong('"from" must be a number in E.164, as +14155550123.')
    const end = callEnds.find((word) => word === status) as PhoneCall['status'] | undefined
    if (!end) return wrong(`"status" must be one of ${callEnds.join(', ')}.`)
    const seconds = Number(body.durationSeconds ?? (end === 'completed' ? Number.NaN : 0))
    if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > 86_400) {
      return wrong('"durationSeconds" must be a whole number from 0 to 86400.')
    }
    if (end !== 'completed' && seconds > 0) return wrong(`A call that ended ${end} has no "durationSeconds".`)
    const call = receiveCall(world, number, { from, status: end, seconds })
    return json(200, {
      sid: call.id,
      from: call.from,
      to: call.to,
      status: call.status,
      durationSeconds: seconds,
      statusCallback: number.settings.StatusCallback || null,
    })
  }
}

function messageFromOutside(world: World): Handler {
  return (request) => {
    const body = readBody(request, ['from', 'to', 'body'])
    if (typeof body === 'string') return wrong(body)
    const { from = stranger, to, body: text } = body
    const number = reach(world, to)
    if (typeof number === 'string') return wrong(number)
    if (!isCaller(from)) return wrong('"from" must be a number in E.164, as +14155550123.')
    if (typeof text !== 'string' || text.length > 1600)
      return wrong('"body" must be text of at most 1600 characters.')
    if (!number.capabilities.sms) return wrong(`${number.phoneNumber} cannot receive SMS.`)
    const message = receiveMessage(world, number, { from, body: text })
    return json(200, {
      sid: message.id,
      from: message.from,
      to: message.to,
      status: message.status,
      smsUrl: number.settings.SmsUrl || null,
    })
  }
}

/** Control paths by which calls and messages arrive from the world outside. */
export function controlHandlers(world: World): Record<string, Handler> {
  return {
    '/_sandbox/calls': callFromOutside(world),
    '/_sandbox/messages/inbound': messageFromOutside(world),
  }
}

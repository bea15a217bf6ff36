import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { receiveTwilioCallback } from '../inbox/receive.ts'
import type { Database } from '../lib/db.ts'
import type { VerifyTwilioWebhook } from '../providers/twilio/port.ts'

/** Twilio's own forms are far smaller; what is larger is not from Twilio. */
const BODY_BYTES_MAX = 100_000

const NOBODY_ANSWERS =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Nobody can take this call yet. Goodbye.</Say></Response>'
const NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

type Twilio = { db: Database; publicUrl: string; verify: VerifyTwilioWebhook }
type Form = Record<string, string | string[]>

/**
 * Where Twilio asks what to do with a call or message to a number of ours, and tells what became of one, in a scope of
 * its own: only here are forms read. What comes is kept; nothing acts on it.
 */
export async function twilioWebhooks(app: FastifyInstance, twilio: Twilio): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
    (_request, body, done) => done(null, body),
  )
  const serve = (name: string, answer: (reply: FastifyReply) => FastifyReply) =>
    app.post(`/api/webhooks/twilio/${name}`, { config: { rateLimit: false } }, async (request, reply) => {
      await receive(twilio, request)
      return answer(reply)
    })
  serve('voice', (reply) => reply.type('text/xml; charset=utf-8').send(NOBODY_ANSWERS))
  serve('message', (reply) => reply.type('text/xml; charset=utf-8').send(NO_REPLY))
  serve('status', (reply) => reply.code(204).send())
}

async function receive({ db, publicUrl, verify }: Twilio, request: FastifyRequest): Promise<void> {
  const signature = request.headers['x-twilio-signature']
  const { body } = request
  if (typeof signature !== 'string' || typeof body !== 'string') throw new Refusal('bad_signature')
  const params = readForm(body)
  // The address that Twilio was given, whatever a proxy made of it on the way.
  const isSigned = await verify({ signature, url: `${publicUrl}${request.url}`, params })
  if (!isSigned) throw new Refusal('bad_signature')
  await receiveTwilioCallback({ db }, { ...subjectOf(params), body })
}

function readForm(body: string): Form {
  const params = new URLSearchParams(body)
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

/** Which call or message it is about, and how that stands. An inbound message has its state as SmsStatus alone. */
function subjectOf(form: Form): { about: 'call' | 'message'; sid: string; status: string } {
  const text = (name: string) => (typeof form[name] === 'string' ? form[name] : undefined)
  const call = text('CallSid')
  if (call !== undefined) return { about: 'call', sid: call, status: text('CallStatus') ?? 'unknown' }
  const message = text('MessageSid')
  if (message !== undefined) {
    const status = text('MessageStatus') ?? text('SmsStatus') ?? 'unknown'
    return { about: 'message', sid: message, status }
  }
  throw new Refusal('bad_input', { details: [{ path: '', message: 'expected a CallSid or a MessageSid' }] })
}

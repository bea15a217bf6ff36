import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import type { Caller, Identify } from './access.ts'
import { demand } from './access.ts'
import { requestHash, settleKey, takeKey } from './idempotency.ts'
import type { Answer, Operation } from './operation.ts'
import { checkInput } from './operation.ts'
import type { Parts } from './parts.ts'

const IDEMPOTENCY_KEY_MAX = 255
const NOBODY: Caller = {
  via: 'token',
  role: 'member',
  scopes: [],
  accountId: null,
  userId: null,
  actor: 'anonymous',
}

/** Serves every operation at its paths, as JSON. */
export function serveRest(
  app: FastifyInstance,
  parts: Parts,
  options: { operations: readonly Operation[]; identify: Identify },
): void {
  for (const declared of options.operations) {
    for (const path of declared.paths) {
      app.route({
        method: declared.method,
        url: path,
        handler: (request, reply) => handle({ declared, parts, identify: options.identify }, request, reply),
      })
    }
  }
}

type Served = { declared: Operation; parts: Parts; identify: Identify }

async function handle(served: Served, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { declared, parts } = served
  const caller = (await served.identify(request, { namesAccount: !declared.makesAccount })) ?? NOBODY
  if (declared.needs !== 'public') {
    if (caller === NOBODY) throw new Refusal('unauthenticated')
    demand(caller, declared.needs)
  }
  const input = checkInput(declared, inputOf(request))
  const run = () => declared.run({ parts, caller, db: parts.db.as(caller.actor) }, input)
  const key = request.headers['idempotency-key']
  if (declared.method === 'GET' || typeof key !== 'string') return send(reply, await run())
  if (key === '' || key.length > IDEMPOTENCY_KEY_MAX) {
    throw new Refusal('bad_input', { details: [{ path: 'Idempotency-Key', message: '1 to 255 characters' }] })
  }
  return onceUnder({ key, run, caller }, served, { request, reply })
}

async function onceUnder(
  work: { key: string; run: () => Promise<Answer>; caller: Caller },
  { declared, parts }: Served,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const call = {
    caller: `${work.caller.actor} ${work.caller.accountId ?? ''}`,
    key: work.key,
    requestHash: requestHash(declared.method, request.url, request.body),
  }
  const kept = await takeKey(parts, call)
  if (kept !== undefined) {
    reply.header('idempotency-replayed', 'true').header('content-type', 'application/json; charset=utf-8')
    return reply.code(kept.status).send(kept.answer)
  }
  // The answer is settled in the hook of app.ts, once it is known what was sent, be it success or failure.
  request.idempotency = call
  return send(reply, await work.run())
}

declare module 'fastify' {
  interface FastifyRequest {
    idempotency?: { caller: string; key: string; requestHash: string }
  }
}

/** Settles the keys of answered requests before the answer leaves, so that a repeat finds it. */
export function keepAnswers(app: FastifyInstance, parts: Pick<Parts, 'db'>): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const call = request.idempotency
    if (call !== undefined && typeof payload === 'string') {
      await settleKey(parts, call, { status: reply.statusCode, answer: payload })
    }
    return payload
  })
}

function inputOf(request: FastifyRequest): unknown {
  const body = request.body ?? {}
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new Refusal('bad_input', { details: [{ path: '', message: 'expected a JSON object' }] })
  }
  return { ...(request.query as object), ...body, ...(request.params as object) }
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status ?? 200)
  if (answer.contentType !== undefined) return reply.type(answer.contentType).send(answer.body)
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body, bigintsAsNumbers))
}

/** Amounts in cents are far below 2^53; on the wire they are numbers. */
function bigintsAsNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

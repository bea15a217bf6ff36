import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { RefusalCode } from '../errors.ts'
import { ProviderRefused, ProviderUnavailable, Refusal } from '../errors.ts'

/** The one place where an error becomes an HTTP answer: a refusal says what to do, a bug says only that it is one. */
export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalFrom(error)
  const requestId = request.id
  if (refusal === undefined) {
    request.log.error({ err: error, requestId }, 'request failed')
    const message =
      'Something went wrong on our side. Nothing more is known yet; tell us the request id if it stays.'
    reply.code(500).send({ success: false, error: message, code: 'internal_error', requestId })
    return
  }
  reply.code(refusal.status).send({
    success: false,
    error: refusal.message,
    code: refusal.code,
    requestId,
    ...(refusal.action === undefined ? {} : { action: refusal.action }),
    ...refusal.details,
  })
}

function refusalFrom(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof ProviderUnavailable)
    return new Refusal('provider_unavailable', { provider: error.provider })
  if (error instanceof ProviderRefused) return new Refusal('payment_failed', { reason: error.message })
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>
  const known = code === undefined ? undefined : FASTIFY_REFUSALS[code]
  if (known !== undefined) return new Refusal(known.code, known.details)
  if (error instanceof SyntaxError && statusCode === 400) return new Refusal('malformed_json')
  return undefined
}

const FASTIFY_REFUSALS: Record<string, { code: RefusalCode; details?: Record<string, unknown> }> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformed_json' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'malformed_json' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', details: { limit: '1 MB' } },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'malformed_json' },
}

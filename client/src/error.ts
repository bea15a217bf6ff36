/** What a person can do about a refusal: a link and the words for its button. */
export type Action = { kind: string; url: string; text: string }

type Failure = {
  status: number
  code: string
  message: string
  requestId?: string | null
  action?: Action | null
  details?: Record<string, unknown>
}

/**
 * Every failed call ends in this error, whether Tollgate refused it or no answer came.
 * `status` is the HTTP status, or 0 when there was no answer at all. `code` is a stable word to branch on,
 * `message` a sentence that may be shown to a person. `details` holds whatever else the answer said, such
 * as `requiresPaymentMethod` or the list of fields that were wrong.
 */
export class TollgateError extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  readonly action: Action | null
  readonly details: Record<string, unknown>

  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause })
    this.name = 'TollgateError'
    this.status = failure.status
    this.code = failure.code
    this.requestId = failure.requestId ?? null
    this.action = failure.action ?? null
    this.details = failure.details ?? {}
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

const actionFrom = (value: unknown): Action | null => {
  if (!isRecord(value)) return null
  const url = text(value.url)
  if (url === null) return null
  return { kind: text(value.kind) ?? 'open', url, text: text(value.text) ?? 'Continue' }
}

/** Reads an answer that is not a success. A body that is not Tollgate's (a proxy's page) is said to be so. */
export const errorFromAnswer = async (answer: Response): Promise<TollgateError> => {
  const requestId = answer.headers.get('x-request-id')
  const body: unknown = await answer.json().catch(() => null)
  if (!isRecord(body) || text(body.code) === null) {
    return new TollgateError({
      status: answer.status,
      code: 'unexpected_answer',
      message: `The server answered ${answer.status} in a form that is not Tollgate's. Something between you and it may be failing; try again.`,
      requestId,
    })
  }
  const { success: _success, error, code, requestId: named, action, ...details } = body
  return new TollgateError({
    status: answer.status,
    code: text(code) ?? 'unexpected_answer',
    message: text(error) ?? `The server answered ${answer.status}.`,
    requestId: text(named) ?? requestId,
    action: actionFrom(action),
    details,
  })
}

/** No answer came: the server is down, the network is, or it took too long. */
export const errorFromSilence = (cause: unknown): TollgateError =>
  new TollgateError(
    {
      status: 0,
      code: 'network_error',
      message: 'No answer from the server. Check the connection and try again; nothing is done twice.',
    },
    cause,
  )

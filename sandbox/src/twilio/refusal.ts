import type { Reply } from '../server.ts'

/** An answer of the 4xx kind in Twilio's form: `code` is from Twilio's error dictionary, `status` is the HTTP status. */
export class Refusal extends Error {
  readonly code: number
  readonly status: number

  constructor(code: number, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** Answers JSON as Twilio does. */
export function json(status: number, body: object): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: JSON.stringify(body),
  }
}

function errorBody(code: number, message: string, status: number) {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }
}

export function refusalReply(refusal: Refusal): Reply {
  const reply = json(refusal.status, errorBody(refusal.code, refusal.message, refusal.status))
  if (refusal.status !== 401) return reply
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Basic realm="Twilio API"' } }
}

const named: Record<number, { code: number; message: string }> = {
  401: { code: 20003, message: 'Authenticate' },
  403: { code: 20005, message: 'Account not active' },
  404: { code: 20404, message: 'The requested resource was not found' },
  429: { code: 20429, message: 'Too Many Requests' },
  503: { code: 20503, message: 'Service Unavailable' },
}

/** The body of an error that was asked for by a fault, so that it looks like one of Twilio's own. */
export function twilioFaultBody(status: number): string {
  const { code, message } = named[status] ?? {
    code: status < 500 ? 20001 : 20500,
    message: 'Injected by a fault of the sandbox',
  }
  return JSON.stringify(errorBody(code, message, status))
}

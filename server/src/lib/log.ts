import { pino } from 'pino'

export type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

// Nothing that signs, pays or opens may reach a log, whatever object it stands in.
const SECRETS = [
  'authorization',
  'cookie',
  'set-cookie',
  'stripe-signature',
  'x-twilio-signature',
  'x-vapi-secret',
]

/** Structured logs on stdout, one JSON object a line. */
export function createLog(level: string) {
  return pino({
    level,
    base: { service: 'tollgate' },
    redact: {
      paths: SECRETS.flatMap((name) => [`headers["${name}"]`, `req.headers["${name}"]`]),
      censor: '[secret]',
    },
  })
}

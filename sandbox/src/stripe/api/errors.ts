export type ErrorFields = {
  type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error'
  message: string
  code?: string
  param?: string
  decline_code?: string
  advice_code?: string
  network_decline_code?: string
  charge?: string
  /** An API object, shown with the error as Stripe does for a failed payment. */
  payment_intent?: object
  payment_method?: object
  setup_intent?: object
}

/**
 * A refusal in Stripe's form. `keep` says that what the request did before it stays done (a failed charge is on
 * record); otherwise everything the request put is taken back.
 */
export class StripeError extends Error {
  readonly status: number
  readonly fields: ErrorFields
  readonly keep: boolean
  constructor(status: number, fields: ErrorFields, keep = false) {
    super(fields.message)
    this.status = status
    this.fields = fields
    this.keep = keep
  }
}

/** 400 `invalid_request_error`, with the parameter it is about where there is one. */
export function invalid(message: string, about: { param?: string; code?: string } = {}): StripeError {
  return new StripeError(400, { type: 'invalid_request_error', message, ...about })
}

/** The refusal for an id that names nothing: 404 in a path, 400 in a parameter. */
export function missing(
  what: string,
  id: string,
  param = 'id',
  status = param === 'id' ? 404 : 400,
): StripeError {
  const message = `No such ${what}: '${id}'`
  return new StripeError(status, { type: 'invalid_request_error', code: 'resource_missing', message, param })
}

/** Something real Stripe does and this sandbox does not: said plainly, never ignored. */
export function notImplemented(what: string, param?: string): StripeError {
  const message = `The sandbox does not implement ${what}.`
  return invalid(message, param === undefined ? {} : { param })
}

/** The error's answer body, its fields in alphabetical order; the request's id goes into the link to its log. */
export function errorBody(fields: ErrorFields, request: { id: string; account: string }): string {
  const doc = fields.code
    ? { doc_url: `https://stripe.com/docs/error-codes/${fields.code.replaceAll('_', '-')}` }
    : {}
  const log = {
    request_log_url: `https://dashboard.stripe.com/${request.account}/test/workbench/logs?object=${request.id}`,
  }
  const sorted = Object.entries({ ...fields, ...doc, ...log }).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ error: Object.fromEntries(sorted) }, null, 2)}\n`
}

/**
 * Every way in which Tollgate says no, once: a stable code, the HTTP status and a sentence for a person.
 * `{name}` is filled from the details. A refusal is expected and quiet; anything else that is thrown is a bug.
 */
export const refusals = {
  bad_input: {
    status: 400,
    message: 'The request is not as this address expects it. See details for what to change.',
  },
  malformed_json: { status: 400, message: 'The body is not valid JSON.' },
  bad_signature: {
    status: 400,
    message: 'The signature is missing, wrong or too old, so the webhook was not accepted.',
  },
  account_required: {
    status: 400,
    message: 'Name the account: send its id, or ext: and your own id, in the header Tollgate-Account.',
  },
  unauthenticated: {
    status: 401,
    message: 'No valid key, token or session came with the request. Send Authorization: Bearer with one.',
  },
  payment_failed: { status: 402, message: 'The payment did not go through: {reason}' },
  payment_overdue: {
    status: 402,
    message: 'A payment is overdue. Pay it first, then ask for the number again.',
  },
  forbidden: { status: 403, message: 'Whoever is calling may not do this. It takes {needed}.' },
  csrf: { status: 403, message: 'A change made with a page session needs the header Tollgate-Csrf: 1.' },
  not_found: { status: 404, message: 'There is nothing at {path}.' },
  account_not_found: { status: 404, message: 'There is no account {account}.' },
  webhook_not_found: { status: 404, message: 'There is no webhook event {id}.' },
  notification_not_found: { status: 404, message: 'There is no message {id}.' },
  number_not_found: { status: 404, message: 'This account has no such number.' },
  link_used: { status: 410, message: 'This link was opened before or has run out. Ask for a new one.' },
  already_subscribed: {
    status: 409,
    message:
      'This account already has a subscription to {plan}. Change the plan instead of subscribing again.',
  },
  idempotency_key_reused: {
    status: 409,
    message: 'This Idempotency-Key came before with another request. Use a new key for a new request.',
  },
  idempotency_in_progress: {
    status: 409,
    message: 'A request with this Idempotency-Key is still being worked on. Ask again in a moment.',
  },
  number_taken: { status: 409, message: 'Somebody else has just taken {number}. Choose another one.' },
  which_number: { status: 409, message: 'This account has several numbers. Name one by id.' },
  too_large: { status: 413, message: 'The request is larger than {limit}.' },
  unsupported_media_type: { status: 415, message: 'Send the body as application/json.' },
  unknown_plan: { status: 422, message: 'There is no plan {plan}. Plans on sale: {plans}.' },
  plan_not_for_sale: { status: 422, message: 'The plan {plan} is not bought at a checkout: {why}.' },
  price_not_offered: { status: 422, message: 'The plan {plan} has no price per {interval} in {currency}.' },
  unknown_meter: { status: 422, message: 'There is no meter {meter}. Meters: {meters}.' },
  unknown_feature: { status: 422, message: 'There is no feature {feature}. Features: {features}.' },
  numbers_not_allowed: {
    status: 422,
    message: 'The plan {plan} does not come with phone numbers. Choose another plan first.',
  },
  no_numbers_found: {
    status: 422,
    message: 'Twilio has no number like that on sale now. Try another area code.',
  },
  rate_limited: { status: 429, message: 'Too many requests. Wait {seconds} seconds.' },
  provider_unavailable: {
    status: 503,
    message: '{provider} did not answer. Nothing was changed; try again in a moment.',
  },
  number_on_its_way: {
    status: 503,
    message:
      'Twilio has not said yet whether the number was bought. It is followed up by itself; look at your numbers in a moment before asking again.',
  },
  not_ready: { status: 503, message: 'Tollgate is starting or stopping. Try again in a moment.' },
} as const satisfies Record<string, { status: number; message: string }>

export type RefusalCode = keyof typeof refusals

/** What a person can do about it: a place to go and the words for its button. */
export type Action = { kind: string; url: string; text: string }

/** A request that Tollgate understood and will not do. Carries what a client needs to react, and no stack for it. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly status: number
  readonly details: Record<string, unknown>
  readonly action: Action | undefined

  constructor(code: RefusalCode, details: Record<string, unknown> = {}, action?: Action) {
    super(refusals[code].message.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '')))
    this.name = 'Refusal'
    this.code = code
    this.status = refusals[code].status
    this.details = details
    this.action = action
  }
}

/** A provider said no, finally, to this very request: asking again changes nothing. */
export class ProviderRefused extends Error {
  readonly provider: string
  readonly code: string
  readonly status: number | undefined

  constructor(
    provider: string,
    options: { code: string; message: string; status?: number; cause?: unknown },
  ) {
    super(`${provider} refused: ${options.message}`, { cause: options.cause })
    this.name = 'ProviderRefused'
    this.provider = provider
    this.code = options.code
    this.status = options.status
  }
}

/** A provider gave no answer that says whether the work was done: look before trying again. */
export class ProviderUnavailable extends Error {
  readonly provider: string

  constructor(provider: string, cause: unknown) {
    super(`${provider} is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'ProviderUnavailable'
    this.provider = provider
  }
}

/** Something that a webhook is about has not reached us yet: the event waits and is tried again, never dropped. */
export class NotKnownYet extends Error {
  constructor(what: string) {
    super(`${what} is not known here yet`)
    this.name = 'NotKnownYet'
  }
}

import { errorFromAnswer, TollgateError } from 'tollgate-client'

/*
 * The sandbox's own controls, reached through the product's origin. Not through the API client: moving
 * the clock is no call to repeat when an answer gets lost.
 */

export type SandboxClock = { now: string; epochSeconds: number }
/** `what` names the action, `object` is the id of whom it concerned. */
type Played = { at: string; what: string; object: string }
export type Advanced = {
  now: string
  played: Played[]
  deliveries: { succeeded: number; failed: number; pending: number }
  /** Who was waited for in vain, in words. */
  problems?: string[]
}
export type Step = { seconds: number } | { days: number } | { months: number } | { to: string }

export type Mail = {
  to: string
  subject: string
  text: string
  html: string
  kind: string | null
  at: string
}
export type Sms = { to: string; from: string; body: string; kind: string | null; at: string }
export type Outbox = { mails: Mail[]; sms: Sms[] }

/** The sandbox has an error form of its own: only a message. */
const errorOf = async (answer: Response): Promise<TollgateError> => {
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => null)
  const message = (body as { error?: { message?: unknown } } | null)?.error?.message
  if (typeof message !== 'string') return errorFromAnswer(answer)
  return new TollgateError({ status: answer.status, code: 'sandbox', message })
}

const ask = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
  const init: RequestInit =
    body === undefined
      ? { headers: { accept: 'application/json' } }
      : {
          method: 'POST',
          headers: { accept: 'application/json', 'content-type': 'application/json', 'tollgate-csrf': '1' },
          body: JSON.stringify(body),
        }
  const answer = await fetch(`/sandbox-control${path}`, { ...init, credentials: 'same-origin' })
  if (!answer.ok) throw await errorOf(answer)
  return (await answer.json()) as Answer
}

export const fetchClock = () => ask<SandboxClock>('/clock')
export const fetchOutbox = () => ask<Outbox>('/outbox')

/** Plays all that falls due on the way; a month may take a while, so there is no time limit here. */
export const advanceClock = (step: Step) => ask<Advanced>('/clock/advance', step)

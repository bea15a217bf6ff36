import type { FailedPayment } from '../domain/invoices/record-failure.ts'
import { NotKnownYet } from '../errors.ts'
import { wallNow } from '../lib/clock.ts'
import type { Database } from '../lib/db.ts'
import type { Log } from '../lib/log.ts'
import { enqueueInboxRetry } from '../lib/queue.ts'
import type { InboxEvent } from './store.ts'
import { markFailed, markHandled, unhandledOf } from './store.ts'

/** After so many tries an event is dead: it stands on the operators' list and waits for a replay. */
const ATTEMPTS_MAX = 15
const RETRY_SECONDS_MAX = 6 * 3600

export type HandleInbox = {
  db: Database
  log: Log
  /** Brings one object in line with the provider; answers whose it is. */
  sync: Record<'checkout' | 'subscription' | 'invoice' | 'customer', (id: string) => Promise<string>>
  recordFailure: (failed: FailedPayment) => Promise<void>
}

/**
 * Handles every unhandled webhook of one object: facts from each event's own payload, then one fetch for its state.
 * What fails is tried again with growing, jittered pauses; other objects' events pass meanwhile. A job that is no
 * retry leaves alone what has a retry planned already, so that many events of one object count as one try.
 */
export async function handleInbox(
  deps: HandleInbox,
  { objectKey, isRetry }: { objectKey: string; isRetry: boolean },
): Promise<void> {
  const events = await deps.db.system((tx) => unhandledOf(tx, objectKey))
  if (events.length === 0 || !(isRetry || events.some((event) => event.attemptCount === 0))) return
  const inboxIds = events.map((event) => event.inboxId)
  try {
    for (const event of events) await recordFacts(deps, event)
    const accountId = await syncOf(deps, objectKey)
    await deps.db.system((tx) => markHandled(tx, inboxIds, accountId))
  } catch (error) {
    await retryLater(deps, {
      objectKey,
      inboxIds,
      error,
      attempt: Math.max(...events.map((e) => e.attemptCount)) + 1,
    })
  }
}

function syncOf(deps: HandleInbox, objectKey: string): Promise<string> {
  const [kind, id] = objectKey.split(':') as [keyof HandleInbox['sync'], string]
  return deps.sync[kind](id)
}

async function recordFacts(deps: HandleInbox, event: InboxEvent): Promise<void> {
  if (event.type !== 'invoice.payment_failed') return
  const { object } = (JSON.parse(event.body) as { data: { object: Record<string, unknown> } }).data
  await deps.recordFailure({
    stripeInvoiceId: String(object.id),
    stripeCustomerId: String(object.customer),
    attempt: Number(object.attempt_count),
    amountCents: BigInt(Number(object.amount_due)),
    currency: String(object.currency),
    at: event.occurredAt,
  })
}

async function retryLater(
  deps: HandleInbox,
  failed: { objectKey: string; inboxIds: bigint[]; error: unknown; attempt: number },
): Promise<void> {
  const { objectKey, inboxIds, error, attempt } = failed
  const message = error instanceof Error ? error.message : String(error)
  const isWaiting = error instanceof NotKnownYet
  const isDead = attempt >= ATTEMPTS_MAX
  const status = isDead ? 'dead' : isWaiting ? 'waiting' : 'received'
  const pauseSeconds = Math.min(RETRY_SECONDS_MAX, 0.5 * 2 ** attempt) * (0.75 + Math.random() / 2)
  await deps.db.system(async (tx) => {
    await markFailed(tx, inboxIds, { status, error: message })
    if (!isDead) await enqueueInboxRetry(tx, objectKey, new Date(wallNow().getTime() + pauseSeconds * 1000))
  })
  const fields = { objectKey, attempt, err: error, events: inboxIds.map(String) }
  if (isDead) deps.log.error(fields, 'webhook events are dead: they need a replay')
  else if (isWaiting) deps.log.info(fields, 'webhook events wait for something that is not known yet')
  else deps.log.warn(fields, 'webhook events could not be handled and are tried again')
}

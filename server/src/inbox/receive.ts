import { businessNow } from '../lib/clock.ts'
import type { Database } from '../lib/db.ts'
import { enqueueInbox } from '../lib/queue.ts'
import type { StripeEvent } from '../providers/stripe/port.ts'
import { objectKeyOf } from './event.ts'
import { insertEvent } from './store.ts'

/**
 * Remembers a webhook whose signature was right, and puts its object on the queue, in one transaction. Nothing else
 * happens before the answer; a delivery that comes again changes nothing.
 */
export async function receiveStripeEvent(
  { db }: { db: Database },
  input: { event: StripeEvent; body: string },
): Promise<{ isNew: boolean }> {
  const { event, body } = input
  const objectKey = objectKeyOf(event)
  const isActedOn = !objectKey.startsWith('none:')
  return db.system(async (tx) => {
    const isNew = await insertEvent(tx, {
      source: 'stripe',
      externalId: event.id,
      type: event.type,
      objectKey,
      body,
      status: isActedOn ? 'received' : 'ignored',
      occurredAt: event.createdAt,
    })
    if (isNew && isActedOn) await enqueueInbox(tx, objectKey)
    return { isNew }
  })
}

/**
 * Remembers a callback of Twilio's whose signature was right. Twilio's callbacks have no id, so call or message and its
 * state name them: the same state told again changes nothing. Nothing acts on them yet.
 */
export async function receiveTwilioCallback(
  { db }: { db: Database },
  input: { about: 'call' | 'message'; sid: string; status: string; body: string },
): Promise<{ isNew: boolean }> {
  const externalId = `${input.sid}:${input.status}`
  return db.system(async (tx) => {
    const isNew = await insertEvent(tx, {
      source: 'twilio',
      externalId,
      type: `${input.about}.${input.status}`,
      objectKey: `none:${externalId}`,
      body: input.body,
      status: 'ignored',
      occurredAt: await businessNow(tx),
    })
    return { isNew }
  })
}

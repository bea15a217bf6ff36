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

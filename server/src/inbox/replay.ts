import { Refusal } from '../errors.ts'
import type { Database } from '../lib/db.ts'
import { enqueueInbox } from '../lib/queue.ts'
import type { InboxEvent } from './store.ts'
import { reopenEvent } from './store.ts'

/**
 * Handles an event once more, whatever became of it: syncs repeat without a second effect. One that nothing acts on
 * stays ignored.
 */
export async function replayEvent({ db }: { db: Database }, inboxId: string): Promise<InboxEvent> {
  return db.system(async (tx) => {
    const event = /^\d{1,18}$/.test(inboxId) ? await reopenEvent(tx, BigInt(inboxId)) : undefined
    if (event === undefined) throw new Refusal('webhook_not_found', { id: inboxId })
    if (event.status !== 'ignored') await enqueueInbox(tx, event.objectKey)
    return event
  })
}

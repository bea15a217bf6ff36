import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Notification } from './notification.ts'

type Key = { accountId: string; notificationId: string }

export type NewNotification = Pick<
  Notification,
  | 'accountId'
  | 'notificationId'
  | 'cause'
  | 'kind'
  | 'channel'
  | 'recipient'
  | 'subject'
  | 'bodyText'
  | 'bodyHtml'
  | 'messageId'
>

/** False where the same cause was told on this channel already. */
export async function insertNotification(tx: Tx, one: NewNotification): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into notifications (account_id, notification_id, cause, kind, channel, recipient, subject, body_text,
      body_html, message_id)
    values (${one.accountId}, ${one.notificationId}, ${one.cause}, ${one.kind}, ${one.channel}, ${one.recipient},
      ${one.subject}, ${one.bodyText}, ${one.bodyHtml}, ${one.messageId})
    on conflict (account_id, kind, channel, cause) do nothing`)
  return inserted === 1
}

export async function markSending(tx: Tx, key: Key): Promise<void> {
  await tx.run(sql`
    update notifications set status = 'sending', attempt_count = attempt_count + 1
    where account_id = ${key.accountId} and notification_id = ${key.notificationId}`)
}

export async function markSent(tx: Tx, key: Key, providerId: string | null): Promise<void> {
  await tx.run(sql`
    update notifications
    set status = 'sent', sent_at = business_now(), provider_id = ${providerId}, last_error = null
    where account_id = ${key.accountId} and notification_id = ${key.notificationId}`)
}

/** Notes why a try failed. It stays `sending` while it may still go out, or may have gone out. */
export async function noteError(
  tx: Tx,
  key: Key,
  failure: { error: string; isFinal: boolean },
): Promise<void> {
  await tx.run(sql`
    update notifications
    set last_error = ${failure.error}, status = case when ${failure.isFinal} then 'failed' else status end
    where account_id = ${key.accountId} and notification_id = ${key.notificationId}`)
}

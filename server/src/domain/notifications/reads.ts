import type { Statement, Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Cursor } from '../../lib/pagination.ts'
import type { Channel, Notification, NotificationKind, NotificationStatus } from './notification.ts'

type NotificationRow = {
  account_id: string
  notification_id: string
  cause: string
  kind: NotificationKind
  channel: Channel
  recipient: string
  subject: string | null
  body_text: string
  body_html: string | null
  status: NotificationStatus
  message_id: string
  provider_id: string | null
  attempt_count: number
  last_error: string | null
  created_at: Date
  sent_at: Date | null
}

function toNotification(row: NotificationRow): Notification {
  return {
    accountId: row.account_id,
    notificationId: row.notification_id,
    cause: row.cause,
    kind: row.kind,
    channel: row.channel,
    recipient: row.recipient,
    subject: row.subject,
    bodyText: row.body_text,
    bodyHtml: row.body_html,
    status: row.status,
    messageId: row.message_id,
    providerId: row.provider_id,
    attemptCount: row.attempt_count,
    lastError: row.last_error,
    createdAt: row.created_at,
    sentAt: row.sent_at,
  }
}

const select = (rest: Statement): Statement => ({
  text: `select account_id, notification_id, cause, kind, channel, recipient, subject, body_text, body_html, status,
      message_id, provider_id, attempt_count, last_error, created_at, sent_at
    from notifications ${rest.text}`,
  values: rest.values,
})

export async function lockNotification(
  tx: Tx,
  accountId: string,
  notificationId: string,
): Promise<Notification> {
  return toNotification(
    await tx.one<NotificationRow>(
      select(sql`where account_id = ${accountId} and notification_id = ${notificationId} for update`),
    ),
  )
}

/**
 * Which of these messages at the provider are already known as somebody's: they are not the one looked for. Across
 * accounts, since two of them may share a phone.
 */
export async function knownProviderIds(tx: Tx, providerIds: string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ provider_id: string }>(sql`
    select provider_id from notifications where provider_id = any(${providerIds})`)
  return new Set(rows.map((row) => row.provider_id))
}

/** Newest first, for operators: of one account or of all, in one status or in any; `limit` rows at most. */
export async function listNotifications(
  tx: Tx,
  options: {
    accountId: string | undefined
    status: NotificationStatus | undefined
    after: Cursor | undefined
    limit: number
  },
): Promise<Notification[]> {
  const { accountId, status, after, limit } = options
  const rows = await tx.rows<NotificationRow>(
    select(sql`
      where (${accountId ?? null}::text is null or account_id = ${accountId ?? ''})
        and (${status ?? null}::text is null or status = ${status ?? ''})
        and (${after?.at ?? null}::timestamptz is null
          or (date_trunc('milliseconds', created_at), notification_id)
            < (${after?.at ?? null}::timestamptz, ${after?.id ?? ''}))
      order by date_trunc('milliseconds', created_at) desc, notification_id desc
      limit ${limit}`),
  )
  return rows.map(toNotification)
}

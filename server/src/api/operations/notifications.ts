import { z } from 'zod'
import type { Notification } from '../../domain/notifications/notification.ts'
import { listNotifications } from '../../domain/notifications/reads.ts'
import { pageOf } from '../../lib/pagination.ts'
import type { Operation } from '../operation.ts'
import { operation, operator, pageInput } from '../operation.ts'

function showNotification(notification: Notification) {
  return {
    id: notification.notificationId,
    accountId: notification.accountId,
    kind: notification.kind,
    channel: notification.channel,
    to: notification.recipient,
    subject: notification.subject,
    status: notification.status,
    createdAt: notification.createdAt,
    sentAt: notification.sentAt,
    error: notification.lastError,
  }
}

export const notificationOperations: Operation[] = [
  operation({
    name: 'adminListNotifications',
    method: 'GET',
    paths: ['/api/admin/notifications'],
    summary: 'Mails and SMS, newest first',
    needs: operator,
    input: z.strictObject({
      ...pageInput,
      status: z.enum(['pending', 'sending', 'sent', 'failed']).optional(),
      account: z.string().optional(),
    }),
    run: async ({ db }, { limit, cursor, status, account }) => {
      const rows = await db.system((tx) =>
        listNotifications(tx, { accountId: account, status, after: cursor, limit: limit + 1 }),
      )
      const page = pageOf(rows, limit, (row) => ({ at: row.createdAt.toISOString(), id: row.notificationId }))
      return { body: { ...page, data: page.data.map(showNotification) } }
    },
  }),
]

import { useInfiniteQuery } from '@tanstack/react-query'
import type { NotificationRow } from 'tollgate-client'
import { Badge } from '../../components/badge.tsx'
import { Empty } from '../../components/empty.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { notificationsQuery } from '../../lib/queries.ts'
import { notificationWord, readAloud } from '../../lib/words.ts'

const columns: Column<NotificationRow>[] = [
  {
    id: 'what',
    title: 'Message',
    sortBy: (row) => row.subject ?? row.kind,
    cell: (row) => (
      <>
        <span className="font-medium">{row.subject ?? readAloud(row.kind)}</span>
        {row.error !== null && row.status !== 'sent' && (
          <span className="block text-small text-danger">{row.error}</span>
        )}
      </>
    ),
  },
  {
    id: 'channel',
    title: 'By',
    sortBy: (row) => row.channel,
    cell: (row) => (row.channel === 'sms' ? 'SMS' : 'Mail'),
  },
  {
    id: 'to',
    title: 'To',
    sortBy: (row) => row.to,
    cell: (row) => <span className="break-all">{row.to}</span>,
  },
  {
    id: 'status',
    title: 'State',
    sortBy: (row) => notificationWord(row.status).text,
    cell: (row) => <Badge word={notificationWord(row.status)} />,
  },
  {
    id: 'at',
    title: 'Sent',
    align: 'end',
    sortBy: (row) => row.sentAt ?? row.createdAt,
    cell: (row) =>
      row.sentAt === null ? (
        <span className="text-muted">Not yet</span>
      ) : (
        <When at={row.sentAt} as="moment" />
      ),
  },
]

/** Mails and SMS, sent and waiting. */
export const NotificationsSection = () => {
  const notifications = useInfiniteQuery(notificationsQuery)
  return (
    <Section title="Mails and SMS">
      <Loaded
        query={notifications}
        failure="The messages could not be loaded."
        skeleton={<Skeleton className="h-64 w-full" />}
      >
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No message yet">
              Each mail and SMS to an account is kept here with what became of it.
            </Empty>
          ) : (
            <Table
              label="Mails and SMS"
              rows={rows}
              columns={columns}
              keyOf={(row) => row.id}
              more={
                notifications.hasNextPage
                  ? {
                      load: () => void notifications.fetchNextPage(),
                      loading: notifications.isFetchingNextPage,
                    }
                  : undefined
              }
            />
          )
        }
      </Loaded>
    </Section>
  )
}

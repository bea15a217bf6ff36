import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import type { InboxRow } from 'tollgate-client'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { toast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { api } from '../../lib/api.ts'
import { webhooksQuery } from '../../lib/queries.ts'
import { inboxWord, readAloud } from '../../lib/words.ts'

const columns: Column<InboxRow>[] = [
  {
    id: 'type',
    title: 'Event',
    sortBy: (row) => row.type,
    cell: (row) => (
      <>
        <span className="font-medium">{readAloud(row.type)}</span>
        <span className="block font-mono text-small break-all text-muted">{row.externalId}</span>
        {row.error !== null && row.status !== 'handled' && (
          <span className="block text-small text-danger">{row.error}</span>
        )}
      </>
    ),
  },
  { id: 'source', title: 'From', sortBy: (row) => row.source, cell: (row) => readAloud(row.source) },
  {
    id: 'status',
    title: 'State',
    sortBy: (row) => inboxWord(row.status).text,
    cell: (row) => <Badge word={inboxWord(row.status)} />,
  },
  {
    id: 'attempts',
    title: 'Failed tries',
    align: 'end',
    sortBy: (row) => row.attempts,
    cell: (row) => row.attempts,
  },
  {
    id: 'received',
    title: 'Received',
    align: 'end',
    sortBy: (row) => row.receivedAt,
    cell: (row) => <When at={row.receivedAt} as="moment" />,
  },
  { id: 'replay', title: 'Replay', align: 'end', actions: true, cell: (row) => <Replay row={row} /> },
]

/** Every webhook that came in, what became of it, and a way to handle it again. */
export const WebhooksSection = () => {
  const events = useInfiniteQuery(webhooksQuery)
  return (
    <Section title="Webhook events">
      <Loaded
        query={events}
        failure="The webhook events could not be loaded."
        skeleton={<Skeleton className="h-64 w-full" />}
      >
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No event has come in yet">
              Stripe and Twilio tell here what happened on their side.
            </Empty>
          ) : (
            <Table
              label="Webhook events"
              rows={rows}
              columns={columns}
              keyOf={(row) => row.id}
              more={
                events.hasNextPage
                  ? { load: () => void events.fetchNextPage(), loading: events.isFetchingNextPage }
                  : undefined
              }
            />
          )
        }
      </Loaded>
    </Section>
  )
}

const Replay = ({ row }: { row: InboxRow }) => {
  const client = useQueryClient()
  const replay = useMutation({
    mutationFn: () => api.admin.replayWebhook(row.id),
    onSuccess: async () => {
      toast('The event is handled again.')
      await client.invalidateQueries({ queryKey: ['admin'] })
    },
  })
  if (replay.error) {
    return <Failure error={replay.error} what="It could not be replayed." onRetry={() => replay.mutate()} />
  }
  return (
    <Confirm
      trigger={
        <Button look="quiet" className="-mx-4 -my-2" busy={replay.isPending}>
          Replay<span className="sr-only"> {row.externalId}</span>
        </Button>
      }
      title="Replay this event?"
      confirm="Replay it"
      onConfirm={() => replay.mutate()}
    >
      “{readAloud(row.type)}” is handled once more from the stored body. What it did already is not done
      twice: no second mail, number or charge.
    </Confirm>
  )
}

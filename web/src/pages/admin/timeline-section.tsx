import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Amount } from '../../components/amount.tsx'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/empty.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonLines } from '../../components/skeleton.tsx'
import { When } from '../../components/when.tsx'
import { accountsQuery, timelineQuery } from '../../lib/queries.ts'

/** One account's story, newest first. */
export const TimelineSection = ({ accountId }: { accountId: string }) => {
  const timeline = useInfiniteQuery(timelineQuery(accountId))
  const { data: accounts } = useInfiniteQuery({ ...accountsQuery, enabled: false })
  const name = accounts?.find((row) => row.id === accountId)?.name
  return (
    <Section
      title={name ? `What happened to ${name}` : 'What happened to this account'}
      aside={
        <Link to="/admin" search={{ view: 'accounts' }} className="link">
          All accounts
        </Link>
      }
    >
      <Loaded
        query={timeline}
        failure="The story could not be loaded."
        skeleton={<SkeletonLines lines={8} />}
      >
        {(entries) =>
          entries.length === 0 ? (
            <Empty title="Nothing has happened yet">
              Subscriptions, payments and numbers appear here in order.
            </Empty>
          ) : (
            <ol className="divide-y divide-line">
              {entries.map((entry, place) => (
                <li
                  // biome-ignore lint/suspicious/noArrayIndexKey: entries have no id, and older ones are only added at the end
                  key={place}
                  className="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-2.5 first:pt-0 last:pb-0"
                >
                  <span className="w-32 shrink-0 text-muted">
                    <When at={entry.at} as="moment" />
                  </span>
                  <span className="min-w-0 flex-1">{entry.description}</span>
                  {entry.amountCents !== undefined && entry.currency !== undefined && (
                    <Amount cents={entry.amountCents} currency={entry.currency} />
                  )}
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
      {timeline.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button onClick={() => void timeline.fetchNextPage()} busy={timeline.isFetchingNextPage}>
            Show more
          </Button>
        </div>
      )}
    </Section>
  )
}

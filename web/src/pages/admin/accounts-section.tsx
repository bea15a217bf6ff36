import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AccountRow } from 'tollgate-client'
import { Badge } from '../../components/badge.tsx'
import { Empty } from '../../components/empty.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { planName } from '../../lib/plan.ts'
import { accountsQuery, plansQuery } from '../../lib/queries.ts'
import { accessWord, statusWord } from '../../lib/words.ts'

const columns: Column<AccountRow>[] = [
  {
    id: 'name',
    title: 'Account',
    sortBy: (row) => row.name,
    cell: (row) => (
      <>
        <Link to="/admin" search={{ view: 'accounts', account: row.id }} className="link">
          {row.name}
        </Link>
        <span className="block text-small break-all text-muted">{row.email}</span>
      </>
    ),
  },
  {
    id: 'plan',
    title: 'Plan',
    sortBy: (row) => row.plan ?? '',
    cell: (row) =>
      row.plan === null ? <span className="text-muted">None</span> : <PlanName slug={row.plan} />,
  },
  {
    id: 'status',
    title: 'Subscription',
    sortBy: (row) => (row.status === null ? '' : statusWord(row.status).text),
    cell: (row) =>
      row.status === null ? (
        <span className="text-muted">None</span>
      ) : (
        <Badge word={statusWord(row.status)} />
      ),
  },
  {
    id: 'access',
    title: 'Access',
    sortBy: (row) => accessWord(row.access).text,
    cell: (row) => <Badge word={accessWord(row.access)} />,
  },
  {
    id: 'since',
    title: 'Since',
    align: 'end',
    sortBy: (row) => row.createdAt,
    cell: (row) => <When at={row.createdAt} as="short" />,
  },
]

/** All accounts with their plan and standing. */
export const AccountsSection = () => {
  const accounts = useInfiniteQuery(accountsQuery)
  return (
    <Section title="Accounts">
      <Loaded
        query={accounts}
        failure="The accounts could not be loaded."
        skeleton={<Skeleton className="h-64 w-full" />}
      >
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No accounts yet">
              One appears when your product creates it or someone subscribes.
            </Empty>
          ) : (
            <Table
              label="Accounts"
              rows={rows}
              columns={columns}
              keyOf={(row) => row.id}
              more={
                accounts.hasNextPage
                  ? { load: () => void accounts.fetchNextPage(), loading: accounts.isFetchingNextPage }
                  : undefined
              }
            />
          )
        }
      </Loaded>
    </Section>
  )
}

const PlanName = ({ slug }: { slug: string }) => {
  const { data: catalog } = useQuery(plansQuery)
  return planName(slug, catalog)
}

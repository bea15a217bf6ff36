import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query'
import type { Upcoming } from 'tollgate-client'
import { api, fetchConfig, fetchMe } from './api.ts'
import { fetchClock, fetchOutbox } from './sandbox.ts'

// The API client retries by itself; a second layer here would only make a failure slow to show.
export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 5_000 }, mutations: { retry: false } },
})

export const configQuery = queryOptions({ queryKey: ['config'], queryFn: fetchConfig, staleTime: 300_000 })
export const meQuery = queryOptions({ queryKey: ['me'], queryFn: fetchMe, staleTime: 60_000 })

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: ({ signal }) => api.plans({ signal }),
})

export const subscriptionQuery = queryOptions({
  queryKey: ['billing', 'subscription'],
  queryFn: ({ signal }) => api.subscription({ signal }),
})

export type NextInvoice = Upcoming & { date: string }

/** Null where there is no next invoice. */
export const upcomingQuery = queryOptions({
  queryKey: ['billing', 'upcoming'],
  queryFn: async ({ signal }): Promise<NextInvoice | null> => {
    const upcoming = await api.upcoming({ signal })
    return upcoming.date === null ? null : { ...upcoming, date: upcoming.date }
  },
})

export const usageQuery = queryOptions({
  queryKey: ['billing', 'usage'],
  queryFn: ({ signal }) => api.usage.summary({ signal }),
})

export const numbersQuery = queryOptions({
  queryKey: ['numbers'],
  queryFn: ({ signal }) => api.phone.numbers({ signal }),
})

type PageAnswer<Row> = { data: Row[]; nextCursor: string | null }
type AskPage<Row> = (query: { limit: number; cursor?: string }) => Promise<PageAnswer<Row>>

const paged = <Row>(queryKey: readonly string[], ask: AskPage<Row>) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }) => ask({ limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) }),
    initialPageParam: null as string | null,
    getNextPageParam: (last: PageAnswer<Row>) => last.nextCursor,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  })

export const paymentsQuery = paged(['billing', 'payments'], (query) => api.payments(query))
export const accountsQuery = paged(['admin', 'accounts'], (query) => api.admin.accounts(query))
export const webhooksQuery = paged(['admin', 'webhooks'], (query) => api.admin.webhooks(query))
export const notificationsQuery = paged(['admin', 'notifications'], (query) => api.admin.notifications(query))
export const timelineQuery = (accountId: string) =>
  paged(['admin', 'timeline', accountId], (query) => api.admin.timeline(accountId, query))

/** Events that were given up. Filtered here as well, so that the count never says more than is true. */
export const deadWebhooksQuery = queryOptions({
  queryKey: ['admin', 'webhooks', 'dead'],
  queryFn: async ({ signal }) => {
    const { data } = await api.admin.webhooks({ status: 'dead', limit: 100 }, { signal })
    return data.filter((row) => row.status === 'dead')
  },
})

export const clockQuery = queryOptions({
  queryKey: ['sandbox', 'clock'],
  queryFn: async () => {
    const clock = await fetchClock()
    // The clock flows: kept as its distance from this machine's, so that it goes on between two looks.
    return { aheadMs: Date.parse(clock.now) - Date.now() }
  },
})

export const outboxQuery = queryOptions({
  queryKey: ['sandbox', 'outbox'],
  queryFn: fetchOutbox,
  refetchInterval: 4_000,
})

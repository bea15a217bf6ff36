import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Tabs } from 'radix-ui'
import { Answer, AnswerSkeleton } from '../../components/answer.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { SignedOut } from '../../components/signed-out.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { deadWebhooksQuery, meQuery } from '../../lib/queries.ts'
import { AccountsSection } from './accounts-section.tsx'
import { NotificationsSection } from './notifications-section.tsx'
import { TimelineSection } from './timeline-section.tsx'
import { WebhooksSection } from './webhooks-section.tsx'

const views = [
  { value: 'accounts', title: 'Accounts' },
  { value: 'webhooks', title: 'Webhook events' },
  { value: 'notifications', title: 'Mails and SMS' },
] as const

/** What needs the operator, and where to look. */
export const AdminPage = () => {
  const me = useQuery(meQuery)
  return (
    <Loaded
      query={me}
      page="Operator"
      failure="Your account could not be loaded."
      skeleton={<Skeleton className="h-96 w-full" />}
    >
      {({ role }) => (role === 'operator' ? <Admin /> : <NoOperator />)}
    </Loaded>
  )
}

const NoOperator = () => (
  <div className="space-y-6">
    <Answer page="Operator" answer="This page is for operators" />
    <SignedOut title="You are not signed in as an operator" as="operator" />
  </div>
)

const Admin = () => {
  const dead = useQuery(deadWebhooksQuery)
  const { view, account } = useSearch({ from: '/admin' })
  const navigate = useNavigate()
  const shown = views.find(({ value }) => value === view)?.value ?? 'accounts'
  return (
    <div className="space-y-6">
      <Answer page="Operator" answer={dead.isPending ? <AnswerSkeleton /> : needText(dead.data?.length)}>
        {dead.data?.length ? 'Each was tried again and again and given up. See why, then replay it.' : null}
      </Answer>
      <Tabs.Root
        value={shown}
        onValueChange={(value) => void navigate({ to: '/admin', search: { view: value } })}
      >
        <Tabs.List aria-label="What to look at" className="flex gap-1 overflow-x-auto border-b border-line">
          {views.map(({ value, title }) => (
            <Tabs.Trigger
              key={value}
              value={value}
              className="-mb-px min-h-10 border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-muted -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
            >
              {title}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="accounts" className="mt-6">
          {account === undefined ? <AccountsSection /> : <TimelineSection accountId={account} />}
        </Tabs.Content>
        <Tabs.Content value="webhooks" className="mt-6">
          <WebhooksSection />
        </Tabs.Content>
        <Tabs.Content value="notifications" className="mt-6">
          <NotificationsSection />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  )
}

const needText = (dead: number | undefined): string => {
  if (dead === undefined) return 'Accounts and events'
  if (dead === 0) return 'Nothing needs you'
  return dead === 1
    ? '1 webhook event needs you'
    : `${dead === 100 ? '100 or more' : dead} webhook events need you`
}

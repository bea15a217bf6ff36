import { useQuery } from '@tanstack/react-query'
import type { Plans, SubscriptionAnswer } from 'tollgate-client'
import { Answer, AnswerSkeleton } from '../../components/answer.tsx'
import { LinkButton } from '../../components/button.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { SignedOut } from '../../components/signed-out.tsx'
import { SkeletonLines } from '../../components/skeleton.tsx'
import { locale } from '../../lib/locale.ts'
import { useNow } from '../../lib/now.ts'
import { planName } from '../../lib/plan.ts'
import { meQuery, plansQuery, subscriptionQuery, upcomingQuery } from '../../lib/queries.ts'
import { AccessNotice } from './access-notice.tsx'
import { headline } from './headline.ts'
import { NumbersSection } from './numbers-section.tsx'
import { PaymentsSection } from './payments-section.tsx'
import { PlanSection } from './plan-section.tsx'
import { UpcomingSection } from './upcoming-section.tsx'
import { UsageSection } from './usage-section.tsx'

/** What the account pays next, when and why. */
export const BillingPage = () => {
  const me = useQuery(meQuery)
  return (
    <Loaded
      query={me}
      page="Billing"
      failure="Your account could not be loaded."
      skeleton={<BillingSkeleton />}
    >
      {({ account, role }) => {
        if (account === null) return <NobodyHere operator={role === 'operator'} />
        return role === 'member' ? <MemberBilling /> : <OwnerBilling />
      }}
    </Loaded>
  )
}

const NobodyHere = ({ operator }: { operator: boolean }) => (
  <div className="space-y-6">
    <Answer page="Billing" answer={operator ? 'No account is open' : 'You are signed out'} />
    <SignedOut title={operator ? "An operator's view has no bill of its own" : 'Sign in to see your bill'} />
  </div>
)

// Invoices are for owners and admins; a member sees the plan and what is used.
const MemberBilling = () => (
  <div className="space-y-6">
    <Answer page="Billing" answer="What your account uses">
      The owner and admins of your account see its invoices.
    </Answer>
    <UsageSection />
    <NumbersSection />
  </div>
)

const OwnerBilling = () => {
  const billing = useQuery(subscriptionQuery)
  const plans = useQuery(plansQuery)
  return (
    <Loaded
      query={billing}
      page="Billing"
      failure="Your subscription could not be loaded."
      skeleton={<BillingSkeleton />}
    >
      {(answer) => <Billing answer={answer} plans={plans.data} />}
    </Loaded>
  )
}

const Billing = ({ answer, plans }: { answer: SubscriptionAnswer; plans: Plans | undefined }) => {
  const now = useNow()
  const live = answer.subscription !== null
  const upcoming = useQuery({ ...upcomingQuery, enabled: live })
  const slug = answer.subscription?.plan ?? answer.access.plan
  const name = slug === null ? 'No plan' : planName(slug, plans)
  const { answer: says, because } = headline({
    billing: answer,
    upcoming: upcoming.data,
    planName: name,
    now,
    style: { locale },
  })
  return (
    <div className="space-y-6">
      <Answer
        page="Billing"
        answer={live && upcoming.isPending ? <AnswerSkeleton /> : says}
        aside={
          live ? null : (
            <LinkButton to="/pricing" look="primary">
              See the plans
            </LinkButton>
          )
        }
      >
        {because}
      </Answer>
      <AccessNotice access={answer.access} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="min-w-0 space-y-6">
          <UsageSection />
          {live && <UpcomingSection />}
        </div>
        <div className="min-w-0 space-y-6">
          <PlanSection answer={answer} planName={name} />
          <NumbersSection />
        </div>
      </div>
      <PaymentsSection />
    </div>
  )
}

const BillingSkeleton = () => (
  <div className="grid gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
    <Section title="Used in this period">
      <SkeletonLines lines={6} />
    </Section>
    <Section title="Plan">
      <SkeletonLines lines={6} />
    </Section>
  </div>
)

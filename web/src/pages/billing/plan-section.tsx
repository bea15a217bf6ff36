import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Subscription, SubscriptionAnswer } from 'tollgate-client'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/failure.tsx'
import { Section } from '../../components/section.tsx'
import { When } from '../../components/when.tsx'
import { accessWord, readAloud, subscriptionWord } from '../../lib/words.ts'
import { usePortal } from './use-portal.ts'

/** Which plan it is, how it stands, and how it is paid. */
export const PlanSection = ({ answer, planName }: { answer: SubscriptionAnswer; planName: string }) => {
  const { subscription, subscriptions, access } = answer
  return (
    <Section
      title="Plan"
      aside={<Badge word={subscription ? subscriptionWord(subscription) : accessWord(access.state)} />}
    >
      <dl className="space-y-3">
        <Fact title="Plan">
          <span className="font-medium">{planName}</span>
          {subscription?.interval && <span className="text-muted">, by the {subscription.interval}</span>}
        </Fact>
        {access.state === 'free' && <Fact title="Price">Nothing</Fact>}
        {subscription && <Running subscription={subscription} />}
        {subscription && <Fact title="Payment">{paymentText(subscription.hasPaymentMethod)}</Fact>}
      </dl>
      <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-3 empty:hidden">
        {subscriptions.length > 0 && <PortalButton />}
        {subscription && (
          <Link to="/pricing" className="link">
            Compare plans
          </Link>
        )}
      </div>
    </Section>
  )
}

const paymentText = (present: boolean): string =>
  present ? 'A payment method is on file at Stripe' : 'No payment method yet: add one in the portal'

const Running = ({ subscription }: { subscription: Subscription }) => {
  const { trialEnd, status, periodStart, periodEnd, cancelAtPeriodEnd, scheduledChange } = subscription
  return (
    <>
      {status === 'trialing' && trialEnd && (
        <Fact title="Trial ends">
          <When at={trialEnd} as="short" />
        </Fact>
      )}
      <Fact title="This period">
        <When at={periodStart} as="short" /> to <When at={periodEnd} as="short" />
      </Fact>
      <Fact title={cancelAtPeriodEnd ? 'Ends' : 'Renews'}>
        <When at={periodEnd} />
      </Fact>
      {scheduledChange && (
        <Fact title="Then">
          {readAloud(scheduledChange.plan)}, from <When at={scheduledChange.at} as="day" />
        </Fact>
      )}
    </>
  )
}

const PortalButton = () => {
  const portal = usePortal()
  if (portal.error) {
    return (
      <Failure
        error={portal.error}
        what="Stripe's portal could not be opened."
        onRetry={() => portal.mutate()}
      />
    )
  }
  return (
    <Button busy={portal.isPending || portal.isSuccess} onClick={() => portal.mutate()}>
      Payment method and cancelling
    </Button>
  )
}

const Fact = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="flex flex-wrap items-baseline justify-between gap-x-6">
    <dt className="text-muted">{title}</dt>
    <dd className="text-right">{children}</dd>
  </div>
)

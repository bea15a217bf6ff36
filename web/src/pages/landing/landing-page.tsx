import { useQuery } from '@tanstack/react-query'
import { Navigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Answer } from '../../components/answer.tsx'
import { Button, LinkButton } from '../../components/button.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { configQuery, meQuery } from '../../lib/queries.ts'
import { useDemo } from '../../lib/use-demo.ts'

/** The first page in sandbox mode; elsewhere the pricing page is the first. */
export const LandingPage = () => {
  const config = useQuery(configQuery)
  return (
    <Loaded
      query={config}
      page="Start"
      failure="The server could not be asked how it is set up."
      skeleton={<LandingSkeleton />}
    >
      {({ sandbox }) => (sandbox ? <Landing /> : <Navigate to="/pricing" replace />)}
    </Loaded>
  )
}

const Landing = () => {
  const { data: me } = useQuery(meQuery)
  const demo = useDemo()
  const busy = (as: 'account' | 'operator') => (demo.isPending || demo.isSuccess) && demo.variables === as
  return (
    <div className="space-y-8">
      <Answer page="Sandbox" answer="Subscription billing, running on this machine">
        Plans, usage limits, overage and phone numbers, on your own Stripe, Twilio and Postgres. Both services
        are played by the sandbox here: no account, no key, no real money.
      </Answer>
      <div className="flex flex-wrap gap-3">
        {me?.account ? (
          <LinkButton to="/dashboard/billing" look="primary">
            Go on as {me.account.name}
          </LinkButton>
        ) : (
          <Button look="primary" busy={busy('account')} onClick={() => demo.mutate('account')}>
            Open the demo account
          </Button>
        )}
        <Button busy={busy('operator')} onClick={() => demo.mutate('operator')}>
          Open the operator's view
        </Button>
      </div>
      {demo.error && <Failure error={demo.error} what="The demo could not be opened." />}
      <Section title="Five steps to try">
        <ol className="space-y-5">
          <Try step={1} title="Choose a paid plan">
            Open the demo account, and pick one on the pricing page.
          </Try>
          <Try step={2} title="Pay on the checkout page">
            Card <span className="figures font-medium whitespace-nowrap">4242 4242 4242 4242</span> always
            works; <span className="figures font-medium whitespace-nowrap">4000 0000 0000 0002</span> is
            always declined. Any later date and any code will do.
          </Try>
          <Try step={3} title="Read the welcome mail">
            The sandbox page shows each mail and SMS that left. A plan with a phone number has it in there.
          </Try>
          <Try step={4} title="Use more than is included">
            Record calls and messages on the sandbox page, and watch the meters and the next invoice on the
            billing page.
          </Try>
          <Try step={5} title="Let a month pass">
            Move the clock on the sandbox page by a month, then by an hour: that long a renewal stays a draft.
            It is invoiced with the overage and paid, and the meters start again at zero.
          </Try>
        </ol>
      </Section>
    </div>
  )
}

const Try = ({ step, title, children }: { step: number; title: string; children: ReactNode }) => (
  <li className="flex gap-4">
    <span
      aria-hidden="true"
      className="figures grid size-7 shrink-0 place-items-center rounded-full bg-accent-surface font-medium text-accent-ink"
    >
      {step}
    </span>
    <div className="min-w-0">
      <p className="font-medium">{title}</p>
      <p className="max-w-prose text-muted">{children}</p>
    </div>
  </li>
)

const LandingSkeleton = () => (
  <div className="space-y-4">
    <Skeleton className="h-12 w-full" />
    <Skeleton className="h-64 w-full" />
  </div>
)

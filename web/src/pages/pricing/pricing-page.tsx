import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Interval, Plan } from 'tollgate-client'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Notice } from '../../components/notice.tsx'
import { SignedOut } from '../../components/signed-out.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { api } from '../../lib/api.ts'
import { locale } from '../../lib/locale.ts'
import { formatPrice } from '../../lib/money.ts'
import { hasBothIntervals } from '../../lib/plan.ts'
import { meQuery, plansQuery } from '../../lib/queries.ts'
import { IntervalSwitch } from './interval-switch.tsx'
import { PlanCard } from './plan-card.tsx'

/** Which plan fits, and what it costs. */
export const PricingPage = () => {
  const plans = useQuery(plansQuery)
  const { data: me } = useQuery(meQuery)
  const [interval, setInterval] = useState<Interval>('month')
  const checkout = useMutation({
    mutationFn: (plan: Plan) => {
      const bySwitch = plan.prices.some((price) => price.interval === interval) ? interval : undefined
      const only = plan.prices[0]?.interval
      const chosen = bySwitch ?? only
      return api.checkout({ plan: plan.slug, ...(chosen === undefined ? {} : { interval: chosen }) })
    },
    onSuccess: ({ url }) => window.location.assign(url),
  })
  const left = new URLSearchParams(window.location.search).has('canceled')
  return (
    <div className="space-y-6">
      <Answer
        page="Pricing"
        answer={plans.data ? headline(plans.data.plans) : 'Plans'}
        aside={
          plans.data && hasBothIntervals(plans.data.plans) ? (
            <IntervalSwitch value={interval} onChange={setInterval} />
          ) : null
        }
      >
        {me?.account && plans.data?.plans.some((plan) => plan.current && !plan.free)
          ? 'To change or end your subscription, go to billing.'
          : 'A fixed price for what a plan includes; what is used above it is billed by the unit.'}
      </Answer>
      {left && <Notice tone="accent" title="You left the checkout. Nothing was charged." />}
      {me && !me.account && me.role !== 'operator' && <SignedOut title="Sign in to choose a plan" />}
      {me?.role === 'member' && (
        <Notice tone="accent" title="An owner or admin of your account chooses the plan.">
          You can look at what each plan includes.
        </Notice>
      )}
      {checkout.error && <Failure error={checkout.error} what="The checkout could not be opened." />}
      <Loaded query={plans} failure="The plans could not be loaded." skeleton={<PlansSkeleton />}>
        {(catalog) =>
          catalog.plans.length === 0 ? (
            <Empty title="No plan is on sale">
              Plans appear here as soon as the catalog has a public one.
            </Empty>
          ) : (
            <ul className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,13.5rem),1fr))] gap-x-4 gap-y-6">
              {catalog.plans.map((plan) => (
                <PlanCard
                  key={plan.slug}
                  plan={plan}
                  catalog={catalog}
                  interval={interval}
                  me={me}
                  checkout={{
                    start: () => checkout.mutate(plan),
                    busy: checkout.isPending || checkout.isSuccess,
                    chosen: checkout.variables?.slug === plan.slug,
                  }}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  )
}

const headline = (plans: Plan[]): string => {
  const current = plans.find((plan) => plan.current)
  if (current && !current.free) return `You are on ${current.name}`
  const monthly = plans.flatMap((plan) => plan.prices).filter((price) => price.interval === 'month')
  const cheapest = monthly.toSorted((one, other) => one.amountCents - other.amountCents)[0]
  if (!cheapest) return 'Plans'
  const from = formatPrice(cheapest.amountCents, { currency: cheapest.currency, locale })
  return plans.some((plan) => plan.free) ? `Free to start, then from ${from} a month` : `From ${from} a month`
}

const PlansSkeleton = () => (
  <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,13.5rem),1fr))] gap-4">
    {['one', 'two', 'three', 'four'].map((key) => (
      <div key={key} className="space-y-4 rounded-box border border-line bg-surface p-5">
        <Skeleton className="h-6 w-32" />
        <Skeleton className="h-10 w-full" />
        <Skeleton className="h-8 w-24" />
        <Skeleton className="h-10 w-full" />
        <Skeleton className="h-40 w-full" />
      </div>
    ))}
  </div>
)

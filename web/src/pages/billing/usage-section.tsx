import { useQuery } from '@tanstack/react-query'
import type { Plans, UsageSummary } from 'tollgate-client'
import { Empty } from '../../components/empty.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Meter } from '../../components/meter.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { When } from '../../components/when.tsx'
import { type MeterNames, meterCost, meterTitle, meterUnit } from '../../lib/meter.ts'
import { plansQuery, upcomingQuery, usageQuery } from '../../lib/queries.ts'

/** How much of each meter is used in this period, and what the rest costs. */
export const UsageSection = () => {
  const usage = useQuery(usageQuery)
  const { data: catalog } = useQuery(plansQuery)
  // Read from what other parts of the page have asked for; usage itself names no currency.
  const { data: upcoming } = useQuery({ ...upcomingQuery, enabled: false })
  const currency = upcoming?.currency ?? currencyOf(catalog) ?? 'usd'
  return (
    <Section
      title="Used in this period"
      aside={
        usage.data?.period && (
          <span className="text-muted">
            Starts again at zero on <When at={usage.data.period.end} as="day" />
          </span>
        )
      }
    >
      <Loaded query={usage} failure="What you used could not be loaded." skeleton={<MetersSkeleton />}>
        {(summary) => <Meters summary={summary} names={catalog?.meters} currency={currency} />}
      </Loaded>
    </Section>
  )
}

type MetersProps = { summary: UsageSummary; names: MeterNames; currency: string }

const Meters = ({ summary, names, currency }: MetersProps) => {
  const meters = Object.entries(summary.usage)
  if (meters.length === 0) {
    return (
      <Empty title="Nothing is counted yet">Use shows up here as soon as your product records some.</Empty>
    )
  }
  return (
    <ul className="space-y-5">
      {meters.map(([key, used]) => (
        <li key={key}>
          <Meter
            title={meterTitle(key, names)}
            currency={currency}
            figures={{
              used,
              included: summary.limits[key] ?? null,
              over: summary.overages[key] ?? 0,
              unit: meterUnit(key, names),
              cost: meterCost(key, summary.costs, names),
            }}
          />
        </li>
      ))}
    </ul>
  )
}

const currencyOf = (catalog: Plans | undefined) => catalog?.plans.flatMap((plan) => plan.prices)[0]?.currency

const MetersSkeleton = () => (
  <div className="space-y-5">
    {['one', 'two', 'three'].map((key) => (
      <div key={key} className="space-y-2">
        <Skeleton className="h-5 w-full" />
        <Skeleton className="h-2 w-full" />
      </div>
    ))}
  </div>
)

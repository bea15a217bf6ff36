import { type ReactNode, useId } from 'react'
import type { Interval, Plan, Plans } from 'tollgate-client'
import { Badge } from '../../components/badge.tsx'
import { Icon } from '../../components/icon.tsx'
import type { Me } from '../../lib/api.ts'
import { locale } from '../../lib/locale.ts'
import { meterTitle, meterUnit } from '../../lib/meter.ts'
import { formatPrice } from '../../lib/money.ts'
import { limitText, numbersText, priceOf } from '../../lib/plan.ts'
import { readAloud } from '../../lib/words.ts'
import { type CheckoutStart, PlanChoice } from './plan-choice.tsx'

type PlanCardProps = {
  plan: Plan
  catalog: Plans
  interval: Interval
  me: Me | undefined
  checkout: CheckoutStart
}

/** One plan. Its rows share the grid of the cards beside it, so that the same thing stands at the same height. */
export const PlanCard = ({ plan, catalog, interval, me, checkout }: PlanCardProps) => {
  const id = useId()
  const meters = [...new Set(catalog.plans.flatMap((each) => Object.keys(each.limits)))]
  const withNumbers = catalog.plans.some((each) => each.numbers !== null)
  const currency = catalog.plans.flatMap((each) => each.prices)[0]?.currency ?? 'usd'
  const style = { currency: plan.prices[0]?.currency ?? currency, locale }
  const rows = 4 + meters.length + (withNumbers ? 1 : 0)
  return (
    <li
      aria-labelledby={id}
      style={{ gridRow: `span ${rows}` }}
      className={`grid grid-rows-subgrid gap-y-4 rounded-box border bg-surface p-5 ${plan.current ? 'border-accent' : 'border-line'}`}
    >
      <div>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 id={id} className="text-lead font-semibold">
            {plan.name}
          </h2>
          {plan.current && <Badge word={{ text: 'Your plan', tone: 'accent' }} />}
        </div>
        {plan.description && <p className="mt-1 text-muted">{plan.description}</p>}
      </div>
      <PlanPriceLine plan={plan} interval={interval} />
      <PlanChoice plan={plan} catalog={catalog} me={me} checkout={checkout} />
      {meters.map((meter) => (
        <Included key={meter} title={meterTitle(meter, catalog.meters)}>
          {limitText(plan.limits[meter], meterUnit(meter, catalog.meters), style)}
        </Included>
      ))}
      {withNumbers && <Included title="Phone number">{numbersText(plan.numbers, style)}</Included>}
      {plan.features.length > 0 && <Features plan={plan} names={catalog.features} />}
    </li>
  )
}

const PlanPriceLine = ({ plan, interval }: { plan: Plan; interval: Interval }) => {
  const price = priceOf(plan, interval)
  if (!price) return <p className="text-title font-semibold">{plan.free ? 'Free' : 'Made for you'}</p>
  return (
    <p className="figures">
      <span className="text-title font-semibold">
        {formatPrice(price.amountCents, { currency: price.currency, locale })}
      </span>{' '}
      <span className="text-muted">a {price.interval}</span>
      {plan.trialDays > 0 && <span className="block text-small">First {plan.trialDays} days free</span>}
    </p>
  )
}

const Included = ({ title, children }: { title: string; children: ReactNode }) => (
  <p className="figures border-t border-line pt-3">
    <span className="block text-small text-muted">{title}</span>
    {children}
  </p>
)

const Features = ({ plan, names }: { plan: Plan; names: Plans['features'] }) => (
  <ul className="space-y-1 border-t border-line pt-3">
    {plan.features.map((feature) => (
      <li key={feature} className="flex items-center gap-2">
        <Icon name="check" className="size-4 text-success" />
        {names[feature]?.name ?? readAloud(feature)}
      </li>
    ))}
  </ul>
)

import { useQuery } from '@tanstack/react-query'
import type { Plan, Plans } from 'tollgate-client'
import { AnchorButton, Button, LinkButton } from '../../components/button.tsx'
import type { Me } from '../../lib/api.ts'
import { configQuery } from '../../lib/queries.ts'

export type CheckoutStart = { start: () => void; busy: boolean; chosen: boolean }

type PlanChoiceProps = { plan: Plan; catalog: Plans; me: Me | undefined; checkout: CheckoutStart }

const said = 'flex min-h-10 items-center text-muted'

/** What a person can do about one plan: buy it, ask for it, or see why there is nothing to do. */
export const PlanChoice = ({ plan, catalog, me, checkout }: PlanChoiceProps) => {
  const { data: config } = useQuery(configQuery)
  const subscribed = catalog.plans.some((each) => each.current && !each.free)
  if (plan.current) {
    return plan.free ? (
      <p className={said}>Yours, at no charge</p>
    ) : (
      <LinkButton to="/dashboard/billing" className="self-start">
        See billing
      </LinkButton>
    )
  }
  if (plan.custom) {
    const contact = config?.brand.contact
    return contact ? (
      <AnchorButton href={contact} className="self-start">
        Talk to us
      </AnchorButton>
    ) : (
      <p className={said}>Talk to us: we set it up with you</p>
    )
  }
  if (plan.free)
    return <p className={said}>{subscribed ? 'Yours again when a subscription ends' : 'Needs no card'}</p>
  if (!me?.account || me.role === 'member') return <span />
  if (subscribed)
    return (
      <LinkButton to="/dashboard/billing" className="self-start">
        Go to billing
      </LinkButton>
    )
  const firstPaid = catalog.plans.find((each) => each.prices.length > 0)
  return (
    <Button
      look={plan === firstPaid ? 'primary' : 'secondary'}
      busy={checkout.busy && checkout.chosen}
      disabled={checkout.busy && !checkout.chosen}
      className="self-start"
      onClick={checkout.start}
    >
      {plan.trialDays > 0 ? `Try ${plan.name}` : `Choose ${plan.name}`}
    </Button>
  )
}

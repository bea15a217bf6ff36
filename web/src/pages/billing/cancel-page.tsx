import { Answer } from '../../components/answer.tsx'
import { LinkButton } from '../../components/button.tsx'

/** Back from a checkout that was left. */
export const CancelPage = () => (
  <div className="space-y-6">
    <Answer page="Checkout" answer="Nothing was charged">
      You left the checkout before paying. Your account is as it was.
    </Answer>
    <div className="flex flex-wrap gap-3">
      <LinkButton to="/pricing" look="primary">
        Back to the plans
      </LinkButton>
      <LinkButton to="/dashboard/billing">Go to billing</LinkButton>
    </div>
  </div>
)
